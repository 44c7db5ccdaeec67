import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { tables } from './tables.ts'

/** Once for each account, for good. */
export const insertForfeiture = (db: Db, accountId: Uuid, at: Date) =>
  tables(db)
    .insertInto('forfeiture')
    .values({ account_id: accountId, asked_at: at, closed_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()

/** Accounts that gave up their credits and may still have some. */
export const findOpenForfeitures = async (db: Db): Promise<Uuid[]> => {
  const open = tables(db).selectFrom('forfeiture').select('account_id').where('closed_at', 'is', null)
  return (await open.orderBy('account_id').limit(1_000).execute()).map(({ account_id: id }) => id)
}

export const closeForfeiture = (db: Db, accountId: Uuid, at: Date) =>
  tables(db).updateTable('forfeiture').set({ closed_at: at }).where('account_id', '=', accountId).execute()
