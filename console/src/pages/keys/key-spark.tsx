import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { credits, formatMoney, type MilliCredits, sumCredits } from '../../lib/money.ts'
import { Sparkline } from '../../ui/chart/sparkline.tsx'
import { Money } from '../../ui/money.tsx'
import { usePreference } from '../../ui/preferences.ts'

const keysMost = 200

/** What each key spent on each of the last 30 days (UTC), in one request for all of them. */
export function useKeySpends(): ReadonlyMap<string, readonly MilliCredits[]> | undefined {
  const { account } = useSession()
  const { data } = useApi('GET /api/v1/usage/series', {
    query: { account_id: account.id, metric: 'spend', group: 'key', bucket: 'day', top: keysMost },
  })
  return (
    data &&
    new Map(
      data.data.series
        .filter(({ is_other: isOther }) => !isOther)
        .map(({ group, values }) => [group ?? '', values.map((value) => credits(String(value ?? 0)))]),
    )
  )
}

/** Thirty days of spend as bars, with their sum. */
export function KeySpark({
  spend,
  name,
}: {
  readonly spend: readonly MilliCredits[] | undefined
  readonly name: string
}): ReactElement {
  const unit = usePreference('unit')
  if (!spend) return <span className="faint">-</span>
  const sum = sumCredits(spend)
  return (
    <span className="key-spark">
      <Sparkline values={spend} label={`${name} spent ${formatMoney(sum, unit)} in 30 days`} />
      <span className="soft">
        <Money amount={sum} />
      </span>
    </span>
  )
}
