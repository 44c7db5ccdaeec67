import { useApi } from '../../api/query.ts'
import type { LimitWindow } from '../../lib/limit-sentence.ts'
import { credits, type MilliCredits } from '../../lib/money.ts'
import { windowStart } from '../../lib/time.ts'
import { useNow } from '../../ui/time.tsx'
import type { Key } from './key-status.ts'

/** What is left of a limit, as the server counts: a limit below what is used leaves nothing, and no debt. */
export const leftOf = (limit: MilliCredits, used: MilliCredits): MilliCredits => (limit > used ? limit - used : 0n)

/** What counts against a key's limit in the window that it has: what is spent, and what calls under way hold. */
export const usedOf = (key: Key): MilliCredits => credits(key.window_spent_credits) + credits(key.window_held_credits)

/**
 * What would count against a key's limit in any window, its own or another that it may get: the server fills a new
 * window with what the key already spent in it. Undefined while that is read.
 */
export function useUsedIn(key: Key, window: LimitWindow): MilliCredits | undefined {
  const isOwn = window === key.limit_window
  const from = windowStart(window, useNow())?.toISOString()
  const query = { account_id: key.account_id, key_id: key.id, group_by: 'key', from }
  const { data } = useApi('GET /api/v1/usage', { query }, { enabled: !isOwn && from !== undefined })
  if (isOwn) return usedOf(key)
  const spent = from === undefined ? key.spent_credits : data?.total.credits
  return spent === undefined ? undefined : credits(spent) + credits(key.window_held_credits)
}
