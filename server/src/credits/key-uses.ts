import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { findKeyUseRows } from './store/key-uses.ts'

/** What a key spent in the calendar day, week and month (UTC) of now, by when its calls began, and its newest call. */
export type KeyUse = {
  readonly keyId: Uuid
  readonly day: NanoUsd
  readonly week: NanoUsd
  readonly month: NanoUsd
  /** `undefined`: no call of it has ended yet. */
  readonly lastAt: Date | undefined
  /** What that call said of its app. */
  readonly lastApp: string | undefined
}

/** How keys were used, in no order; from the sums by day and the newest receipts. */
export async function keyUses(db: Db, keyIds: readonly Uuid[], now: Date): Promise<KeyUse[]> {
  if (keyIds.length === 0) return []
  return (await findKeyUseRows(db, keyIds, now)).map(({ key_id, last_at, last_app, ...spent }) => ({
    keyId: key_id,
    ...spent,
    lastAt: last_at ?? undefined,
    lastApp: last_app ?? undefined,
  }))
}
