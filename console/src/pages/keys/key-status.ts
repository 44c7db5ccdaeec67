import type { Schemas } from '../../api/schema.ts'
import { credits, formatMoney, type MoneyUnit, percentOf } from '../../lib/money.ts'
import { formatDay, relativeTime, windowEnd, type Zone } from '../../lib/time.ts'

export type Key = Schemas['Key']

/** How a key is doing, in two words, and what somebody might do about it. */
export type KeyStatus = {
  readonly words: string
  readonly tone: 'good' | 'warn' | 'bad' | 'neutral'
  readonly advice: string
}

export type Reading = { readonly now: Date; readonly zone: Zone; readonly unit: MoneyUnit }

const dayMs = 86_400_000
const soonMs = 7 * dayMs
const idleMs = 30 * dayMs
const nearPercent = 80

/** The one thing that matters most about a key now: what stops it, then what will, then what is unusual. */
export function statusOf(key: Key, { now, zone, unit }: Reading): KeyStatus {
  if (key.disabled)
    return { words: 'Frozen', tone: 'bad', advice: 'Every call gets 401 until somebody unfreezes the key.' }
  const expires = key.expires_at === null ? undefined : new Date(key.expires_at)
  if (expires && expires <= now)
    return {
      words: 'Expired',
      tone: 'bad',
      advice: `Every call gets 401 since ${formatDay(expires, zone)}. Set a later expiry, or delete the key.`,
    }
  return limitStatus(key, { now, zone, unit }) ?? laterStatus(key, expires, { now, zone, unit })
}

function limitStatus(key: Key, { now, unit }: Reading): KeyStatus | undefined {
  if (key.limit_credits === null || key.limit_left_credits === null) return undefined
  const [limit, left] = [credits(key.limit_credits), credits(key.limit_left_credits)]
  const reset = windowEnd(key.limit_window, now)
  const until = reset ? `It resets ${relativeTime(reset, now)}` : 'It never resets'
  if (left === 0n)
    return {
      words: 'Limit reached',
      tone: 'bad',
      advice: `Calls get 402: all of ${formatMoney(limit, unit)} is spent or on hold. ${until}; adding to the limit works at once.`,
    }
  if (percentOf(limit - left, limit) >= nearPercent)
    return {
      words: 'Near its limit',
      tone: 'warn',
      advice: `${formatMoney(left, unit)} of ${formatMoney(limit, unit)} is left. ${until}.`,
    }
  return undefined
}

function laterStatus(key: Key, expires: Date | undefined, { now, zone }: Reading): KeyStatus {
  if (expires && expires.getTime() - now.getTime() < soonMs)
    return {
      words: 'Expires soon',
      tone: 'warn',
      advice: `From ${formatDay(expires, zone)} on every call gets 401. Set a later expiry to keep it.`,
    }
  if (key.previous_secret_until !== null)
    return {
      words: 'Being rotated',
      tone: 'neutral',
      advice: `Its secret before still works; it stops ${relativeTime(new Date(key.previous_secret_until), now)}.`,
    }
  if (key.kind === 'management') return { words: 'Working', tone: 'good', advice: 'Nothing stops its requests.' }
  if (key.last_used_at === null)
    return { words: 'Not used yet', tone: 'neutral', advice: 'No call was made with it so far.' }
  if (now.getTime() - new Date(key.last_used_at).getTime() > idleMs)
    return {
      words: 'Idle',
      tone: 'neutral',
      advice: `Last used ${relativeTime(new Date(key.last_used_at), now)}. Delete it if nothing needs it any more.`,
    }
  return { words: 'Working', tone: 'good', advice: 'Nothing stops its calls.' }
}
