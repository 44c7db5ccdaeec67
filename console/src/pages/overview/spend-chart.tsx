import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { credits, formatMoney } from '../../lib/money.ts'
import { formatCreditsAxis } from '../../lib/chart.ts'
import { spanOf, zoneId } from '../../lib/range.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { TimeChart } from '../../ui/chart/time-chart.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { FailureNote } from '../../ui/state.tsx'
import { useNow } from '../../ui/time.tsx'

const dayMs = 86_400_000

/** What the spend of the last 30 days is asked by. */
export function useSpendQuery() {
  const { account } = useSession()
  const zone = useZone()
  const { from } = spanOf({ range: '30d' }, '30d', useNow(), zone)
  return {
    account_id: account.id,
    metric: 'spend',
    group: 'model',
    bucket: 'day',
    top: 6,
    zone: zoneId(zone),
    from,
  } as const
}

export const spendAddress = (query: ReturnType<typeof useSpendQuery>): string =>
  addressOf('GET /api/v1/usage/series', { query })

/** The spend of the last 30 days, by model. */
export function SpendChart(): ReactElement {
  const query = useSpendQuery()
  const unit = usePreference('unit')
  const { data, error, dataUpdatedAt, refetch } = useApi('GET /api/v1/usage/series', { query }, { keepPrevious: true })
  if (error && !data)
    return <FailureNote what="The spend could not be read." failure={error.failure} retry={() => void refetch()} />
  const told = data?.data
  const lines = told?.series.map(({ group, is_other: isRest, values }) => ({
    ...{ id: group ?? 'other', label: isRest ? 'Other' : (group ?? ''), isRest },
    values: values.map((value) => credits(String(value ?? '0'))),
  }))
  return (
    <div className="overview-chart" aria-busy={!told}>
      {told && lines && (
        <TimeChart
          title="Spend by model, last 30 days"
          kind="bars"
          heightPx={220}
          times={told.buckets.map(({ start }) => new Date(start))}
          ends={told.buckets.map(({ end }) => new Date(end))}
          bucketMs={dayMs}
          series={
            lines.length > 0
              ? lines
              : [{ id: 'none', label: 'Nothing spent', values: told.buckets.map(() => 0n), isRest: true }]
          }
          format={(amount) => formatMoney(BigInt(amount), unit)}
          formatAxis={(amount) => formatCreditsAxis(amount, unit)}
          actions={
            <ButtonLink to="/activity" size="small" icon="activity">
              Activity
            </ButtonLink>
          }
        />
      )}
      <AsOf readAtMs={dataUpdatedAt} />
    </div>
  )
}
