import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import { orderWords, railWords, wordsOfOrder } from '../../lib/order-words.ts'
import { useOrderColumns } from '../../parts/orders/order-columns.tsx'
import { cameText } from '../../parts/orders/order-facts.tsx'
import { OrderState } from '../../parts/orders/order-state.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect } from '../../ui/filter-bar.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { agreedText, waitsText } from './waiting.ts'

const route = getRouteApi('/framed/admin/payments')
const list = 'GET /api/v1/orders'
type Listed = AnswerOf<typeof list>['data'][number]
type State = Listed['state']

const states = (Object.keys(orderWords) as State[]).map((value) => ({ value, label: orderWords[value].words }))

/** Payments of all accounts, or only those that wait for the operator. */
export function OrderList({ part }: { readonly part: 'review' | 'all' }): ReactElement {
  const { state, payment } = route.useSearch()
  const navigate = route.useNavigate()
  const query = { ...(part === 'review' && { review: 'true' as const }), state: part === 'all' ? state : undefined }
  const orders = useApiPages(list, { query }, { keepPrevious: true })
  const setState = (next: State | undefined) =>
    void navigate({ search: (before) => ({ ...before, state: next }), replace: true, resetScroll: false })
  const allColumns = useAllColumns()
  const reviewColumns = useReviewColumns()
  const clear = part === 'all' && state !== undefined ? () => setState(undefined) : undefined
  return (
    <div className="admin-part">
      {part === 'all' && (
        <FilterBar clear={clear}>
          <FilterSelect label="State" any="Any state" value={state} onChange={setState} options={states} />
        </FilterBar>
      )}
      <Table
        caption={part === 'review' ? 'Payments to review' : 'Payments'}
        columns={part === 'review' ? reviewColumns : allColumns}
        rows={orders.entries}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ search: (before) => ({ ...before, payment: id }), resetScroll: false })}
        openLabel={(order) => `Details of the payment, ${wordsOfOrder(order).words}`}
        openId={payment}
        failure={orders.failure}
        retry={orders.retry}
        hasMore={orders.hasMore}
        loadMore={orders.loadMore}
        isLoadingMore={orders.isLoadingMore}
        expectedRows={2}
        clearFilters={clear}
        empty={
          part === 'review' ? (
            <EmptyNote title="Nothing waits for you">
              Payments that are too little, too late, or otherwise not what was agreed show up here.
            </EmptyNote>
          ) : (
            <EmptyNote title="Nobody has paid yet">Payments of all accounts show up here as they are begun.</EmptyNote>
          )
        }
      />
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, { query }) }]} />
    </div>
  )
}

/** By the name that its account has elsewhere; one that is deleted has none any more. */
const account: Column<Listed> = {
  id: 'account',
  head: 'Account',
  cell: ({ account_id: id, account_name: name }) => (
    <Link className="account-link" to="/admin/accounts/$id" params={{ id }}>
      {name ?? id}
    </Link>
  ),
}

function useAllColumns(): readonly Column<Listed>[] {
  const [at, rail, ...rest] = useOrderColumns()
  return at && rail ? [at, rail, account, ...rest] : [account]
}

/** What the decision is about comes before how the order came about. */
function useReviewColumns(): readonly Column<Listed>[] {
  const zone = useZoneName()
  return [
    { id: 'at', head: `Begun, ${zone}`, cell: ({ created_at: at }) => <Time at={at} /> },
    { id: 'rail', head: 'By', cell: ({ rail }) => railWords[rail] },
    account,
    { id: 'state', head: 'State', cell: (order) => <OrderState order={order} /> },
    { id: 'why', head: 'Why', cell: ({ review }) => review },
    { id: 'total', head: 'Agreed', align: 'end', priority: 2, cell: agreedText },
    { id: 'came', head: 'Came', align: 'end', cell: cameText },
    { id: 'waits', head: 'Waits', align: 'end', cell: waitsText },
  ]
}
