import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { failureOf, useApi, useApiPages } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { feeWords } from '../../lib/fees.ts'
import { readTokens, tokenText, transferLink } from '../../lib/token-amount.ts'
import { toUsdText } from '../../lib/money.ts'
import { paidUsd } from '../../parts/orders/order-facts.tsx'
import { OrderState } from '../../parts/orders/order-state.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Segments } from '../../ui/fields.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { EmptyNote, FailureNote, Skeleton } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import type { ChainOption, Options, TokenOption } from './options.ts'
import type { Priced } from './order-draft.ts'

const get = 'GET /api/v1/accounts/{id}/deposit-addresses'
/** What is too little to be credited by itself is told by no event. */
const lookMs = 5_000
type Waiting = AnswerOf<typeof get>['data'][number]['waiting'][number]

/** The account's own address on a network: whatever arrives there becomes credits. */
export function DepositAddress({
  chain,
  token,
  options,
  priced,
}: {
  readonly chain: ChainOption
  readonly token: TokenOption
  readonly options: Options
  readonly priced: Priced
}): ReactElement {
  const { account } = useSession()
  const { data, error, refetch } = useApi(get, { path: { id: account.id } }, { refetchMs: lookMs })
  const failure = failureOf(error)
  const own = data?.data.find(({ chain_id: id }) => id === chain.id)
  const address = own?.address
  if (failure && !data)
    return <FailureNote what="The address could not be read." failure={failure} retry={() => void refetch()} />
  if (data && address === undefined)
    return (
      <EmptyNote title={`No address on ${chain.name}`}>This network is paid by a wallet in the browser only.</EmptyNote>
    )
  const fee = feeWords(options.crypto)
  return (
    <section className="deposit" aria-label={`Address on ${chain.name}`}>
      {address === undefined ? <Skeleton width="13rem" /> : <Scan address={address} {...{ chain, token, priced }} />}
      <ul className="deposit-rules soft">
        <li>
          Send {token.symbol} on <strong>{chain.name}</strong> only. Other tokens are not credited by themselves.
        </li>
        <li>
          Any amount; {token.kind === 'stable' ? 'one token is one USD' : 'worth what it is when it is final'}
          {fee === undefined ? '.' : `, less the fee of ${fee}.`}
        </li>
        <li>It is yours for good: the same address takes every later payment.</li>
      </ul>
      <Arrivals waiting={own?.waiting ?? []} />
    </section>
  )
}

type Scanned = {
  readonly address: string
  readonly chain: ChainOption
  readonly token: TokenOption
  readonly priced: Priced
}

function Scan({ address, chain, token, priced }: Scanned) {
  const [what, setWhat] = useState<'address' | 'link'>('address')
  const units =
    priced.kind === 'priced' && token.kind === 'stable'
      ? readTokens(toUsdText(priced.total), token.decimals)
      : undefined
  const link = units !== undefined && transferLink({ chainId: chain.id, to: address, token: token.address, units })
  return (
    <>
      <div className="deposit-scan">
        <QrCode
          text={what === 'link' && link ? link : address}
          label={what === 'link' ? `Address and amount on ${chain.name}` : `Address on ${chain.name}`}
        />
        {link && (
          <Segments
            label="What the picture holds"
            value={what}
            onChange={setWhat}
            options={[
              { value: 'address', label: 'Address' },
              { value: 'link', label: 'With amount' },
            ]}
          />
        )}
      </div>
      <dl className="deposit-facts">
        <div>
          <dt>Address</dt>
          <dd>
            <CopyText text={address} what="address" />
          </dd>
        </div>
        {units !== undefined && (
          <div>
            <dt>Amount</dt>
            <dd>
              <CopyText
                text={tokenText(units, token.decimals)}
                what="amount"
                shown={`${tokenText(units, token.decimals)} ${token.symbol}`}
              />
            </dd>
          </div>
        )}
      </dl>
    </>
  )
}

const shownMost = 3

/** What arrived last, live: each transfer is a payment of its own. */
function Arrivals({ waiting }: { readonly waiting: readonly Waiting[] }) {
  const { account } = useSession()
  const orders = useApiPages('GET /api/v1/accounts/{id}/orders', { path: { id: account.id } })
  const arrived = orders.entries?.filter(isDeposit).slice(0, shownMost) ?? []
  const stuck = waiting.filter(({ why }) => why !== null)
  if (arrived.length === 0 && stuck.length === 0)
    return (
      <p className="deposit-arrivals soft">
        Nothing has arrived yet. What is sent shows up here by itself, with its confirmations.
      </p>
    )
  return (
    <ul className="deposit-arrivals" aria-label="What arrived" aria-live="polite">
      {stuck.map((each, at) => (
        <li key={`${each.tx_hash} ${at}`}>
          <span>
            {tokenText(BigInt(each.token_amount), each.decimals)} {each.symbol}
          </span>
          <span className="soft">{each.why}</span>
        </li>
      ))}
      {arrived.map((order) => (
        <li key={order.id}>
          <span className="deposit-arrival">
            <Link to="/credits" search={{ part: 'payments', payment: order.id }}>
              {paidUsd(order)}
            </Link>
            <OrderState order={order} />
          </span>
          <span className="soft">
            {order.timeline.at(-1)?.words} <Ago at={order.created_at} />
          </span>
        </li>
      ))}
    </ul>
  )
}

/** What was agreed on beforehand has an end; what came by itself has none. */
const isDeposit = ({ rail, expires_at: end }: { readonly rail: string; readonly expires_at: string | null }) =>
  rail === 'crypto' && end === null
