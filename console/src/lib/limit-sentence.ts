import { formatMoney, type MilliCredits, type MoneyUnit } from './money.ts'
import { relativeTime, windowEnd } from './time.ts'

export type LimitWindow = 'total' | 'day' | 'week' | 'month'

/** A key's limit: what is set, and what runs. */
export type KeyLimit = {
  /** Undefined: no limit. */
  readonly limit: MilliCredits | undefined
  readonly window: LimitWindow
  /** What is left now; undefined while the key is being made. */
  readonly left?: MilliCredits | undefined
  readonly callCap?: MilliCredits | undefined
}

const spans = {
  total: 'in total',
  day: 'per calendar day (UTC)',
  week: 'per calendar week (UTC, from Monday)',
  month: 'per calendar month (UTC)',
} as const satisfies Record<LimitWindow, string>

/**
 * The limit read back: 'At most $5.00 per calendar month (UTC), then calls get 402; $3.12 left, resets in 8 days.' Where
 * nothing is left, it says that every call is refused now.
 */
export function limitSentence({ limit, window, left, callCap }: KeyLimit, unit: MoneyUnit, now: Date): string {
  const cap = callCap === undefined ? '' : ` One call may cost at most ${formatMoney(callCap, unit)}.`
  if (limit === undefined) return `No limit of its own: it may spend all that the account has.${cap}`
  const reset = windowEnd(window, now)
  const resets = reset === undefined ? undefined : `resets ${relativeTime(reset, now)}`
  const rest = left === undefined ? firstWindow(resets) : restWords(left, resets, unit)
  return `At most ${formatMoney(limit, unit)} ${spans[window]}, then calls get 402${rest}.${cap}`
}

const firstWindow = (resets: string | undefined) => (resets === undefined ? '' : `; the first window ${resets}`)

function restWords(left: MilliCredits, resets: string | undefined, unit: MoneyUnit): string {
  if (left <= 0n)
    return `; nothing is left, so every call gets 402 ${resets === undefined ? 'now' : `until it ${resets}`}`
  return `; ${formatMoney(left, unit)} left${resets === undefined ? '' : `, ${resets}`}`
}
