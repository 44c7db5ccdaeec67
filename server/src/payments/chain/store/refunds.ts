import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { Hash } from '../read/types.ts'
import { type RefundRow, tables } from './rows.ts'

const noHash: Hash = '0x'

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

/** Whether another refund of the chain has this transaction, or this place of one. */
export const isTaken = async (
  db: Db,
  { id, chain_id: chainId }: Pick<RefundRow, 'id' | 'chain_id'>,
  by: { readonly txHash: Hash } | { readonly place: string },
): Promise<boolean> => {
  const others = tables(db)
    .selectFrom('chain_refund')
    .select('id')
    .where('chain_id', '=', chainId)
    .where('id', '!=', id)
  const taken = 'place' in by ? others.where('place', '=', by.place) : others.where('tx_hash', '=', by.txHash)
  return (await taken.where('token', '=', 'native').executeTakeFirst()) !== undefined
}

export const listRefundsOf = (db: Db, orderId: Uuid) =>
  tables(db).selectFrom('chain_refund').selectAll().where('order_id', '=', orderId).orderBy('id').execute()

export const findRefund = (db: Db, id: Uuid) =>
  tables(db).selectFrom('chain_refund').selectAll().where('id', '=', id).executeTakeFirst()

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

/**
 * Money that left the treasury to somebody whom it was owed, after it was or by the transaction that was told, and is no
 * refund yet; oldest first.
 */
export const listUnmatched = (
  db: Db,
  refund: Pick<RefundRow, 'chain_id' | 'token' | 'token_amount' | 'to_address' | 'above_block' | 'tx_hash'>,
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
    .where((is) =>
      is.or([is('block_number', '>', refund.above_block ?? -1n), is('tx_hash', '=', refund.tx_hash ?? noHash)]),
    )
    .where('place', 'not in', matched.where('chain_id', '=', refund.chain_id))
    .orderBy('block_number')
    .execute()
}
