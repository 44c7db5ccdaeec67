import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { cardName, expiryOf } from '../../lib/card-name.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Section } from '../../ui/page.tsx'
import { showToast } from '../../ui/toast.tsx'
import { BillingPortal } from './billing-portal.tsx'

const remove = 'DELETE /api/v1/accounts/{id}/cards/{card}'
type Card = AnswerOf<'GET /api/v1/accounts/{id}/cards'>['data'][number]

/** Leads to a page at Stripe that keeps a card without charging it. */
export function AddCard({ kind }: { readonly kind?: 'primary' }): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const add = useAction('POST /api/v1/accounts/{id}/cards')
  const go = async () => {
    const outcome = await add.run({ path: { id: account.id }, body: { for_auto_top_up: true } })
    if (outcome.ok) window.location.assign(outcome.answer.data.url)
    else showToast(outcome.failure.message, 'bad')
  }
  return (
    <Button icon="plus" {...(kind && { kind })} reason={reason} isBusy={add.isRunning} onClick={() => void go()}>
      Add a card
    </Button>
  )
}

/** Cards that were kept at Stripe. */
export function Cards({ cards }: { readonly cards: readonly Card[] }): ReactElement {
  const { reason } = useMay('billing')
  const [removing, setRemoving] = useState<Card | undefined>()
  return (
    <Section
      title="Cards"
      intro="Kept at Stripe; here only their last four digits are known."
      actions={
        <>
          <AddCard />
          <BillingPortal>Invoices at Stripe</BillingPortal>
        </>
      }
    >
      {cards.length > 0 && (
        <ul className="card-list">
          {cards.map((card) => (
            <li key={card.id}>
              <span>
                {cardName(card)} <span className="soft">expires {expiryOf(card)}</span>
              </span>
              <Button kind="quiet" size="small" reason={reason} onClick={() => setRemoving(card)}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <RemoveCard card={removing} onClose={() => setRemoving(undefined)} />
    </Section>
  )
}

function RemoveCard({ card, onClose }: { readonly card: Card | undefined; readonly onClose: () => void }) {
  const { account } = useSession()
  const run = useAction(remove, {
    stale: ['GET /api/v1/accounts/{id}/cards', 'GET /api/v1/accounts/{id}/auto-top-up'],
  })
  const confirm = async () => {
    if (!card) return
    const outcome = await run.run({ path: { id: account.id, card: card.id } })
    if (!outcome.ok) return
    showToast(`${cardName(card)} is removed.`)
    onClose()
  }
  return (
    <Confirm
      isOpen={card !== undefined}
      onClose={onClose}
      title={`Remove ${card ? cardName(card) : 'the card'}?`}
      action="Remove the card"
      onConfirm={() => void confirm()}
      isBusy={run.isRunning}
      failure={run.failure}
    >
      <p>It is removed at Stripe too. An auto top-up that uses it stops.</p>
    </Confirm>
  )
}
