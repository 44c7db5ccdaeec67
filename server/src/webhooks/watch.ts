import type { Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import { nanoUsd, toCredits, type NanoUsd } from '../core/money.ts'
import { keysNearLimit, postedBalances, type KeyNearLimit } from '../credits/index.ts'
import { tellByMail } from '../mails/index.ts'
import type { Db } from '../platform/database/index.ts'
import { findCrossings, hasListeners, lockAlertRows, tryWatchLock, updateLow } from './store.ts'
import { tell } from './tell.ts'
import { eventTypes, type WebhookEvent } from './types.ts'

export type WatchTools = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly makeId: MakeId
  /** Whether mails are sent from here, so that a low balance has somebody to hear of it. */
  readonly mails?: boolean
}

const pageRows = 500
const nearPercent = 80
/** A low balance counts as filled up only this far above its threshold, so that one that sways around it is told once. */
const refilledPercent = 110n

/**
 * A job: compares balances and limits with what their owners want to be told of, and writes what was crossed, each
 * crossing once. One process at a time; nothing is done while nobody can hear it.
 */
export async function watchCredits(db: Db, tools: WatchTools): Promise<void> {
  const isHeard = await hasListeners(db, eventTypes)
  if (!isHeard && tools.mails !== true) return
  await db.transaction().execute(async (tx) => {
    if (!(await tryWatchLock(tx))) return
    await watchBalances(tx, tools)
    if (isHeard) await watchKeys(tx, tools)
  })
}

async function watchBalances(tx: Db, tools: WatchTools): Promise<void> {
  for (let afterId: Uuid | undefined; ;) {
    const alerts = await lockAlertRows(tx, afterId, pageRows)
    const balances = await postedBalances(
      tx,
      alerts.map((alert) => alert.account_id),
    )
    for (const { account_id: accountId, threshold, is_low: wasLow } of alerts) {
      const balance = balances.get(accountId)
      const isLow = balance === undefined ? wasLow : judgeBalance(balance, threshold, wasLow)
      if (isLow !== wasLow) await updateLow(tx, accountId, isLow)
      if (isLow && !wasLow)
        await tellLow(tx, lowBalance(tools, accountId, balance!, threshold), { ...tools, balance: balance!, threshold })
    }
    afterId = alerts.at(-1)?.account_id
    if (alerts.length < pageRows) return
  }
}

/** Whether a balance is low, given whether it was: with some way between becoming low and being so no more. */
export const judgeBalance = (balance: NanoUsd, threshold: NanoUsd, wasLow: boolean): boolean =>
  wasLow ? balance * 100n < threshold * refilledPercent : balance < threshold

type Low = WatchTools & { readonly balance: NanoUsd; readonly threshold: NanoUsd }

/** By webhook, and by mail. */
async function tellLow(tx: Db, event: WebhookEvent, { balance, threshold, ...tools }: Low): Promise<void> {
  await tell(tx, event, tools.makeId)
  const lines = [
    `Its balance is ${toCredits(balance)} credits: less than the ${toCredits(threshold)} below which you wanted to be told.`,
    'When nothing is left, calls are refused. Add credits, or have them added by themselves.',
  ]
  const { accountId, crossing } = event
  await tellByMail(tx, { accountId, kind: 'low_balance', crossing, subject: 'Credits are running low', lines }, tools)
}

function lowBalance(
  { clock, makeId }: WatchTools,
  accountId: Uuid,
  balance: NanoUsd,
  threshold: NanoUsd,
): WebhookEvent {
  const id = makeId()
  return {
    ...{ id, accountId, type: 'balance.low' },
    // The state in `balance_alert`, locked, is what makes it one event for each crossing.
    crossing: `balance:${id}`,
    data: { account_id: accountId, balance_credits: toCredits(balance), threshold_credits: toCredits(threshold) },
    at: new Date(clock.nowMs()),
  }
}

async function watchKeys(tx: Db, tools: WatchTools): Promise<void> {
  const now = new Date(tools.clock.nowMs())
  for (let afterId: Uuid | undefined; ;) {
    const keys = await keysNearLimit(tx, { now, percent: nearPercent, afterId, limit: pageRows })
    const events = keys.map((key) => limitEvent(key, now, tools.makeId))
    const told = await findCrossings(
      tx,
      events.map(({ crossing }) => crossing),
    )
    for (const event of events) if (!told.has(event.crossing)) await tell(tx, event, tools.makeId)
    afterId = keys.at(-1)?.keyId
    if (keys.length < pageRows) return
  }
}

/** One for each key, window, limit and step: a limit that was raised can be crossed again. */
function limitEvent(key: KeyNearLimit, at: Date, makeId: MakeId): WebhookEvent {
  const { keyId, accountId, limit, window, windowStart, spent } = key
  const isReached = spent >= limit
  const start = windowStart?.toISOString() ?? null
  const type = isReached ? 'key.limit_reached' : 'key.limit_near'
  return {
    ...{ id: makeId(), accountId, type, at },
    crossing: `${type}:${keyId}:${start ?? 'total'}:${limit}`,
    data: {
      account_id: accountId,
      key_id: keyId,
      limit_credits: toCredits(limit),
      limit_window: window,
      window_start: start,
      spent_credits: toCredits(spent),
      remaining_credits: toCredits(isReached ? nanoUsd(0n) : nanoUsd(limit - spent)),
    },
  }
}
