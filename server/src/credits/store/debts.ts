import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { tables } from './tables.ts'

type Outcome = 'posted' | 'replayed' | 'conflict' | 'unknown'

/** Parameters of `ledger_take_back` and `ledger_give_back` of server/migrations/0017-orders.sql. */
export type TakingCall = {
  readonly id: Uuid
  readonly of: Uuid
  readonly kind: string
  readonly reference: string
  readonly amount: NanoUsd
  readonly note: string | undefined
  readonly now: Date | null
}

export type TakingRow = { readonly outcome: Outcome; readonly taken: NanoUsd | null; readonly owed: NanoUsd | null }

export async function callTakeBack(db: Db, call: TakingCall): Promise<TakingRow> {
  const { id, of, kind, reference, amount, note = null, now } = call
  const { rows } = await sql<TakingRow>`
    select * from ledger_take_back(${id}, ${of}, ${kind}, ${reference}, ${amount}, ${note}, ${now})`.execute(db)
  return rows[0]!
}

export type ReturnRow = {
  readonly outcome: Outcome
  readonly credited: NanoUsd | null
  readonly cancelled: NanoUsd | null
}

export async function callGiveBack(db: Db, call: TakingCall): Promise<ReturnRow> {
  const { id, of, kind, reference, amount, note = null, now } = call
  const { rows } = await sql<ReturnRow>`
    select * from ledger_give_back(${id}, ${of}, ${kind}, ${reference}, ${amount}, ${note}, ${now})`.execute(db)
  return rows[0]!
}

export type ForgiveCall = Omit<TakingCall, 'of' | 'kind'> & { readonly accountId: Uuid }

export async function callForgive(db: Db, call: ForgiveCall): Promise<Omit<ReturnRow, 'credited'>> {
  const { id, accountId, reference, amount, note = null, now } = call
  const { rows } = await sql<Omit<ReturnRow, 'credited'>>`
    select * from ledger_forgive(${id}, ${accountId}, ${reference}, ${amount}, ${note}, ${now})`.execute(db)
  return rows[0]!
}

export async function callCollect(db: Db, accountId: Uuid, now: Date | null): Promise<NanoUsd> {
  const { rows } = await sql<{ collected: NanoUsd }>`select ledger_collect(${accountId}, ${now}) as collected`.execute(
    db,
  )
  return rows[0]!.collected
}

const owing = (db: Db) =>
  tables(db)
    .selectFrom('ledger_account')
    .select('id')
    .where(sql<boolean>`owed > 0`)

export const findOwing = async (db: Db): Promise<Uuid[]> => (await owing(db).execute()).map(({ id }) => id)

/** Accounts that owe something and have something. */
export const findCollectable = async (db: Db): Promise<Uuid[]> => {
  const free = owing(db).where(sql<boolean>`credits_posted - debits_posted - debits_pending > 0`)
  return (await free.orderBy('id').limit(1_000).execute()).map(({ id }) => id)
}

/** What is not taken yet, oldest first. */
export const findOwedRows = (db: Db, accountId: Uuid) =>
  tables(db)
    .selectFrom('taking')
    .selectAll()
    .where('account_id', '=', accountId)
    .where(sql<boolean>`taken + cancelled < amount`)
    .orderBy('id')
    .execute()

/** Lots that count to one of these purchases beside its first. */
export const findJoinedRows = (db: Db, rootIds: readonly Uuid[]) =>
  tables(db).selectFrom('lot_of').selectAll().where('root_id', 'in', rootIds).execute()

export const insertLotOf = (db: Db, transferId: Uuid, rootId: Uuid) =>
  tables(db).insertInto('lot_of').values({ transfer_id: transferId, root_id: rootId }).execute()

export type PurchaseTotalsRow = Readonly<
  Record<'clearing:stripe' | 'clearing:chain' | 'refund' | 'dispute' | 'reversal', NanoUsd>
>

/** What was bought by each way, and what of it is to be taken back for each reason, before the ledger's own bounds. */
export async function sumPurchases(db: Db): Promise<PurchaseTotalsRow> {
  const { rows } = await sql<PurchaseTotalsRow>`
    with bought as (
      select account.code, sum(amount) as amount from transfer join ledger_account account on account.id = debit_account
      where transfer.kind = 'purchase' group by account.code
    ),
    asked as (
      select both_sides.kind, sum(asked) as amount from (
        select of_id, kind, asked from taking union all select of_id, kind, -counted from taking_return
      ) both_sides join transfer on transfer.id = of_id and transfer.kind = 'purchase' group by both_sides.kind
    )
    select
      coalesce((select amount from bought where code = 'clearing:stripe'), 0)::bigint as "clearing:stripe",
      coalesce((select amount from bought where code = 'clearing:chain'), 0)::bigint as "clearing:chain",
      coalesce((select amount from asked where kind = 'refund'), 0)::bigint as refund,
      coalesce((select amount from asked where kind = 'dispute'), 0)::bigint as dispute,
      coalesce((select amount from asked where kind = 'reversal'), 0)::bigint as reversal`.execute(db)
  return rows[0]!
}
