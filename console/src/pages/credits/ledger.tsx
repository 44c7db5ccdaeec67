import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { credits, sumCredits } from '../../lib/money.ts'
import { type RangeSearch, spanOf, zoneId } from '../../lib/range.ts'
import type { Zone } from '../../lib/time.ts'
import { ButtonFileLink } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code.tsx'
import { FilterBar, FilterSelect } from '../../ui/filter-bar.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { RangePicker } from '../../ui/range-picker.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useNow, useZoneName } from '../../ui/time.tsx'
import { grantCommand, kindOf, kindWords, type Movement } from './ledger-words.ts'
import { MovementSheet } from './movement-sheet.tsx'

const route = getRouteApi('/framed/credits')
const list = 'GET /api/v1/accounts/{id}/ledger'

type LedgerSearch = RangeSearch & { readonly kind?: string | undefined; readonly direction?: 'in' | 'out' | undefined }

/** The filters of the address as the API takes them. */
export function ledgerQuery(search: LedgerSearch, now: Date, zone: Zone) {
  const { kind, direction, range, from } = search
  const span = range === undefined && from === undefined ? undefined : spanOf(search, '30d', now, zone)
  return { kind, direction, from: span?.from, to: span?.to }
}

/** Every movement of the posted balance, newest first; what is only on hold is none. */
export function Ledger(): ReactElement {
  const { account } = useSession()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const zone = useZone()
  const query = ledgerQuery(search, useNow(), zone)
  const path = { id: account.id }
  const movements = useApiPages(list, { path, query }, { keepPrevious: true })
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), resetScroll: false })
  const isFiltered = Object.values(query).some((value) => value !== undefined)
  const clear = isFiltered ? () => void navigate({ search: {}, resetScroll: false }) : undefined
  const open = movements.entries?.find(({ sequence }) => sequence === search.movement)
  return (
    <div className="credits-part">
      <FilterBar
        clear={clear}
        trailing={
          <ButtonFileLink
            icon="download"
            href={addressOf('GET /api/v1/accounts/{id}/ledger.csv', { path, query: { ...query, zone: zoneId(zone) } })}
            download
          >
            CSV
          </ButtonFileLink>
        }
      >
        <LedgerFilters search={search} set={set} />
      </FilterBar>
      <Table
        caption="Ledger"
        columns={columnsOf({
          zone: useZoneName(),
          amountHead: useMoneyHead('Amount'),
          balanceHead: useMoneyHead('Balance after'),
          rows: movements.entries ?? [],
          isAll: !movements.hasMore,
        })}
        rows={movements.entries}
        rowId={({ sequence }) => sequence}
        onOpen={(movement) => set(sourceOf(movement))}
        openLabel={({ kind, sequence }) => `${kindOf(kind)}, movement ${sequence}`}
        openId={search.movement}
        failure={movements.failure}
        retry={movements.retry}
        hasMore={movements.hasMore}
        loadMore={movements.loadMore}
        isLoadingMore={movements.isLoadingMore}
        clearFilters={clear}
        expectedRows={10}
        empty={<NoMovement accountId={account.id} />}
      />
      <MovementSheet movement={open} onClose={() => set({ movement: undefined })} />
    </div>
  )
}

/** Where a line came from: the receipt of a call, or what is known of another movement. */
const sourceOf = ({ kind, reference, sequence }: Movement) =>
  kind === 'usage' ? { call: reference } : { movement: sequence }

function LedgerFilters({
  search,
  set,
}: {
  readonly search: LedgerSearch
  readonly set: (change: LedgerSearch) => void
}) {
  return (
    <>
      <FilterSelect
        label="Kind"
        any="Any kind"
        value={search.kind}
        onChange={(kind) => set({ kind })}
        options={Object.entries(kindWords).map(([value, label]) => ({ value, label }))}
      />
      <FilterSelect
        label="Direction"
        any="In and out"
        value={search.direction}
        onChange={(direction) => set({ direction })}
        options={[
          { value: 'in', label: 'Came in' },
          { value: 'out', label: 'Went out' },
        ]}
      />
      <RangePicker value={search} fallback={undefined} onChange={set} />
    </>
  )
}

type Shown = {
  readonly zone: string
  readonly amountHead: string
  readonly balanceHead: string
  readonly rows: readonly Movement[]
  readonly isAll: boolean
}

const columnsOf = ({ zone, amountHead, balanceHead, rows, isAll }: Shown): readonly Column<Movement>[] => [
  {
    id: 'at',
    head: `Time, ${zone}`,
    cell: ({ at }) => <Time at={at} />,
    footer: isAll ? 'Sum' : 'Sum of what is shown',
  },
  { id: 'kind', head: 'What', cell: ({ kind }) => kindOf(kind) },
  {
    id: 'reference',
    head: 'Reference',
    priority: 2,
    cell: ({ reference, note }) => (
      <span className="ledger-reference">
        {note !== null && <span>{note}</span>}
        <code className="faint" title={reference}>
          {reference}
        </code>
      </span>
    ),
  },
  {
    id: 'amount',
    head: amountHead,
    align: 'end',
    cell: ({ credits: amount }) => <Money amount={amount} sign bare />,
    footer: <Money amount={sumCredits(rows.map((row) => credits(row.credits)))} sign bare />,
  },
  {
    id: 'balance',
    head: balanceHead,
    align: 'end',
    cell: ({ balance_after: balance }) => <Money amount={balance} bare />,
  },
]

function NoMovement({ accountId }: { readonly accountId: string }) {
  return (
    <EmptyNote title="Nothing has moved yet">
      <p>Credits come in by a grant of the operator of this server:</p>
      <CodeBlock label="Grant credits" samples={[{ language: 'curl', code: grantCommand(accountId) }]} />
    </EmptyNote>
  )
}
