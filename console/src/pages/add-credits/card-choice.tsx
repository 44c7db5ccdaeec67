import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { cardName, expiryOf } from '../../lib/card-name.ts'
import { CheckField } from '../../ui/fields.tsx'
import { type Choice, Choices } from '../../ui/choices.tsx'

const anotherCard = 'another'

/** With which card: one that was kept, or another on the page of who takes it. */
export function CardChoice({
  cardId,
  onCard,
  keep,
  onKeep,
}: {
  readonly cardId: string | undefined
  readonly onCard: (id: string | undefined) => void
  readonly keep: boolean
  readonly onKeep: (keep: boolean) => void
}): ReactElement {
  const { account } = useSession()
  const { data } = useApi('GET /api/v1/accounts/{id}/cards', { path: { id: account.id } })
  const cards = data?.data ?? []
  const chosen = cards.some(({ id }) => id === cardId) ? cardId : anotherCard
  const choices: readonly Choice<string>[] = [
    ...cards.map((card) => ({ value: card.id, label: cardName(card), detail: `Expires ${expiryOf(card)}` })),
    { value: anotherCard, label: 'Another card', detail: 'Entered on the page of Stripe. No part of it comes here.' },
  ]
  const keepField = (
    <CheckField
      label="Keep the card at Stripe for next time"
      hint="Auto top-up needs a card that is kept. It can be removed at any time."
      checked={keep}
      onChange={onKeep}
    />
  )
  if (cards.length === 0) return keepField
  return (
    <>
      <Choices
        label="Card"
        value={chosen}
        onChange={(id) => onCard(id === anotherCard ? undefined : id)}
        choices={choices}
      />
      {chosen === anotherCard && keepField}
    </>
  )
}
