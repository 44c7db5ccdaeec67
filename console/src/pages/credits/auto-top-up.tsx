import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { autoTopUpProblem, autoTopUpSentence, wholeDraft } from '../../lib/auto-top-up-sentence.ts'
import { cardName } from '../../lib/card-name.ts'
import { feeOf } from '../../lib/fees.ts'
import { formatUsd, type MilliCredits, parseUsd, toUsdText } from '../../lib/money.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { EmptyNote, FailureNote, Skeleton } from '../../ui/state.tsx'
import { showToast } from '../../ui/toast.tsx'
import { AddCard, Cards } from './cards.tsx'

const get = 'GET /api/v1/accounts/{id}/auto-top-up'
const put = 'PUT /api/v1/accounts/{id}/auto-top-up'
export type AutoTopUpState = AnswerOf<typeof get>['data']
type Options = AnswerOf<'GET /api/v1/payments/options'>['data']
type Card = AnswerOf<'GET /api/v1/accounts/{id}/cards'>['data'][number]

/** Buying by itself when the balance runs low, with which card, and how much at most. */
export function AutoTopUp(): ReactElement {
  const { account } = useSession()
  const path = { id: account.id }
  const options = useApi('GET /api/v1/payments/options', { query: { account_id: account.id } })
  const hasCards = options.data?.data.card.available === true
  const cards = useApi('GET /api/v1/accounts/{id}/cards', { path }, { enabled: hasCards })
  const state = useApi(get, { path }, { enabled: hasCards })
  const error = failureOf(options.error ?? cards.error ?? state.error)
  if (error) return <FailureNote what="The auto top-up could not be read." failure={error} />
  if (options.data && !hasCards)
    return (
      <EmptyNote title="Auto top-up needs payment by card">
        {account.kind === 'operator' ? options.data.data.card.why : 'This server does not take cards.'}
      </EmptyNote>
    )
  if (!options.data || !cards.data || !state.data) return <Skeleton width="20rem" />
  return (
    <div className="credits-part">
      {cards.data.data.length === 0 ? (
        <NoCard />
      ) : (
        <>
          <Standing of={state.data.data} />
          <AutoForm now={state.data.data} options={options.data.data} cards={cards.data.data} />
          <Cards cards={cards.data.data} />
        </>
      )}
    </div>
  )
}

const NoCard = () => (
  <EmptyNote title="No card is kept yet" action={<AddCard kind="primary" />}>
    Auto top-up charges a card that Stripe keeps. It is entered on the page of Stripe, and nothing is charged for it.
  </EmptyNote>
)

/** Whether it is on; where it is paused, why and what lets it go on. */
function Standing({ of: { enabled, paused, month_spent_usd: spent } }: { readonly of: AutoTopUpState }) {
  if (paused !== null)
    return (
      <div className="order-problem" data-tone="bad" role="status">
        <p>
          <Badge tone="bad">Paused</Badge>
        </p>
        <p>{paused.reason}</p>
      </div>
    )
  return (
    <p role="status">
      <Badge tone={enabled ? 'good' : 'neutral'}>{enabled ? 'On' : 'Off'}</Badge>
      {enabled && <span className="soft"> · {formatUsd(parseUsd(spent) ?? 0n)} was charged this month</span>}
    </p>
  )
}

const textOf = (amount: string | null): string => {
  const exact = amount === null ? undefined : parseUsd(amount)
  return exact === undefined ? '' : toUsdText(exact)
}

const amountIn = (text: string): MilliCredits | undefined =>
  parseUsd(text.trim().replace(/^\$/, '').replaceAll(',', ''))

function useDraft(now: AutoTopUpState, options: Options, cards: readonly Card[]) {
  const [threshold, setThreshold] = useState(textOf(now.threshold_usd) || '5.00')
  const [amount, setAmount] = useState(textOf(now.amount_usd) || '20.00')
  const [ceiling, setCeiling] = useState(textOf(now.monthly_ceiling_usd) || '100.00')
  const [cardId, setCardId] = useState(now.card_id ?? cards[0]?.id ?? '')
  const bought = amountIn(amount)
  const read = {
    threshold: amountIn(threshold),
    amount: bought,
    total: bought === undefined ? undefined : bought + feeOf(bought, options.card),
    ceiling: amountIn(ceiling),
  }
  const limits = { min: parseUsd(options.minimum_usd) ?? 0n, max: parseUsd(options.maximum_usd) ?? 0n }
  const card = cards.find(({ id }) => id === cardId)
  const problem = autoTopUpProblem(read, limits) ?? (card ? undefined : 'Choose a card.')
  return {
    ...{ threshold, setThreshold, amount, setAmount, ceiling, setCeiling, cardId, setCardId, problem },
    ...{ whole: problem === undefined ? wholeDraft(read) : undefined, card },
  }
}

function AutoForm({
  now,
  options,
  cards,
}: {
  readonly now: AutoTopUpState
  readonly options: Options
  readonly cards: readonly Card[]
}) {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const draft = useDraft(now, options, cards)
  const save = useAction(put, { stale: [get] })
  const set = async (enabled: boolean) => {
    const { whole } = draft
    if (!whole) return
    const body = {
      enabled,
      threshold_usd: toUsdText(whole.threshold),
      amount_usd: toUsdText(whole.amount),
      monthly_ceiling_usd: toUsdText(whole.ceiling),
      card_id: draft.cardId,
    }
    const outcome = await save.run({ path: { id: account.id }, body })
    if (outcome.ok) showToast(enabled ? 'Auto top-up is on.' : 'Auto top-up is off.')
  }
  const isOn = now.enabled && (now.paused === null || now.paused.kind === 'ceiling')
  return (
    <div className="auto-top-up">
      <Form
        submit={isOn ? 'Change auto top-up' : now.enabled ? 'Turn on again' : 'Turn on auto top-up'}
        onSubmit={() => void set(true)}
        isBusy={save.isRunning}
        failure={save.failure}
        reason={reason ?? draft.problem}
      >
        <AutoFields draft={draft} cards={cards} />
        <p className="auto-sentence" role="status">
          {draft.whole && draft.card ? autoTopUpSentence(draft.whole, cardName(draft.card)) : draft.problem}
        </p>
      </Form>
      {now.enabled && (
        <Button reason={reason} isBusy={save.isRunning} onClick={() => void set(false)}>
          Turn off
        </Button>
      )}
    </div>
  )
}

function AutoFields({
  draft,
  cards,
}: {
  readonly draft: ReturnType<typeof useDraft>
  readonly cards: readonly Card[]
}) {
  return (
    <div className="auto-fields">
      <TextField
        label="When less than, USD"
        name="threshold_usd"
        inputMode="decimal"
        value={draft.threshold}
        onChange={draft.setThreshold}
      />
      <TextField
        label="Buy credits for, USD"
        name="amount_usd"
        inputMode="decimal"
        value={draft.amount}
        onChange={draft.setAmount}
      />
      <TextField
        label="At most in a month, USD"
        name="monthly_ceiling_usd"
        inputMode="decimal"
        value={draft.ceiling}
        onChange={draft.setCeiling}
      />
      <SelectField
        label="With"
        name="card_id"
        value={draft.cardId}
        onChange={draft.setCardId}
        options={cards.map((card) => ({ value: card.id, label: cardName(card) }))}
      />
    </div>
  )
}
