import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import { isUnderWay, wordsOfOrder } from '../../lib/order-words.ts'
import { usd } from '../../parts/orders/order-facts.tsx'
import { OrderState } from '../../parts/orders/order-state.tsx'
import type { Order, OrderEvent } from '../../parts/orders/order.ts'
import { Timeline } from '../../parts/orders/timeline.tsx'
import { Button, ButtonFileLink, ButtonLink } from '../../ui/button.tsx'
import { Meter, Stat, Stats } from '../../ui/badge.tsx'
import { Money } from '../../ui/money.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Cancel } from './cancel.tsx'
import type { Options } from './options.ts'
import { PayQuote } from './pay-quote.tsx'

const route = getRouteApi('/framed/credits/add')
const get = 'GET /api/v1/orders/{id}'

/** A payment from its beginning to its end: what is to be done now, and what happened so far, live. */
export function PayOrder({ id, options }: { readonly id: string; readonly options: Options }): ReactElement {
  const { data, error, refetch } = useApi(get, { path: { id } })
  const failure = failureOf(error)
  if (failure && !data)
    return <FailureNote what="There is no such payment." failure={failure} retry={() => void refetch()} />
  if (!data) return <Skeleton width="20rem" />
  return <Shown order={data.data} options={options} />
}

function Shown({ order, options }: { readonly order: Order; readonly options: Options }) {
  return (
    <div className="pay-order">
      <section className="pay-now" aria-labelledby="pay-now">
        <header className="pay-head">
          <h2 id="pay-now">
            {usd(order.amount_usd)} <span className="soft">for {<Money amount={order.credits} />}</span>
          </h2>
          <OrderState order={order} />
        </header>
        <Now order={order} options={options} />
      </section>
      <section className="pay-so-far" aria-label="So far">
        <Timeline order={order} />
        <Costs order={order} />
      </section>
    </div>
  )
}

/** The one thing to do now. */
function Now({ order, options }: { readonly order: Order; readonly options: Options }) {
  const { state, pay } = order
  const last = order.timeline.at(-1)
  if (isUnderWay(state) && last?.kind === 'seen') return <Confirming last={last} />
  if (isUnderWay(state) && pay?.kind === 'quote') return <PayQuote order={order} quote={pay} options={options} />
  if (isUnderWay(state) && pay?.kind === 'checkout')
    return (
      <Said text="Stripe waits for the card. What you paid shows up here by itself.">
        <ButtonFileLink kind="primary" href={pay.url}>
          Go on to Stripe
        </ButtonFileLink>
        <Cancel order={order} />
      </Said>
    )
  if (state === 'credited' || state === 'overpaid')
    return (
      <Said text={state === 'credited' ? 'The credits are in the balance.' : order.problem}>
        <ButtonLink to="/credits" kind="primary">
          See your credits
        </ButtonLink>
        <Again />
      </Said>
    )
  return (
    <Said text={order.problem ?? wordsOfOrder(order).why}>
      <Again />
      <Link to="/credits" search={{ part: 'payments', payment: order.id }}>
        All of this payment
      </Link>
    </Said>
  )
}

/** It was sent: nothing is left to do but to wait for the network. */
function Confirming({ last: { confirmations, confirmations_needed: needed } }: { readonly last: OrderEvent }) {
  const isCounted = confirmations !== undefined && needed !== undefined && needed > 0
  return (
    <>
      {isCounted && (
        <Stats>
          <Stat
            label="Confirmations"
            value={`${Math.min(confirmations, needed)} of ${needed}`}
            detail={<Meter percent={Math.min(100, (confirmations * 100) / needed)} label="How many of them" />}
          />
        </Stats>
      )}
      <p role="status">
        The payment is on the network, and nothing is left to do. The credits come in by themselves when it is final;
        you can close this page.
      </p>
    </>
  )
}

const Said = ({ text, children }: { readonly text: string | null; readonly children: ReactNode }) => (
  <>
    <p role="status">{text}</p>
    <div className="page-actions">{children}</div>
  </>
)

function Again() {
  const navigate = route.useNavigate()
  return (
    <Button onClick={() => void navigate({ search: ({ payment: _payment, ...rest }) => rest })}>
      Add more credits
    </Button>
  )
}

const Costs = ({ order }: { readonly order: Order }) => (
  <dl className="pay-costs">
    <div>
      <dt>Credits</dt>
      <dd>{usd(order.amount_usd)}</dd>
    </div>
    <div>
      <dt>Fee</dt>
      <dd>{usd(order.fee_usd)}</dd>
    </div>
    <div className="pay-total">
      <dt>In all</dt>
      <dd>{usd(order.total_usd)}</dd>
    </div>
  </dl>
)
