import { assert } from '../core/assert.ts'
import type { MakeId } from '../core/ids.ts'
import { min, type NanoUsd, nanoUsd, subtract, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { lotsOf } from './balance.ts'
import { lockAccountRow } from './store/accounts.ts'
import { callTransfer, closeLot, findExpiredLots, platformAccounts } from './store/transfers.ts'
import { callFold, callMakePartitions } from './store/upkeep.ts'

const partitionsAheadMs = 28 * 24 * 3_600_000

/** Folds what batches appended into the balances of the platform's accounts; returns how many rows. */
export const foldPlatformAccounts = (db: Db): Promise<number> => callFold(db)

/** Sees to it that receipts of the next four weeks have their partitions; returns how many were made. Weekly at the least. */
export const ensureChargePartitions = (db: Db, now: Date): Promise<number> =>
  callMakePartitions(db, now, new Date(now.getTime() + partitionsAheadMs))

/**
 * Takes back what is left of lots that are past their time, and returns the sum. What open holds keep is not taken: they
 * may still be charged; the rest follows when they are settled.
 */
export async function expireLots(db: Db, makeId: MakeId, now: Date | null = null): Promise<NanoUsd> {
  let expired = zero
  for (const { account_id: accountId, transfer_id: lotId } of await findExpiredLots(db, now)) {
    const taken = await db.transaction().execute((tx) => expireLot(tx, accountId, lotId, makeId, now))
    expired = nanoUsd(expired + taken)
  }
  return expired
}

async function expireLot(tx: Db, accountId: string, lotId: string, makeId: MakeId, now: Date | null): Promise<NanoUsd> {
  const account = await lockAccountRow(tx, accountId, now)
  const lot = (await lotsOf(tx, accountId)).find(({ transferId }) => transferId === lotId)
  if (!account || !lot) return zero
  const available = nanoUsd(account.credits_posted - account.debits_posted - account.debits_pending)
  const amount = min(lot.left, available)
  if (amount === lot.left) await closeLot(tx, lotId, now)
  if (amount <= zero) return zero
  const { outcome } = await callTransfer(tx, {
    id: makeId(),
    kind: 'expiry',
    reference: `${lotId}:${account.version + 1n}`,
    debit: accountId,
    credit: platformAccounts.expired,
    amount,
    reverses: lotId,
    note: subtract(lot.left, amount) > zero ? 'in part: the rest is held' : undefined,
    now,
  })
  assert(outcome === 'posted', `an expiry within what is left and available is posted, not ${outcome}`)
  return amount
}
