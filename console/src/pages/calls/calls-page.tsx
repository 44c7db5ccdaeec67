import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useLiveState } from '../../api/live/live.ts'
import { useSession } from '../../api/session.ts'
import { callQuery, filtersIn, withoutFilters } from '../../lib/call-search.ts'
import { spanOf, zoneId } from '../../lib/range.ts'
import type { Zone } from '../../lib/time.ts'
import { ExportLink } from '../../parts/export-link.tsx'
import { Button } from '../../ui/button.tsx'
import { type ApiCall, SameByApi } from '../../ui/code.tsx'
import { useMoneyHead } from '../../ui/money.tsx'
import { Page } from '../../ui/page.tsx'
import { useZone } from '../../ui/preferences.ts'
import { useNow, useZoneName } from '../../ui/time.tsx'
import { NoCalls } from '../../parts/first-call.tsx'
import { CallTable } from './call-table.tsx'
import { ColumnChoice, shownColumns } from './column-choice.tsx'
import { callColumns } from './columns.tsx'
import { CallFilterBar } from '../../parts/call-filter-bar.tsx'
import { Histogram } from './histogram.tsx'
import { type CallsSearch, usualRange } from './search.ts'
import './calls.css'

const route = getRouteApi('/framed/calls')

/** Every call that ended, with what it cost and why; found by filters that stand in the address. */
export function CallsPage(): ReactElement {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { account } = useSession()
  const zone = useZone()
  const columns = callColumns(useZoneName(), useMoneyHead('Cost'))
  const shown = shownColumns(columns, search.columns)
  const set = (change: CallsSearch) => void navigate({ search: (before) => ({ ...before, ...change }) })
  const span = spanOf(search, usualRange, useNow(), zone)
  const query = callQuery(search, span, account.id)
  const hasFilters = Object.keys(filtersIn(search)).length > 0
  const clear = hasFilters ? () => void navigate({ search: withoutFilters }) : undefined
  const isPaused = search.paused === true
  return (
    <Page
      title="Calls"
      intro="Each call that ended with its receipt: what it cost, who answered, and why."
      actions={<LiveSwitch isPaused={isPaused} onChange={(paused) => set({ paused: paused || undefined })} />}
    >
      <CallFilterBar search={search} usualRange={usualRange} set={set} clear={clear}>
        <ColumnChoice all={columns} shown={shown} onChange={(ids) => set({ columns: ids })} />
        <ExportLink address={csvAddress(query, zone)} accountId={query.account_id}>
          CSV
        </ExportLink>
      </CallFilterBar>
      <Histogram query={query} span={span} onZoom={set} />
      <CallTable
        query={query}
        columns={shown}
        isPaused={isPaused}
        resume={() => set({ paused: undefined })}
        empty={<NoCalls title="No calls in this time" widen={wider(search, set)} />}
        clearFilters={clear}
      />
      <SameByApi calls={apiCalls(query, zone)} />
    </Page>
  )
}

type Query = ReturnType<typeof callQuery>
type Set = (change: CallsSearch) => void

const csvAddress = (query: Query, zone: Zone) =>
  addressOf('GET /api/v1/generations.csv', { query: { ...query, zone: zoneId(zone) } })

const apiCalls = (query: Query, zone: Zone): readonly ApiCall[] => [
  { method: 'GET', address: addressOf('GET /api/v1/generations', { query }), does: 'The list, page by page' },
  { method: 'GET', address: addressOf('GET /api/v1/generations/histogram', { query }), does: 'The chart and its sums' },
  { method: 'GET', address: csvAddress(query, zone), does: 'All of them as CSV' },
]

const wider = ({ range }: CallsSearch, set: Set) =>
  range === '90d' ? undefined : () => set({ range: '90d', from: undefined, to: undefined })

/** Whether the table follows what happens. */
function LiveSwitch({
  isPaused,
  onChange,
}: {
  readonly isPaused: boolean
  readonly onChange: (paused: boolean) => void
}) {
  const state = useLiveState()
  const words = isPaused ? 'Paused' : state === 'live' ? 'Live' : 'Connecting'
  return (
    <>
      <span className="live-state" data-live={isPaused ? 'paused' : state} role="status">
        {words}
      </span>
      <Button aria-pressed={isPaused} onClick={() => onChange(!isPaused)}>
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
    </>
  )
}
