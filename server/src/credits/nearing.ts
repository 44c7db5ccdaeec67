import type { Uuid } from '../core/ids.ts'
import { subtract, type NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { findNearLimitRows, findPostedRows, type NearLimitSearch } from './store/accounts.ts'
import type { LimitWindow } from './types.ts'

/** What accounts have, open holds not taken off: those are bounds, and most of each comes back. Unknown accounts are absent. */
export async function postedBalances(db: Db, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, NanoUsd>> {
  if (ids.length === 0) return new Map()
  const rows = await findPostedRows(db, ids)
  return new Map(rows.map((row) => [row.id, subtract(row.credits_posted, row.debits_posted)]))
}

export type KeyNearLimit = {
  readonly keyId: Uuid
  readonly accountId: Uuid
  readonly limit: NanoUsd
  readonly window: LimitWindow
  /** `undefined` for the window `total`. */
  readonly windowStart: Date | undefined
  readonly spent: NanoUsd
}

/** Keys that have spent at least so many percent of their limit in the window of now; a page of them, ordered by id. */
export async function keysNearLimit(db: Db, search: NearLimitSearch): Promise<KeyNearLimit[]> {
  const rows = await findNearLimitRows(db, search)
  return rows.map((row) => ({
    keyId: row.key_id,
    accountId: row.account_id,
    limit: row.limit_nano,
    window: row.limit_window,
    windowStart: row.start ?? undefined,
    spent: row.window_spent,
  }))
}
