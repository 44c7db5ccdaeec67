import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { type Order, staleByOrder } from '../../parts/orders/order.ts'
import { Button } from '../../ui/button.tsx'
import { FailureNote } from '../../ui/state.tsx'

const route = getRouteApi('/framed/credits/add')

/** Gives a payment up that nobody has made. */
export function Cancel({ order }: { readonly order: Order }): ReactElement {
  const { reason } = useMay('billing')
  const navigate = route.useNavigate()
  const cancel = useAction('POST /api/v1/orders/{id}/cancel', { stale: staleByOrder })
  const run = async () => {
    const outcome = await cancel.run({ path: { id: order.id } })
    if (outcome.ok) await navigate({ search: ({ payment: _payment, ...rest }) => rest })
  }
  return (
    <>
      <Button reason={reason} isBusy={cancel.isRunning} onClick={() => void run()}>
        Cancel
      </Button>
      {cancel.failure && <FailureNote what="The payment was not cancelled." failure={cancel.failure} />}
    </>
  )
}
