import type { Uuid } from '../core/ids.ts'
import { max, type NanoUsd, nanoUsd, subtract, zero } from '../core/money.ts'
import { AppError } from '../core/errors.ts'
import type { Db } from '../platform/database/index.ts'
import {
  callSetBudget,
  findBudgetRows,
  findSpendRows,
  insertAccount,
  lockAccountRow,
  updateFrozen,
} from './store/accounts.ts'
import type { KeyBudget, KeySpend } from './types.ts'

/** Gives a customer a balance of nothing. Once per account: a second time is a fault. */
export const openLedgerAccount = (db: Db, accountId: Uuid): Promise<void> => insertAccount(db, accountId)

/**
 * A frozen account starts no call; those that run are finished and charged. One that owes stays frozen until it owes
 * nothing, whatever is said here. `false`: there is no such account.
 */
export const setAccountFrozen = (db: Db, accountId: Uuid, frozen: boolean): Promise<boolean> =>
  updateFrozen(db, accountId, frozen)

/** Nothing of what an account has moves until the transaction ends: what is read of it stays so. */
export const holdStill = async (tx: Db, accountId: Uuid): Promise<void> => {
  await lockAccountRow(tx, accountId, null)
}

/**
 * Sets what a key may spend from now on. A limit below what is spent is allowed and only stops new holds; a new window is
 * filled with what the key already spent in it. Throws for an unknown account or another account's key.
 */
export async function setKeyBudget(db: Db, budget: KeyBudget, now: Date | null = null): Promise<void> {
  if (await callSetBudget(db, budget, now)) return
  throw new AppError('not_found', {
    message: `The ledger has no account ${budget.accountId} with key ${budget.keyId}.`,
  })
}

/** The budgets of those keys that have one, in no order. */
export async function findKeyBudgets(db: Db, keyIds: readonly Uuid[]): Promise<KeyBudget[]> {
  if (keyIds.length === 0) return []
  const rows = await findBudgetRows(db, keyIds)
  return rows.map((row) => ({
    keyId: row.key_id,
    accountId: row.account_id,
    limit: row.limit_nano ?? undefined,
    window: row.limit_window,
    callCap: row.call_cap ?? undefined,
  }))
}

/** What those keys spent and hold in the window of `now` (the database's clock unless given), in no order. */
export async function findKeySpends(db: Db, keyIds: readonly Uuid[], now: Date | null = null): Promise<KeySpend[]> {
  if (keyIds.length === 0) return []
  const rows = await findSpendRows(db, keyIds, now)
  return rows.map((row) => {
    const windowSpent = row.passed ? zero : row.window_spent
    const windowHeld = row.passed ? zero : row.window_held
    return {
      keyId: row.key_id,
      windowSpent,
      windowHeld,
      windowStart: row.start ?? undefined,
      totalSpent: row.total_spent,
      limitLeft: leftOf(row.limit_nano, nanoUsd(windowSpent + windowHeld)),
    }
  })
}

const leftOf = (limit: NanoUsd | null, used: NanoUsd): NanoUsd | undefined =>
  limit === null ? undefined : max(zero, subtract(limit, used))
