import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { callQuery, filtersIn, withoutFilters } from '../../lib/call-search.ts'
import { lengthMs, spanOf, zoneId } from '../../lib/range.ts'
import { exactTime } from '../../lib/time.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { CallFilterBar } from '../../parts/call-filter-bar.tsx'
import { ExportLink } from '../../parts/export-link.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Page } from '../../ui/page.tsx'
import { useZone } from '../../ui/preferences.ts'
import { FailureNote } from '../../ui/state.tsx'
import { useNow } from '../../ui/time.tsx'
import { AlertOnChart } from './alert-on-chart.tsx'
import { Breakdown } from './breakdown.tsx'
import { Controls } from './controls.tsx'
import { type ActivitySearch, questionOf, usualRange } from './question.ts'
import { SeriesChart } from './series-chart.tsx'
import { ViewMenu } from './view-menu.tsx'
import './activity.css'

const route = getRouteApi('/framed/activity')

/** What was used, over time, by whatever it can be parted by. */
export function ActivityPage(): ReactElement {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { account } = useSession()
  const { spanMs, question, query } = useQuestion(search, account.id)
  const set = (change: ActivitySearch) => void navigate({ search: (before) => ({ ...before, ...change }) })
  const { data, error, dataUpdatedAt, refetch } = useApi('GET /api/v1/usage/series', { query }, { keepPrevious: true })
  const told = data?.data
  const clear = Object.keys(filtersIn(search)).length > 0 ? () => void navigate({ search: withoutFilters }) : undefined
  const csv = addressOf('GET /api/v1/usage/series.csv', { query })
  const json = addressOf('GET /api/v1/usage/series', { query })
  return (
    <Page
      title="Activity"
      intro="What was used and charged, to the last call."
      actions={<ViewMenu accountId={account.id} search={search} open={(kept) => void navigate({ search: kept })} />}
    >
      <CallFilterBar search={search} usualRange={usualRange} set={set} clear={clear}>
        <ExportLink address={csv} accountId={query.account_id}>
          CSV
        </ExportLink>
        <ExportLink address={json} accountId={query.account_id}>
          JSON
        </ExportLink>
      </CallFilterBar>
      <Controls question={question} spanMs={spanMs} set={set} />
      {error && !told ? (
        <FailureNote what="The chart could not be read." failure={error.failure} retry={() => void refetch()} />
      ) : (
        <div className="activity-chart" aria-busy={!told}>
          {told && (
            <SeriesChart
              told={told}
              question={question}
              onZoom={set}
              actions={
                <>
                  <AlertOnChart question={question} search={search} />
                  <ToCalls search={search} />
                </>
              }
            />
          )}
          <AsOf readAtMs={dataUpdatedAt} />
          {told && told.counted_from !== null && <CountedFrom at={new Date(told.counted_from)} />}
        </div>
      )}
      {!(error && !told) && (
        <Breakdown told={told} question={question} filters={callsOf(search)} clearFilters={clear} />
      )}
      <SameByApi
        calls={[
          { method: 'GET', address: json },
          { method: 'GET', address: csv, does: 'The same as CSV' },
        ]}
      />
    </Page>
  )
}

/** What the address asks, and how the API is asked for it. */
function useQuestion(search: ActivitySearch, accountId: string) {
  const zone = useZone()
  const now = useNow()
  const span = spanOf(search, usualRange, now, zone)
  const spanMs = lengthMs(span, now)
  const question = questionOf(search, spanMs)
  const { metric, group, subgroup, bucket, top, cumulative, compare } = question
  const query = {
    ...callQuery(search, span, accountId),
    ...{ metric, bucket, top, zone: zoneId(zone) },
    ...(group !== undefined && { group }),
    ...(subgroup !== undefined && { subgroup }),
    ...(cumulative && { cumulative }),
    ...(compare && { compare }),
  }
  return { spanMs, question, query }
}

/** The part of the address that the page of calls understands too. */
const callsOf = (search: ActivitySearch) => ({
  ...filtersIn(search),
  range: search.range ?? (search.from === undefined ? usualRange : undefined),
  from: search.from,
  to: search.to,
})

const ToCalls = ({ search }: { readonly search: ActivitySearch }) => (
  <ButtonLink to="/calls" search={callsOf(search)} size="small" icon="calls">
    These calls
  </ButtonLink>
)

/** From when on calls are counted, where there are too many. */
const CountedFrom = ({ at }: { readonly at: Date }) => (
  <p className="soft">
    There are too many calls for these filters: counted are those from {exactTime(at, useZone())} on.
  </p>
)
