import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { formatUsd, toUsdText } from '../../lib/money.ts'
import { staleByOrder } from '../../parts/orders/order.ts'
import { Form } from '../../ui/form.tsx'
import { AmountField } from './amount-field.tsx'
import { CardChoice } from './card-choice.tsx'
import { chosenToken, CryptoChoice } from './crypto-choice.tsx'
import { DepositAddress } from './deposit-address.tsx'
import type { Options } from './options.ts'
import { type Priced, priceOf } from './order-draft.ts'
import { Summary } from './summary.tsx'
import { Ways } from './ways.tsx'

const route = getRouteApi('/framed/credits/add')
const create = 'POST /api/v1/accounts/{id}/orders'
type Rail = 'card' | 'crypto'

/** How much, by which way, and what it costs; sending it begins the payment. */
export function BuyForm({ by, options }: { readonly by: Rail; readonly options: Options }): ReactElement {
  const search = route.useSearch()
  const change = useChange()
  const { amount = '20', way = 'wallet' } = search
  const terms = options[by]
  const priced = priceOf(amount, terms, options)
  const token = chosenToken(options, search)
  const fields = (
    <div className="add-fields">
      <Ways by={by} options={options} />
      <AmountField value={amount} onChange={(text) => change({ amount: text })} priced={priced} options={options} />
      {by === 'card' && terms.available && (
        <CardChoice
          cardId={search.card}
          onCard={(card) => change({ card })}
          keep={search.keep === true}
          onKeep={(keep) => change({ keep: keep ? true : undefined })}
        />
      )}
      {by === 'crypto' && token && <CryptoChoice options={options} {...token} way={way} onChange={change} />}
    </div>
  )
  if (by === 'crypto' && way === 'address' && token)
    return (
      <div className="add-columns">
        {fields}
        <DepositAddress {...token} options={options} priced={priced} />
      </div>
    )
  return (
    <Buy
      by={by}
      options={options}
      priced={priced}
      tokenProblem={by === 'crypto' ? (token?.token.why ?? undefined) : undefined}
    >
      {fields}
    </Buy>
  )
}

function useChange() {
  const navigate = route.useNavigate()
  type Search = ReturnType<typeof route.useSearch>
  return (part: Partial<Search>) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false })
}

function Buy({
  by,
  options,
  priced,
  tokenProblem,
  children,
}: {
  readonly by: Rail
  readonly options: Options
  readonly priced: Priced
  /** Why the chosen token cannot be paid with now. */
  readonly tokenProblem: string | undefined
  readonly children: ReactElement
}) {
  const { failure, isRunning, submit } = useBuy(by, options, priced)
  const { reason } = useMay('billing')
  const terms = options[by]
  const off = terms.available ? tokenProblem : 'This way to pay is not offered on this server.'
  const total = priced.kind === 'priced' ? formatUsd(priced.total) : ''
  return (
    <div className="add-columns">
      <Form
        submit={by === 'card' ? `Pay ${total} by card` : `Get a price for ${total}`}
        onSubmit={() => void submit()}
        isBusy={isRunning}
        failure={failure}
        reason={reason ?? off ?? (priced.kind === 'unfit' ? priced.why : undefined)}
      >
        {children}
        <Summary priced={priced} terms={terms}>
          {by === 'card' ? <CardNext testMode={options.card.test_mode} /> : <CryptoNext />}
        </Summary>
      </Form>
    </div>
  )
}

const CardNext = ({ testMode }: { readonly testMode: boolean }) => (
  <>
    <p>Stripe takes the card on its own page and sends a receipt. The credits are here a moment later.</p>
    {testMode && <p>Test mode: no money moves. Pay with 4242 4242 4242 4242.</p>}
  </>
)

const CryptoNext = () => (
  <p>
    You get the exact amount of the token, which holds for some minutes. Your wallet shows it once more before it pays;
    a payment in a wrong amount is not possible.
  </p>
)

/** Begins the payment, then goes to where it is made. */
function useBuy(by: Rail, options: Options, priced: Priced) {
  const { account } = useSession()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const action = useAction(create, { stale: staleByOrder })
  const submit = async () => {
    if (priced.kind !== 'priced') return
    const amount = { amount_usd: toUsdText(priced.amount) }
    const chosen = chosenToken(options, search)
    const body =
      by === 'card'
        ? {
            rail: 'card' as const,
            ...amount,
            ...(search.card !== undefined && { card_id: search.card }),
            ...(search.keep && search.card === undefined && { save_card: true }),
          }
        : {
            rail: 'crypto' as const,
            ...amount,
            ...(chosen && { chain_id: chosen.chain.id, token: chosen.token.address }),
          }
    const outcome = await action.run({ path: { id: account.id }, body })
    if (!outcome.ok) return
    const { id, pay } = outcome.answer.data
    if (pay?.kind === 'checkout') window.location.assign(pay.url)
    else await navigate({ search: (before) => ({ ...before, payment: id }) })
  }
  return { failure: action.failure, isRunning: action.isRunning, submit }
}
