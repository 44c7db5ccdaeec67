import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import { type AutoTopUpRow, tables } from './tables.ts'

export const findAutoTopUp = (db: Db, accountId: Uuid): Promise<AutoTopUpRow | undefined> =>
  tables(db).selectFrom('auto_top_up').selectAll().where('account_id', '=', accountId).executeTakeFirst()

/** Locked: whoever else would begin or change one waits. */
export const lockAutoTopUp = (db: Db, accountId: Uuid): Promise<AutoTopUpRow | undefined> =>
  tables(db)
    .selectFrom('auto_top_up')
    .selectAll()
    .where('account_id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirst()

/** A new wish is a new start; what is under way stays so. */
export const upsertAutoTopUp = (db: Db, row: AutoTopUpRow) => {
  const { account_id: _accountId, order_id: _orderId, ...wish } = row
  return tables(db)
    .insertInto('auto_top_up')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(wish))
    .execute()
}

type Change = Partial<Omit<AutoTopUpRow, 'account_id'>>

export const updateAutoTopUp = (db: Db, accountId: Uuid, change: Change) =>
  tables(db).updateTable('auto_top_up').set(change).where('account_id', '=', accountId).execute()

type Page = {
  readonly livemode: boolean
  readonly now: Date
  readonly afterId: Uuid | undefined
  readonly limit: number
}

/** Those that may buy, by account: on, nothing under way, and not waiting for a person. */
export function dueAutoTopUps(db: Db, { livemode, now, afterId, limit }: Page): Promise<AutoTopUpRow[]> {
  let query = tables(db)
    .selectFrom('auto_top_up')
    .selectAll()
    .where('livemode', '=', livemode)
    .where('next_at', '<=', now)
    .where('is_on', '=', true)
    .where('order_id', 'is', null)
    .where((where) => where.or([where('pause', 'is', null), where('pause', '=', 'ceiling')]))
  if (afterId !== undefined) query = query.where('account_id', '>', afterId)
  return query.orderBy('account_id').limit(limit).execute()
}

/** Whose card it is. */
export const autoTopUpsBy = async (db: Db, cardId: string): Promise<Uuid[]> =>
  (await tables(db).selectFrom('auto_top_up').select('account_id').where('card_id', '=', cardId).execute()).map(
    ({ account_id: accountId }) => accountId,
  )
