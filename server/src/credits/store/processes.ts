import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { tables } from './tables.ts'

export async function insertProcess(db: Db, id: Uuid, host: string, pid: number, now: Date | null): Promise<void> {
  await sql`insert into gateway_process (id, host, pid, started_at, heartbeat_at)
    values (${id}, ${host}, ${pid}, ${moment(now)}, ${moment(now)})`.execute(db)
}

export async function touchProcess(db: Db, id: Uuid, now: Date | null): Promise<boolean> {
  const { numAffectedRows } = await sql`update gateway_process
    set heartbeat_at = greatest(heartbeat_at, ${moment(now)}), fenced_at = null where id = ${id}`.execute(db)
  return numAffectedRows === 1n
}

export async function hasHeartbeat(db: Db, id: Uuid, withinMs: number): Promise<boolean> {
  const { rows } = await sql`select from gateway_process
    where id = ${id} and fenced_at is null and heartbeat_at > now() - ${withinMs} * interval '1 millisecond'`.execute(
    db,
  )
  return rows.length === 1
}

/** Keeps the row while the process has holds: they must be found. */
export async function deleteProcess(db: Db, id: Uuid): Promise<void> {
  await sql`delete from gateway_process
    where id = ${id} and not exists (select from hold where process_id = ${id})`.execute(db)
}

export const findProcessesOn = (db: Db, host: string) =>
  tables(db).selectFrom('gateway_process').select(['id', 'pid']).where('host', '=', host).execute()

export type RecoveredRow = { call_id: Uuid; account_id: Uuid; charged: NanoUsd; shortfall: NanoUsd }

export type RecoverCall = {
  readonly gone: readonly Uuid[]
  readonly silenceMs: number
  readonly graceMs: number
  readonly limit: number
  readonly now: Date | null
}

export async function callRecover(
  db: Db,
  { gone, silenceMs, graceMs, limit, now }: RecoverCall,
): Promise<RecoveredRow[]> {
  const { rows } = await sql<RecoveredRow>`
    select * from ledger_recover(${gone}::uuid[], ${silenceMs} * interval '1 millisecond',
      ${graceMs} * interval '1 millisecond', ${limit}, ${now})`.execute(db)
  return rows
}

const moment = (now: Date | null) => sql`coalesce(${now}::timestamptz, clock_timestamp())`
