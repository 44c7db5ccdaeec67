import { type ComponentType, type ReactElement, type ReactNode, useState } from 'react'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { isUnderWay } from '../../lib/order-words.ts'
import { Button, ButtonFileLink, ButtonLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { OrderFacts } from './order-facts.tsx'
import { OrderState } from './order-state.tsx'
import { type Order, staleByOrder } from './order.ts'
import { RefundDialog } from './refund-dialog.tsx'
import { Timeline } from './timeline.tsx'
import './orders.css'

const get = 'GET /api/v1/orders/{id}'
type Actions = ComponentType<{ readonly order: Order }>

const useOrder = (id: string) => useApi(get, { path: { id } })

/** Everything that is known of one payment, live, and what can be done about it. */
export function OrderSheet({
  id,
  onClose,
  actions = PayerActions,
}: {
  readonly id: string | undefined
  readonly onClose: () => void
  /** Other than a payer's. */
  readonly actions?: Actions
}): ReactElement {
  return (
    <Dialog isOpen={id !== undefined} onClose={onClose} title="Payment" shape="sheet" aside={id && <State id={id} />}>
      {id !== undefined && <Content key={id} id={id} actions={actions} />}
    </Dialog>
  )
}

function State({ id }: { readonly id: string }) {
  const { data } = useOrder(id)
  return data && <OrderState order={data.data} />
}

function Content({ id, actions: Actions }: { readonly id: string; readonly actions: Actions }) {
  const { data, error, refetch } = useOrder(id)
  const failure = failureOf(error)
  const order = data?.data
  return (
    <>
      {failure && !order && (
        <FailureNote what="The payment could not be read." failure={failure} retry={() => void refetch()} />
      )}
      {!order && !failure && <Skeleton width="20rem" />}
      {order && (
        <>
          <Actions order={order} />
          <section className="sheet-part">
            <h3>What happened</h3>
            <Timeline order={order} />
          </section>
          <section className="sheet-part">
            <h3>Details</h3>
            <OrderFacts order={order} />
          </section>
        </>
      )}
      <SameByApi calls={[{ method: 'GET', address: `/api/v1/orders/${id}` }]} />
    </>
  )
}

/** What a payer can do: go on, give up, have papers, ask for money back. What cannot be done says why. */
function PayerActions({ order }: { readonly order: Order }) {
  const { reason } = useMay('billing')
  const [isRefunding, setIsRefunding] = useState(false)
  const cancel = useAction('POST /api/v1/orders/{id}/cancel', { stale: staleByOrder })
  const { state, pay } = order
  const isOpen = isUnderWay(state) && state !== 'paid'
  return (
    <>
      {order.problem !== null && <p className="order-problem">{order.problem}</p>}
      <div className="page-actions">
        {isOpen && pay?.kind === 'checkout' && (
          <ButtonFileLink kind="primary" href={pay.url}>
            Go on to Stripe
          </ButtonFileLink>
        )}
        {isOpen && pay?.kind === 'quote' && (
          <ButtonLink kind="primary" to="/credits/add" search={{ by: 'crypto', payment: order.id }}>
            Go on to pay
          </ButtonLink>
        )}
        {isOpen && (
          <Button reason={reason} isBusy={cancel.isRunning} onClick={() => void cancel.run({ path: { id: order.id } })}>
            Cancel
          </Button>
        )}
        {order.receipt_url !== null && <Paper href={order.receipt_url}>Receipt</Paper>}
        {order.invoice_url !== null && <Paper href={order.invoice_url}>Invoice</Paper>}
        {!isOpen && (
          <Button reason={reason ?? order.refund_problem ?? undefined} onClick={() => setIsRefunding(true)}>
            Refund
          </Button>
        )}
      </div>
      {cancel.failure && <FailureNote what="The payment was not cancelled." failure={cancel.failure} />}
      <RefundDialog order={order} isOpen={isRefunding} onClose={() => setIsRefunding(false)} />
    </>
  )
}

const Paper = ({ href, children }: { readonly href: string; readonly children: ReactNode }) => (
  <ButtonFileLink icon="out" href={href} target="_blank" rel="noreferrer">
    {children}
  </ButtonFileLink>
)
