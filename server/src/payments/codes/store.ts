import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'

export type CodeRow = {
  id: Uuid
  code_hmac: Buffer
  label: string
  amount: NanoUsd
  uses_max: number
  uses: number
  repeatable: boolean
  note: string
  expires_at: Date | null
  credits_expire_at: Date | null
  disabled: boolean
  created_at: Date
}
type RedemptionRow = { id: Uuid; code_id: Uuid; account_id: Uuid; person_id: Uuid | null; at: Date }

/** Rows of server/migrations/0023-mails-and-codes.sql. */
const tables = (db: Db) => db.withTables<{ redemption_code: CodeRow; redemption: RedemptionRow }>()

export const insertCode = (db: Db, row: CodeRow) => tables(db).insertInto('redemption_code').values(row).execute()

export const findCodeRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('redemption_code').selectAll().where('id', '=', id).executeTakeFirst()

/** The code of that hash, against everybody else who redeems it, until the transaction ends. */
export const lockCodeByHash = (tx: Db, hmac: Buffer) =>
  tables(tx).selectFrom('redemption_code').selectAll().where('code_hmac', '=', hmac).forUpdate().executeTakeFirst()

export const hasRedeemed = async (db: Db, codeId: Uuid, accountId: Uuid): Promise<boolean> => {
  const redeemed = tables(db).selectFrom('redemption').select('id').where('code_id', '=', codeId)
  return (await redeemed.where('account_id', '=', accountId).limit(1).executeTakeFirst()) !== undefined
}

export const insertRedemption = (db: Db, row: RedemptionRow) =>
  tables(db).insertInto('redemption').values(row).execute()

export const countUse = (db: Db, id: Uuid) =>
  tables(db)
    .updateTable('redemption_code')
    .set({ uses: sql`uses + 1` })
    .where('id', '=', id)
    .execute()

export const updateCode = (db: Db, id: Uuid, change: Partial<Pick<CodeRow, 'disabled' | 'note' | 'expires_at'>>) =>
  tables(db).updateTable('redemption_code').set(change).where('id', '=', id).returningAll().executeTakeFirst()

/** Newest first. */
export function listCodeRows(db: Db, { beforeId, limit }: { readonly beforeId: Uuid | undefined; limit: number }) {
  let query = tables(db).selectFrom('redemption_code').selectAll()
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/** Newest first. */
export function listRedemptionRows(
  db: Db,
  { codeId, beforeId, limit }: { readonly codeId: Uuid; readonly beforeId: Uuid | undefined; readonly limit: number },
) {
  let query = tables(db).selectFrom('redemption').selectAll().where('code_id', '=', codeId)
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.orderBy('id', 'desc').limit(limit).execute()
}
