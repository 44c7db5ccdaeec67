import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { JsonObject } from '../../../core/json.ts'
import { nanoUsd, type NanoUsd } from '../../../core/money.ts'
import type { Db } from '../../../platform/database/index.ts'
import { type PaymentRow, tables } from './tables.ts'

type NewPayment = Pick<
  PaymentRow,
  'order_id' | 'account_id' | 'livemode' | 'way' | 'total' | 'request' | 'created_at' | 'next_read_at'
>

/** Nothing where the order has a payment already: what is asked for it was decided then. */
export const insertPayment = (db: Db, { request, ...row }: NewPayment) =>
  tables(db)
    .insertInto('stripe_payment')
    .values({
      ...{ ...row, request: sql<never>`${JSON.stringify(request)}::jsonb` },
      ...{ session_id: null, intent_id: null, charge_id: null, outcome: null, read_at: null, problem: null },
    })
    .onConflict((conflict) => conflict.column('order_id').doNothing())
    .execute()

export const findPayment = (db: Db, orderId: Uuid): Promise<PaymentRow | undefined> =>
  tables(db).selectFrom('stripe_payment').selectAll().where('order_id', '=', orderId).executeTakeFirst()

type Change = Partial<
  Pick<PaymentRow, 'session_id' | 'intent_id' | 'charge_id' | 'read_at' | 'next_read_at' | 'problem'>
>

export const updatePayment = (db: Db, orderId: Uuid, change: Change) =>
  tables(db).updateTable('stripe_payment').set(change).where('order_id', '=', orderId).execute()

/** A payment by a saved card goes on on Stripe's page. */
export const becomePage = (db: Db, orderId: Uuid, request: JsonObject) =>
  tables(db)
    .updateTable('stripe_payment')
    .set({ way: 'page', request: sql<never>`${JSON.stringify(request)}::jsonb` })
    .where('order_id', '=', orderId)
    .where('outcome', 'is', null)
    .execute()

/** `true`: it had no outcome before; of all who say it, one is told so. */
export const setOutcome = async (
  db: Db,
  orderId: Uuid,
  outcome: NonNullable<PaymentRow['outcome']>,
): Promise<boolean> => {
  const updated = await tables(db)
    .updateTable('stripe_payment')
    .set({ outcome })
    .where('order_id', '=', orderId)
    .where('outcome', 'is', null)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

type Named = { readonly sessionId: string | undefined; intentId: string | undefined; chargeId: string | undefined }

/** The payment that an object of Stripe's is known to belong to. */
export async function findPaymentOf(db: Db, { sessionId, intentId, chargeId }: Named): Promise<PaymentRow | undefined> {
  const of = tables(db).selectFrom('stripe_payment').selectAll()
  return (
    (sessionId && (await of.where('session_id', '=', sessionId).executeTakeFirst())) ||
    (intentId && (await of.where('intent_id', '=', intentId).executeTakeFirst())) ||
    (chargeId && (await of.where('charge_id', '=', chargeId).executeTakeFirst())) ||
    undefined
  )
}

type Claim = { readonly livemode: boolean; readonly now: Date; readonly lostAt: Date; readonly limit: number }

/** Takes payments that are due to be read, and gives them to nobody else until `lostAt`. */
export async function claimPayments(db: Db, { livemode, now, lostAt, limit }: Claim): Promise<Uuid[]> {
  const { rows } = await sql<{ order_id: Uuid }>`
    with due as (
      select order_id from stripe_payment where next_read_at <= ${now} and livemode = ${livemode}
      order by next_read_at limit ${limit} for no key update skip locked
    )
    update stripe_payment p set next_read_at = ${lostAt} from due where p.order_id = due.order_id
    returning p.order_id`.execute(db)
  return rows.map(({ order_id: orderId }) => orderId)
}

export const hasOpenPayments = async (db: Db, livemode: boolean): Promise<boolean> =>
  (await tables(db)
    .selectFrom('stripe_payment')
    .select('order_id')
    .where('livemode', '=', livemode)
    .where('next_read_at', 'is not', null)
    .where('outcome', 'is', null)
    .limit(1)
    .executeTakeFirst()) !== undefined

/** When the oldest payment of a mode was begun. */
export const firstPaymentAt = async (db: Db, livemode: boolean): Promise<Date | undefined> => {
  const first = tables(db).selectFrom('stripe_payment').select('created_at').where('livemode', '=', livemode)
  return (await first.orderBy('created_at').limit(1).executeTakeFirst())?.created_at
}

/** What automatic top-ups of an account have taken from its card since a time, or may still take. */
export const autoSpentSince = async (db: Db, accountId: Uuid, since: Date): Promise<NanoUsd> => {
  const { rows } = await sql<{ spent: NanoUsd }>`
    select coalesce(sum(total), 0)::bigint as spent from stripe_payment
    where way = 'auto' and account_id = ${accountId} and created_at >= ${since}
      and outcome is distinct from 'failed'`.execute(db)
  return rows[0]?.spent ?? nanoUsd(0n)
}

/** Names that objects at Stripe have given themselves as an order's: what is known stays. */
export const adoptNames = async (
  db: Db,
  orderId: Uuid,
  { sessionId, intentId }: { readonly sessionId: string | undefined; readonly intentId: string | undefined },
): Promise<void> => {
  await sql`
    update stripe_payment
    set session_id = coalesce(session_id, ${sessionId ?? null}), intent_id = coalesce(intent_id, ${intentId ?? null})
    where order_id = ${orderId} and (session_id is null or intent_id is null)`.execute(db)
}

/** `true`: an open payment that was not begun to be read since `before`; its next reading is now. */
export const claimReading = async (
  db: Db,
  orderId: Uuid,
  { now, before }: { readonly now: Date; readonly before: Date },
): Promise<boolean> => {
  const updated = await tables(db)
    .updateTable('stripe_payment')
    .set({ read_at: now, next_read_at: now })
    .where('order_id', '=', orderId)
    .where('outcome', 'is', null)
    .where((where) => where.or([where('read_at', 'is', null), where('read_at', '<', before)]))
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

export type PaidPayment = Pick<PaymentRow, 'order_id' | 'charge_id' | 'total'>

/** Payments begun since a time for which money came. */
export const findPaidSince = (db: Db, livemode: boolean, since: Date): Promise<PaidPayment[]> =>
  tables(db)
    .selectFrom('stripe_payment')
    .select(['order_id', 'charge_id', 'total'])
    .where('livemode', '=', livemode)
    .where('outcome', '=', 'paid')
    .where('created_at', '>=', since)
    .orderBy('created_at')
    .execute()

/** The payments that some charges are known to have paid. */
export const findPaidOf = async (db: Db, chargeIds: readonly string[]): Promise<PaidPayment[]> => {
  if (chargeIds.length === 0) return []
  const paid = tables(db).selectFrom('stripe_payment').select(['order_id', 'charge_id', 'total'])
  return paid
    .where('charge_id', '=', sql<string>`any(${chargeIds}::text[])`)
    .where('outcome', '=', 'paid')
    .execute()
}
