import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import { orderWords } from '../../lib/order-words.ts'
import { useOrderColumns } from '../../parts/orders/order-columns.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect } from '../../ui/filter-bar.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

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
        columns={useColumns()}
        rows={orders.entries}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ search: (before) => ({ ...before, payment: id }), resetScroll: false })}
        openLabel={({ state: at }) => `Details of the payment, ${orderWords[at].words}`}
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

function useColumns(): readonly Column<Listed>[] {
  const [at, ...rest] = useOrderColumns()
  const account: Column<Listed> = {
    id: 'account',
    head: 'Account',
    cell: ({ account_id: id }) => (
      <Link to="/admin/accounts/$id" params={{ id }}>
        <code>{id.slice(0, 8)}</code>
      </Link>
    ),
  }
  return at ? [at, account, ...rest] : [account]
}
