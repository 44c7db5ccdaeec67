import type { Db } from './database/index.ts'

/** Runs `work` in the transaction that `db` already is, or in one of its own: all of it happens, or nothing. */
export const inTransaction = <T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work)
