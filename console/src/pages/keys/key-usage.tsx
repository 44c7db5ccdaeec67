import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { type AnswerOf, addressOf, type QueryOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { formatCreditsAxis } from '../../lib/chart.ts'
import { credits, formatMoney, sumCredits } from '../../lib/money.ts'
import { spanOf, zoneId } from '../../lib/range.ts'
import { ButtonFileLink } from '../../ui/button.tsx'
import { TimeChart } from '../../ui/chart/time-chart.tsx'
import { Segments } from '../../ui/fields.tsx'
import { Section } from '../../ui/page.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { FailureNote } from '../../ui/state.tsx'
import { useNow } from '../../ui/time.tsx'
import { Breakdown, type Group } from './key-breakdown.tsx'
import type { Key } from './key-status.ts'

const route = getRouteApi('/framed/keys/$id')
const get = 'GET /api/v1/usage/series'
const dayMs = 86_400_000
type Series = AnswerOf<typeof get>['data']

/** Where the credits of a key went: the same sums as a chart, as a table and as a file. */
export function KeyUsage({ of: key }: { readonly of: Key }): ReactElement {
  const { days = '30', group = 'model' } = route.useSearch()
  const query = useQuery(key, days, group)
  const spend = useApi(get, { query }, { keepPrevious: true })
  const calls = useApi(get, { query: { ...query, metric: 'calls' } }, { keepPrevious: true })
  const failure = failureOf(spend.error)
  return (
    <Section
      title="Where its credits went"
      actions={
        <>
          <Choices days={days} group={group} />
          <ButtonFileLink icon="download" href={addressOf('GET /api/v1/usage/series.csv', { query })} download>
            CSV
          </ButtonFileLink>
        </>
      }
    >
      {failure && !spend.data ? (
        <FailureNote what="The sums could not be read." failure={failure} retry={() => void spend.refetch()} />
      ) : (
        <>
          {spend.data && <SpendChart series={spend.data.data} />}
          <Breakdown keyId={key.id} days={days} group={group} spend={spend.data?.data} calls={calls.data?.data} />
        </>
      )}
    </Section>
  )
}

/** The query behind chart, table and file. Days begin in the zone that times are shown in. */
function useQuery(key: Key, days: '7' | '30' | '90', group: Group) {
  const zone = useZone()
  const { from } = spanOf({ range: `${days}d` }, '30d', useNow(), zone)
  return {
    metric: 'spend',
    group: group === 'day' ? undefined : group,
    bucket: 'day',
    zone: zoneId(zone),
    top: 200,
    key_id: key.id,
    account_id: key.account_id,
    from,
  } as const satisfies QueryOf<typeof get>
}

const amounts = (values: Series['total']['values']) => values.map((value) => credits(String(value ?? 0)))

const drawnMost = 6

/** The largest groups each in a colour, the rest together: what the table has line by line. */
function SpendChart({ series }: { readonly series: Series }) {
  const unit = usePreference('unit')
  const groups = series.series
  const rest = groups.slice(drawnMost).map(({ values }) => amounts(values))
  const drawn = groups.slice(0, drawnMost).map(({ group, values }, at) => ({
    id: `${at} ${group ?? ''}`,
    label: group ?? 'All',
    values: amounts(values),
  }))
  const other = series.buckets.map((_bucket, at) => sumCredits(rest.map((values) => values[at] ?? 0n)))
  return (
    <TimeChart
      title={`Spend, ${unit === 'usd' ? 'USD' : 'credits'} per day`}
      kind="bars"
      times={series.buckets.map(({ start }) => new Date(start))}
      bucketMs={dayMs}
      series={rest.length === 0 ? drawn : [...drawn, { id: 'other', label: 'Other', values: other, isRest: true }]}
      format={(amount) => formatMoney(BigInt(amount), unit)}
      formatAxis={(amount) => formatCreditsAxis(amount, unit)}
      heightPx={200}
    />
  )
}

const dayChoices = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
] as const

const groupChoices = [
  { value: 'model', label: 'By model' },
  { value: 'provider', label: 'By provider' },
  { value: 'day', label: 'By day' },
] as const

/** How long back, and what is told apart; both stand in the address. */
function Choices({ days, group }: { readonly days: '7' | '30' | '90'; readonly group: Group }) {
  const navigate = route.useNavigate()
  const set = (change: { readonly days?: typeof days; readonly group?: Group }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), resetScroll: false })
  return (
    <>
      <Segments label="Time" value={days} onChange={(next) => set({ days: next })} options={dayChoices} />
      <Segments label="By" value={group} onChange={(next) => set({ group: next })} options={groupChoices} />
    </>
  )
}
