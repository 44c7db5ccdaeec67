import type { Uuid } from '../../core/ids.ts'
import { nanoUsd, toCredits } from '../../core/money.ts'
import { usageSeries } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { findCrossings } from '../store.ts'
import { tell } from '../tell.ts'
import type { WatchTools } from '../watch.ts'
import { alertOf, type UsageAlert } from './alerts.ts'
import { spanAround } from './span.ts'
import { findUsageAlertRows } from './store.ts'

/** Tells of accounts that have used as much as they want to be told of, once for each alert and span. */
export async function tellUsage(tx: Db, { clock, makeId }: WatchTools, accountIds: readonly Uuid[]): Promise<void> {
  const now = new Date(clock.nowMs())
  const alerts = (await findUsageAlertRows(tx, accountIds)).map(alertOf)
  const told = await findCrossings(
    tx,
    alerts.map((alert) => crossingOf(alert, now)),
  )
  for (const alert of alerts) {
    const crossing = crossingOf(alert, now)
    if (told.has(crossing)) continue
    const used = await usedIn(tx, alert, now)
    if (used < alert.threshold) continue
    const { accountId } = alert
    const event = { id: makeId(), accountId, type: 'usage.reached' as const, crossing, at: now }
    await tell(tx, { ...event, data: toldOf(alert, used, now) }, makeId)
  }
}

const crossingOf = ({ id, span }: UsageAlert, now: Date): string =>
  `usage:${id}:${spanAround(now, span).start.toISOString()}`

async function usedIn(tx: Db, { accountId, keyId, modelId, metric, span }: UsageAlert, now: Date): Promise<bigint> {
  const { start, end } = spanAround(now, span)
  const { series } = await usageSeries(tx, {
    ...{ filter: { accountId, keyId, modelId }, edges: [start, end], groups: [], measure: metric },
    ...{ top: 1, rankedFrom: 1 },
  })
  return series.reduce((sum, { bars }) => sum + (bars[0]?.amount ?? 0n), 0n)
}

function toldOf({ id, accountId, keyId, modelId, metric, span, threshold }: UsageAlert, used: bigint, now: Date) {
  const inWords = (amount: bigint) => (metric === 'spend' ? toCredits(nanoUsd(amount)) : amount.toString())
  return {
    ...{ account_id: accountId, alert_id: id, metric, span, span_start: spanAround(now, span).start.toISOString() },
    ...{ threshold: inWords(threshold), used: inWords(used) },
    ...{ key_id: keyId ?? null, model: modelId ?? null },
  }
}
