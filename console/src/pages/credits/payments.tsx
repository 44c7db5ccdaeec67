import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useApiPages } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { wordsOfOrder } from '../../lib/order-words.ts'
import { useOrderColumns } from '../../parts/orders/order-columns.tsx'
import { OrderSheet } from '../../parts/orders/order-sheet.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'

const route = getRouteApi('/framed/credits')

/** Every payment of the account and where it stands; live. */
export function Payments(): ReactElement {
  const { account } = useSession()
  const { payment } = route.useSearch()
  const navigate = route.useNavigate()
  const orders = useApiPages('GET /api/v1/accounts/{id}/orders', { path: { id: account.id } })
  const open = (id: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, payment: id }), resetScroll: false })
  return (
    <div className="credits-part">
      <p className="soft">What was paid, and what became of it. Each payment has its receipt.</p>
      <Table
        caption="Payments"
        columns={useOrderColumns()}
        rows={orders.entries}
        rowId={({ id }) => id}
        onOpen={({ id }) => open(id)}
        openLabel={(order) => `Details of the payment, ${wordsOfOrder(order).words}`}
        openId={payment}
        failure={orders.failure}
        retry={orders.retry}
        hasMore={orders.hasMore}
        loadMore={orders.loadMore}
        isLoadingMore={orders.isLoadingMore}
        expectedRows={2}
        empty={
          <EmptyNote
            title="Nothing was paid yet"
            action={
              <ButtonLink to="/credits/add" kind="primary" icon="plus">
                Add credits
              </ButtonLink>
            }
          >
            Each payment shows up here as soon as it is begun, and tells where it stands.
          </EmptyNote>
        }
      />
      <OrderSheet id={payment} onClose={() => open(undefined)} />
    </div>
  )
}
