import type { Uuid } from '../core/ids.ts'
import { add, type NanoUsd, nanoUsd, subtract, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { type LotEvent, lotsLeft } from './lots.ts'
import { findLotHistories, type LotHistoryRow } from './store/transfers.ts'
import type { Balance, Lot, LotKind } from './types.ts'

/**
 * What an account has. `purchased`, `granted` and `earned` are what came in and was not taken back or expired, so
 * available + held + spent = purchased + granted + earned, always. What is `owed` is still to be taken from it.
 * `undefined`: there is no such account.
 */
export const balanceOf = async (db: Db, accountId: Uuid): Promise<Balance | undefined> =>
  (await balancesOf(db, [accountId])).get(accountId)

/** The same of several accounts, by one statement; those that do not exist are absent. */
export async function balancesOf(db: Db, accountIds: readonly Uuid[]): Promise<ReadonlyMap<Uuid, Balance>> {
  const rows = accountIds.length === 0 ? [] : await findLotHistories(db, accountIds)
  const histories = Map.groupBy(rows, ({ account_id: accountId }) => accountId)
  return new Map([...histories].map(([accountId, history]) => [accountId, balanceIn(history)]))
}

/** Of an account with at least one row. */
function balanceIn(rows: readonly LotHistoryRow[]): Balance {
  const account = rows[0]!
  const posted = subtract(account.credits_posted, account.debits_posted)
  const sources = sumSources(rows)
  return {
    available: subtract(posted, account.debits_pending),
    held: account.debits_pending,
    spent: nanoUsd(sources.purchased + sources.granted + sources.earned - posted),
    ...sources,
    owed: account.owed,
  }
}

/** The credits that came in, oldest first, and what is left of each. */
export async function lotsOf(db: Db, accountId: Uuid): Promise<Lot[]> {
  const rows = await findLotHistories(db, [accountId])
  const [account] = rows
  return account ? lotsLeft(rows.flatMap(eventOf), subtract(account.credits_posted, account.debits_posted)) : []
}

function sumSources(rows: readonly LotHistoryRow[]): Record<LotKind, NanoUsd> {
  const sources: Record<LotKind, NanoUsd> = { purchased: zero, granted: zero, earned: zero }
  const kinds = new Map(rows.map(({ id, kind }) => [id, kind]))
  for (const { kind, reverses_id: reverses, amount } of rows) {
    const source = kind ?? kinds.get(reverses)
    if (source && amount !== null)
      sources[source] = kind ? add(sources[source], amount) : subtract(sources[source], amount)
  }
  return sources
}

/** Nothing for the row of an account without transfers. */
function eventOf(row: LotHistoryRow): LotEvent[] {
  const { id, kind, amount, balance_after: balanceAfter, created_at: createdAt } = row
  if (id === null || amount === null || balanceAfter === null || createdAt === null) return []
  if (kind === null) return [{ kind: 'out', lotId: row.reverses_id, amount, balanceAfter }]
  const { held_until: heldUntil, expires_at: expiresAt, refundable } = row
  const lot = { transferId: id, kind, amount, createdAt, refundable: refundable ?? false }
  const times = { heldUntil: heldUntil ?? undefined, expiresAt: expiresAt ?? undefined }
  return [{ kind: 'in', lot: { ...lot, ...times }, balanceAfter }]
}
