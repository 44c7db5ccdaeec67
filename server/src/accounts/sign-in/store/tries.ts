import { sql } from 'kysely'
import type { Db } from '../../../platform/database/index.ts'

type TriesRow = { subject: Buffer; until: Date; tries: number }

const tables = (db: Db) => db.withTables<{ sign_in_tries: TriesRow }>()

/** Counts one more; gives how many there are now. */
export const countTry = async (db: Db, { subject, until }: Pick<TriesRow, 'subject' | 'until'>): Promise<number> => {
  const { tries } = await tables(db)
    .insertInto('sign_in_tries')
    .values({ subject, until, tries: 1 })
    .onConflict((conflict) =>
      conflict.columns(['subject', 'until']).doUpdateSet({ tries: sql`sign_in_tries.tries + 1` }),
    )
    .returning('tries')
    .executeTakeFirstOrThrow()
  return tries
}

export const deleteTriesBefore = (db: Db, until: Date) =>
  tables(db).deleteFrom('sign_in_tries').where('until', '<=', until).execute()
