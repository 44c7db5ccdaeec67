import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { Hash } from '../read/types.ts'
import { type QuoteRow, tables } from './rows.ts'

/** The quote of an order; the first one stands. */
export async function keepQuote(db: Db, row: QuoteRow): Promise<QuoteRow> {
  await tables(db)
    .insertInto('chain_quote')
    .values(row)
    .onConflict((conflict) => conflict.column('order_id').doNothing())
    .execute()
  return (await findQuote(db, row.order_id))!
}

export const findQuote = (db: Db, orderId: Uuid) =>
  tables(db).selectFrom('chain_quote').selectAll().where('order_id', '=', orderId).executeTakeFirst()

export const findQuoteByKey = (db: Db, chainId: bigint, orderKey: Hash) =>
  tables(db)
    .selectFrom('chain_quote')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('order_key', '=', orderKey)
    .executeTakeFirst()
