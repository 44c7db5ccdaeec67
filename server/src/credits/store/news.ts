import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { type ChargeRow, tables } from './tables.ts'

export type PulseRow = { account_id: Uuid; mark: string; sequence: bigint; available: NanoUsd; held: NanoUsd }

/** The row of an account changes with every hold, settle and movement, and with it the transaction that wrote it. */
export async function findPulseRows(db: Db, accountIds: readonly Uuid[]): Promise<PulseRow[]> {
  const { rows } = await sql<PulseRow>`
    select id as account_id, xmin::text as mark, version as sequence,
      credits_posted - debits_posted - debits_pending as available, debits_pending as held
    from ledger_account where id = any (${accountIds}::uuid[])`.execute(db)
  return rows
}

/** Where the ledger of an account stands: its last movement, and its last receipt that was none. */
export async function findNewsPlaceRow(
  db: Db,
  accountId: Uuid,
): Promise<{ sequence: bigint; posting: bigint } | undefined> {
  const { rows } = await sql<{ sequence: bigint; posting: bigint }>`
    select version as sequence, coalesce((
      select posting from charge where account_id = ${accountId} and sequence is null order by posting desc limit 1
    ), 0) as posting
    from ledger_account where id = ${accountId}`.execute(db)
  return rows[0]
}

/** Receipts that moved credits, after one movement, oldest first. */
export const findPaidRows = (db: Db, accountId: Uuid, sequence: bigint, limit: number): Promise<ChargeRow[]> =>
  tables(db)
    .selectFrom('charge')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('sequence', 'is not', null)
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute()

/** Receipts that moved nothing, after one of them, oldest first. */
export const findFreeRows = (db: Db, accountId: Uuid, posting: bigint, limit: number): Promise<ChargeRow[]> =>
  tables(db)
    .selectFrom('charge')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('sequence', 'is', null)
    .where('posting', '>', posting)
    .orderBy('posting')
    .limit(limit)
    .execute()

/** Movements that are no calls, after one, oldest first. */
export const findTransferRows = (db: Db, accountId: Uuid, sequence: bigint, limit: number) =>
  tables(db)
    .selectFrom('transfer')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute()

export type HeldRow = { call_id: Uuid; account_id: Uuid; key_id: Uuid; amount: NanoUsd }

/** Reads the whole table, once for all accounts: it is as small as the calls under way. */
export const findHeldRows = (db: Db, accountIds: readonly Uuid[]): Promise<HeldRow[]> =>
  tables(db)
    .selectFrom('hold')
    .select(['call_id', 'account_id', 'key_id', 'amount'])
    .where('account_id', '=', sql<Uuid>`any (${accountIds}::uuid[])`)
    .execute()
