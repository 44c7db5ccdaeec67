import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { LotKind } from '../types.ts'
import { tables } from './tables.ts'

/** The accounts of the platform, by code; rows of server/migrations/0001-ledger.sql. */
export const platformAccounts = {
  revenue: '00000000-0000-7000-8000-000000000001',
  'provider-cost': '00000000-0000-7000-8000-000000000002',
  promo: '00000000-0000-7000-8000-000000000003',
  shortfall: '00000000-0000-7000-8000-000000000004',
  expired: '00000000-0000-7000-8000-000000000005',
  'clearing:stripe': '00000000-0000-7000-8000-000000000006',
  'clearing:chain': '00000000-0000-7000-8000-000000000007',
} as const

export type PlatformAccount = keyof typeof platformAccounts

export type TransferCall = {
  readonly id: Uuid
  readonly kind: string
  readonly reference: string
  readonly debit: Uuid
  readonly credit: Uuid
  readonly amount: NanoUsd
  readonly reverses?: Uuid
  readonly note: string | undefined
  readonly lot?: {
    readonly kind: LotKind
    readonly heldUntil: Date | undefined
    readonly expiresAt: Date | undefined
    readonly refundable: boolean
  }
  readonly now: Date | null
}

export type TransferRow = {
  readonly outcome: 'posted' | 'replayed' | 'conflict' | 'unknown' | 'exceeded'
  readonly transfer_id: Uuid | null
  readonly balance_after: NanoUsd | null
  readonly available: NanoUsd | null
}

export async function callTransfer(db: Db, transfer: TransferCall): Promise<TransferRow> {
  const { id, kind, reference, debit, credit, amount, reverses = null, note = null, now } = transfer
  const lot = transfer.lot && {
    kind: transfer.lot.kind,
    held_until: transfer.lot.heldUntil,
    expires_at: transfer.lot.expiresAt,
    refundable: transfer.lot.refundable,
  }
  const lotJson = lot ? JSON.stringify(lot) : null
  const { rows } = await sql<TransferRow>`
    select * from ledger_transfer(${id}, ${kind}, ${reference}, ${debit}, ${credit}, ${amount}, ${reverses}, ${note},
      ${lotJson}::jsonb, ${now})`.execute(db)
  return rows[0]!
}

export const findTransferRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('transfer').selectAll().where('id', '=', id).executeTakeFirst()

export const findTransferOf = (db: Db, kind: string, reference: string) =>
  tables(db)
    .selectFrom('transfer')
    .selectAll()
    .where('kind', '=', kind)
    .where('reference', '=', reference)
    .executeTakeFirst()

/** Accounts beside their transfers in order, each with the lot that it opened: one row even of those that have none. */
export const findLotHistories = (db: Db, accountIds: readonly Uuid[]) =>
  tables(db)
    .selectFrom('ledger_account as account')
    .leftJoin('transfer', 'transfer.account_id', 'account.id')
    .leftJoin('lot', 'lot.transfer_id', 'transfer.id')
    .where('account.id', 'in', accountIds)
    .where('account.kind', '=', 'customer')
    .select(['account.id as account_id', 'account.credits_posted', 'account.debits_posted', 'account.debits_pending'])
    .select('account.owed')
    .select(['transfer.id', 'transfer.amount', 'transfer.reverses_id', 'transfer.balance_after', 'transfer.created_at'])
    .select(['lot.kind', 'lot.held_until', 'lot.expires_at', 'lot.refundable'])
    .orderBy('transfer.sequence')
    .execute()

export type LotHistoryRow = Awaited<ReturnType<typeof findLotHistories>>[number]

/** Accounts with a lot that is past its time and not closed. */
export const findExpiredLots = (db: Db, now: Date | null) =>
  tables(db)
    .selectFrom('lot')
    .select(['transfer_id', 'account_id'])
    .where('closed_at', 'is', null)
    .where('expires_at', '<=', sql<Date>`coalesce(${now}::timestamptz, now())`)
    .orderBy('expires_at')
    .limit(1_000)
    .execute()

export async function closeLot(db: Db, transferId: Uuid, now: Date | null): Promise<void> {
  const closed = sql<Date>`coalesce(${now}::timestamptz, now())`
  await tables(db).updateTable('lot').set({ closed_at: closed }).where('transfer_id', '=', transferId).execute()
}
