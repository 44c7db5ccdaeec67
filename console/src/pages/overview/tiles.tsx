import type { ReactElement, ReactNode } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { counted, formatCount, formatDuration, formatShare } from '../../lib/numbers.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { Money, MoneyOther } from '../../ui/money.tsx'
import { Skeleton } from '../../ui/state.tsx'

export type Told = Schemas['Overview']

/** What there is, what it is spent on now, and whether calls go well. */
export function Tiles({
  told,
  callsUnderWay,
}: {
  readonly told: Told | undefined
  readonly callsUnderWay: number | undefined
}): ReactElement {
  if (!told) return <TilesWaiting />
  const { credits, spend, last_24_hours: day } = told
  return (
    <Stats>
      <Stat label="Available" value={<Money amount={credits.available} />} detail={<Runway runway={told.runway} />} />
      <Stat
        label="On hold"
        value={<Money amount={credits.on_hold} />}
        detail={
          callsUnderWay === undefined ? (
            <MoneyOther amount={credits.on_hold} />
          ) : (
            `${counted(callsUnderWay, 'call')} under way`
          )
        }
      />
      <Stat
        label="Spent today"
        value={<Money amount={spend.today.credits} />}
        detail={<Change change={spend.today.change} before="yesterday by this time" />}
      />
      <Stat
        label="Spent this month"
        value={<Money amount={spend.month.credits} />}
        detail={<Change change={spend.month.change} before="last month by this day" />}
      />
      <Stat
        label="Failed, last 24 hours"
        value={day.error_rate === null ? '-' : formatShare(day.error_rate)}
        detail={`${formatCount(day.errors)} of ${counted(day.calls, 'call')}`}
      />
      <Stat
        label="First token, median"
        value={day.first_token_p50_ms === null ? '-' : formatDuration(day.first_token_p50_ms)}
        detail={
          day.first_token_p95_ms === null ? 'no answer in 24 hours' : `p95 ${formatDuration(day.first_token_p95_ms)}`
        }
      />
    </Stats>
  )
}

/** For how long the credits last when it goes on as in the last days. */
function Runway({ runway }: { readonly runway: Told['runway'] }) {
  const { days, credits_per_day: perDay, over_days: over } = runway
  if (days === null) return <RunwayLine>nothing spent lately</RunwayLine>
  const words = days === 0 ? 'runs out within a day' : `runs out in about ${counted(days, 'day')}`
  return (
    <RunwayLine>
      {words}, at <Money amount={perDay} /> a day{over < 7 && ', by the little that is known'}
    </RunwayLine>
  )
}

const RunwayLine = ({ children }: { readonly children: ReactNode }) => <span>{children}</span>

function Change({ change, before }: { readonly change: number | null; readonly before: string }) {
  if (change === null) return <span>nothing {before}</span>
  return (
    <span>
      {changeWords(change)} {before}
    </span>
  )
}

function changeWords(change: number): string {
  if (Math.abs(change) < 0.0005) return 'as much as'
  if (change >= 2) return `${formatCount(change + 1)} times as much as`
  return `${formatShare(Math.abs(change))} ${change > 0 ? 'more' : 'less'} than`
}

const TilesWaiting = () => (
  <Stats>
    {['Available', 'On hold', 'Spent today', 'Spent this month', 'Failed, last 24 hours', 'First token, median'].map(
      (label) => (
        <Stat key={label} label={label} value={<Skeleton width="6rem" />} detail={<Skeleton width="8rem" />} />
      ),
    )}
  </Stats>
)
