import type { Db } from '../../platform/database/index.ts'
import { type AliasRow, type ModelRow, tables } from './tables.ts'

/** Deleted ones too. */
export const listAllModelRows = (db: Db) => tables(db).selectFrom('model').selectAll().orderBy('id').execute()

/** Ordered by id; deleted ones are left out. */
export const listModelRows = (db: Db, page: { readonly afterId: string | undefined; readonly limit: number }) =>
  tables(db)
    .selectFrom('model')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(page.afterId !== undefined, (query) => query.where('id', '>', page.afterId!))
    .orderBy('id')
    .limit(page.limit)
    .execute()

export const findModelRow = (db: Db, id: string) =>
  tables(db).selectFrom('model').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst()

/** Makes the model, or brings a deleted one of that id back with these properties. */
export const upsertModel = (db: Db, row: ModelRow) =>
  tables(db)
    .insertInto('model')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute()

export const insertModels = (db: Db, rows: readonly ModelRow[]) => tables(db).insertInto('model').values(rows).execute()

export const updateModelRow = (db: Db, id: string, change: Partial<Omit<ModelRow, 'id'>>) =>
  tables(db).updateTable('model').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()

export const listAliasRows = (db: Db) => tables(db).selectFrom('model_alias').selectAll().orderBy('alias').execute()

export const listAliasRowsOf = (db: Db, modelIds: readonly string[]) =>
  tables(db).selectFrom('model_alias').selectAll().where('model_id', 'in', modelIds).orderBy('alias').execute()

/** Those of the names that are aliases already. */
export const findAliasRows = (db: Db, names: readonly string[]) =>
  tables(db).selectFrom('model_alias').selectAll().where('alias', 'in', names).execute()

/** Those of the names that are ids of models, deleted or not. */
export const findTakenIds = (db: Db, names: readonly string[]) =>
  tables(db).selectFrom('model').select('id').where('id', 'in', names).execute()

export const deleteAliases = (db: Db, modelId: string) =>
  tables(db).deleteFrom('model_alias').where('model_id', '=', modelId).execute()

export const insertAliases = (db: Db, rows: readonly AliasRow[]) =>
  tables(db).insertInto('model_alias').values(rows).execute()
