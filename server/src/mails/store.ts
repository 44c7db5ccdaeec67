import { sql } from 'kysely'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import type { MailKind } from './types.ts'

export type MailRow = {
  id: Uuid
  account_id: Uuid
  kind: MailKind
  crossing: string
  subject: string
  lines: string[]
  addressed: boolean
  created_at: Date
}
type DeliveryRow = {
  mail_id: Uuid
  person_id: Uuid
  status: 'pending' | 'sent' | 'failed'
  attempts: number
  next_at: Date
}
type OptOutRow = { account_id: Uuid; person_id: Uuid; kind: MailKind }

/** Rows of server/migrations/0023-mails-and-codes.sql. */
const tables = (db: Db) =>
  db.withTables<{ account_mail: MailRow; account_mail_delivery: DeliveryRow; account_mail_opt_out: OptOutRow }>()

/** Once for each crossing. */
export const insertMail = (db: Db, row: MailRow) =>
  tables(db)
    .insertInto('account_mail')
    .values(row)
    .onConflict((conflict) => conflict.column('crossing').doNothing())
    .execute()

/** Mails whose readers nobody has looked for yet, each for one process alone until the transaction ends. */
export const lockNewMails = (tx: Db, limit: number) =>
  tables(tx)
    .selectFrom('account_mail')
    .selectAll()
    .where('addressed', '=', false)
    .orderBy('created_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()

export const markAddressed = (tx: Db, id: Uuid) =>
  tables(tx).updateTable('account_mail').set({ addressed: true }).where('id', '=', id).execute()

export const insertDeliveries = (tx: Db, mailId: Uuid, personIds: readonly Uuid[], at: Date) =>
  tables(tx)
    .insertInto('account_mail_delivery')
    .values(personIds.map((id) => ({ mail_id: mailId, person_id: id, status: 'pending', attempts: 0, next_at: at })))
    .execute()

/** Deliveries that are due, each counted as tried once more and left to the caller until `until`. */
export async function claimDeliveries(db: Db, now: Date, until: Date, limit: number) {
  const { rows } = await sql<{ mail_id: Uuid; person_id: Uuid; attempts: number }>`
    update account_mail_delivery set attempts = attempts + 1, next_at = ${until}
    where (mail_id, person_id) in (
      select mail_id, person_id from account_mail_delivery
      where status = 'pending' and next_at <= ${now} order by next_at limit ${limit} for update skip locked)
    returning mail_id, person_id, attempts`.execute(db)
  return rows
}

export const updateDelivery = (
  db: Db,
  { mailId, personId }: { readonly mailId: Uuid; readonly personId: Uuid },
  change: Partial<Pick<DeliveryRow, 'status' | 'next_at'>>,
) =>
  tables(db)
    .updateTable('account_mail_delivery')
    .set(change)
    .where('mail_id', '=', mailId)
    .where('person_id', '=', personId)
    .execute()

export const findMailRows = (db: Db, ids: readonly Uuid[]) =>
  tables(db).selectFrom('account_mail').selectAll().where('id', 'in', ids).execute()

export const deleteMailsBefore = async (db: Db, before: Date): Promise<number> => {
  const gone = await tables(db).deleteFrom('account_mail').where('created_at', '<', before).executeTakeFirst()
  return Number(gone.numDeletedRows)
}

export const listOptOuts = (db: Db, of: { readonly accountId: Uuid } | { readonly personId: Uuid }) => {
  const all = tables(db).selectFrom('account_mail_opt_out').selectAll()
  return 'accountId' in of
    ? all.where('account_id', '=', of.accountId).execute()
    : all.where('person_id', '=', of.personId).execute()
}

export const insertOptOut = (db: Db, row: OptOutRow) =>
  tables(db)
    .insertInto('account_mail_opt_out')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()

export const deleteOptOut = (db: Db, { account_id: accountId, person_id: personId, kind }: OptOutRow) =>
  tables(db)
    .deleteFrom('account_mail_opt_out')
    .where('account_id', '=', accountId)
    .where('person_id', '=', personId)
    .where('kind', '=', kind)
    .execute()
