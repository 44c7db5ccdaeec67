import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import { type RefundRow, tables } from './rows.ts'

export const insertRefund = (db: Db, row: RefundRow) =>
  tables(db)
    .insertInto('chain_refund')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()

export const listOpenRefunds = (db: Db, chainId?: bigint) => {
  const open = tables(db).selectFrom('chain_refund').selectAll().where('state', 'in', ['pending', 'sent'])
  return (chainId === undefined ? open : open.where('chain_id', '=', chainId)).orderBy('id').execute()
}

export const listRefundsOf = (db: Db, orderId: Uuid) =>
  tables(db).selectFrom('chain_refund').selectAll().where('order_id', '=', orderId).orderBy('id').execute()

export const lockRefund = (db: Db, id: Uuid) =>
  tables(db).selectFrom('chain_refund').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

export const updateRefund = (db: Db, id: Uuid, change: Partial<Omit<RefundRow, 'id' | 'order_id' | 'chain_id'>>) =>
  tables(db).updateTable('chain_refund').set(change).where('id', '=', id).execute()

/** Refunds that were seen above a block wait to be seen again. */
export const unsendRefunds = (db: Db, chainId: bigint, above: bigint) => {
  const gone = tables(db).selectFrom('chain_movement').select('place').where('chain_id', '=', chainId)
  return tables(db)
    .updateTable('chain_refund')
    .set({ state: 'pending', place: null, tx_hash: null })
    .where('chain_id', '=', chainId)
    .where('place', 'in', gone.where('kind', '=', 'out').where('block_number', '>', above))
    .execute()
}

/** Money that left the treasury to somebody whom it was owed, and is no refund yet; oldest first. */
export const listUnmatched = (
  db: Db,
  refund: Pick<RefundRow, 'chain_id' | 'token' | 'token_amount' | 'to_address'>,
) => {
  const matched = tables(db).selectFrom('chain_refund').select('place').where('place', 'is not', null)
  return tables(db)
    .selectFrom('chain_movement')
    .selectAll()
    .where('chain_id', '=', refund.chain_id)
    .where('kind', '=', 'out')
    .where('token', '=', refund.token)
    .where('party', '=', refund.to_address)
    .where('amount', '=', refund.token_amount)
    .where('place', 'not in', matched.where('chain_id', '=', refund.chain_id))
    .orderBy('block_number')
    .execute()
}
