import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type ProviderRow, tables } from './tables.ts'

/** Deleted ones too. */
export const listAllProviderRows = (db: Db) => tables(db).selectFrom('provider').selectAll().orderBy('name').execute()

export const listProviderRows = (db: Db) =>
  tables(db).selectFrom('provider').selectAll().where('deleted_at', 'is', null).orderBy('name').execute()

export const findProviderRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('provider').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst()

/** A deleted one too: its name stays taken for the seed. */
export const findProviderRowByName = (db: Db, name: string) =>
  tables(db).selectFrom('provider').selectAll().where('name', '=', name).executeTakeFirst()

export const insertProvider = (db: Db, row: ProviderRow) => tables(db).insertInto('provider').values(row).execute()

export const updateProviderRow = (db: Db, id: Uuid, change: Partial<Omit<ProviderRow, 'id' | 'name'>>) =>
  tables(db).updateTable('provider').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
