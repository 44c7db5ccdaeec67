import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { barsOf } from '../../lib/buckets.ts'
import type { callQuery } from '../../lib/call-search.ts'
import { counted, formatCount } from '../../lib/numbers.ts'
import type { RangeSearch, Span } from '../../lib/range.ts'
import { exactTime } from '../../lib/time.ts'
import { TimeChart } from '../../ui/chart/time-chart.tsx'
import { Money } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { FailureNote } from '../../ui/state.tsx'
import { useNow } from '../../ui/time.tsx'

type Props = {
  readonly query: ReturnType<typeof callQuery>
  readonly span: Span
  readonly onZoom: (range: RangeSearch) => void
}

const heightPx = 140

/** How many calls there were over the time of the page; a span that is drawn on it becomes that time. */
export function Histogram({ query, span, onZoom }: Props): ReactElement {
  const zone = useZone()
  const { bars, stepMs, to } = barsOf(span, useNow())
  const { data, error, refetch } = useApi(
    'GET /api/v1/generations/histogram',
    { query: { ...query, to, bars } },
    { keepPrevious: true },
  )
  if (error && !data) {
    const what = 'The chart of the calls could not be read.'
    return <FailureNote what={what} failure={error.failure} retry={() => void refetch()} />
  }
  if (!data) return <div className="calls-chart" aria-busy="true" />
  const { bars: told, total, counted_from: countedFrom } = data.data
  return (
    <div className="calls-chart">
      <TimeChart
        title="Calls"
        kind="bars"
        heightPx={heightPx}
        times={told.map(({ start }) => new Date(start))}
        bucketMs={stepMs}
        series={[
          {
            id: 'answered',
            label: 'Answered or cancelled',
            values: told.map(({ calls, errors }) => calls - errors),
            isRest: true,
          },
          { id: 'errors', label: 'Failed', values: told.map(({ errors }) => errors), isBad: true },
        ]}
        format={(amount) => formatCount(Number(amount))}
        onZoom={(from, until) => onZoom({ range: undefined, from: from.toISOString(), to: until.toISOString() })}
        actions={
          <p className="calls-total">
            <strong>{counted(total.calls, 'call')}</strong>, {formatCount(total.errors)} failed,{' '}
            <Money amount={total.credits} />
          </p>
        }
      />
      {countedFrom !== null && (
        <p className="soft">
          There are too many calls to count them all here: bars and sums are whole from{' '}
          {exactTime(new Date(countedFrom), zone)} on. The page Activity has whole sums.
        </p>
      )}
    </div>
  )
}
