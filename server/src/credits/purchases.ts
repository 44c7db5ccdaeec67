import type { Uuid } from '../core/ids.ts'
import { add, min, type NanoUsd, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { balanceOf, lotsOf } from './balance.ts'
import { findJoinedRows, type PurchaseTotalsRow as PurchaseTotals, sumPurchases } from './store/debts.ts'

/**
 * What is left unspent of some purchases of an account, by the transfer that brought the first credits of each; never more
 * than what the account has available.
 */
export async function unspentOf(
  db: Db,
  accountId: Uuid,
  transferIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, NanoUsd>> {
  if (transferIds.length === 0) return new Map()
  const balance = await balanceOf(db, accountId)
  const lots = await lotsOf(db, accountId)
  const joined = await findJoinedRows(db, transferIds)
  const roots = new Map([
    ...transferIds.map((id) => [id, id] as const),
    ...joined.map((row) => [row.transfer_id, row.root_id] as const),
  ])
  const left = new Map<Uuid, NanoUsd>(transferIds.map((id) => [id, zero]))
  for (const lot of lots) {
    const root = roots.get(lot.transferId)
    if (root !== undefined) left.set(root, min(add(left.get(root) ?? zero, lot.left), balance?.available ?? zero))
  }
  return left
}

/** What was bought by each way, and what is to be taken back for each reason, all accounts together. */
export const purchaseTotals = (db: Db): Promise<PurchaseTotals> => sumPurchases(db)
