import { sql } from 'kysely'
import type { Db } from '../../../platform/database/index.ts'
import { type EventRow, type SweepRow, tables } from './tables.ts'

type NewEvent = Omit<EventRow, 'state' | 'attempts' | 'problem' | 'ended_at'>

/** Returns how many were new. */
export async function insertEvents(db: Db, rows: readonly NewEvent[]): Promise<number> {
  if (rows.length === 0) return 0
  const inserted = await tables(db)
    .insertInto('stripe_event')
    .values(rows.map((row) => ({ ...row, state: 'waiting' as const, attempts: 0, problem: null, ended_at: null })))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return Number(inserted.numInsertedOrUpdatedRows)
}

type Claim = { readonly livemode: boolean; readonly now: Date; readonly lostAt: Date; readonly limit: number }

/** Takes events that wait, and gives them to nobody else until `lostAt`; counts the attempt that is about to be made. */
export async function claimEvents(db: Db, { livemode, now, lostAt, limit }: Claim): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    with due as (
      select id from stripe_event where state = 'waiting' and next_at <= ${now} and livemode = ${livemode}
      order by next_at limit ${limit} for no key update skip locked
    )
    update stripe_event e set attempts = attempts + 1, next_at = ${lostAt} from due where e.id = due.id
    returning e.*`.execute(db)
  return rows
}

type Ending = Pick<EventRow, 'state' | 'ended_at' | 'problem'> | Pick<EventRow, 'next_at' | 'problem'>

export const updateEvents = (db: Db, ids: readonly string[], change: Ending) =>
  tables(db).updateTable('stripe_event').set(change).where('id', 'in', ids).where('state', '=', 'waiting').execute()

export const deleteEventsBefore = async (db: Db, before: Date): Promise<number> => {
  const old = tables(db).deleteFrom('stripe_event').where('ended_at', '<', before)
  return Number((await old.executeTakeFirst()).numDeletedRows)
}

export const insertSweep = (db: Db, row: SweepRow) =>
  tables(db)
    .insertInto('stripe_sweep')
    .values(row)
    .onConflict((conflict) => conflict.column('livemode').doNothing())
    .execute()

/** The place where to go on, for one process at a time; `undefined`: it is not due, or another process is at it. */
export const claimSweep = (db: Db, livemode: boolean, now: Date, lostAt: Date): Promise<SweepRow | undefined> =>
  tables(db)
    .updateTable('stripe_sweep')
    .set({ next_at: lostAt })
    .where('livemode', '=', livemode)
    .where('next_at', '<=', now)
    .returningAll()
    .executeTakeFirst()

export const updateSweep = (db: Db, { livemode, ...change }: SweepRow) =>
  tables(db).updateTable('stripe_sweep').set(change).where('livemode', '=', livemode).execute()
