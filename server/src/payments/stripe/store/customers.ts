import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import { type CustomerRow, tables } from './tables.ts'

type Mode = Pick<CustomerRow, 'account_id' | 'livemode'>

export const findCustomerRow = (db: Db, { account_id: accountId, livemode }: Mode) =>
  tables(db)
    .selectFrom('stripe_customer')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('livemode', '=', livemode)
    .executeTakeFirst()

/** Nothing where the account has a row already. */
export const insertCustomer = (db: Db, row: CustomerRow) =>
  tables(db)
    .insertInto('stripe_customer')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'livemode']).doNothing())
    .execute()

/** Where nobody has begun anew meanwhile. */
export const updateCustomer = (
  db: Db,
  { account_id: accountId, livemode, claim_id: claimId }: Mode & Pick<CustomerRow, 'claim_id'>,
  change: Partial<Pick<CustomerRow, 'claim_id' | 'customer_id'>>,
) =>
  tables(db)
    .updateTable('stripe_customer')
    .set(change)
    .where('account_id', '=', accountId)
    .where('livemode', '=', livemode)
    .where('claim_id', '=', claimId)
    .execute()

export const findCustomerAccount = async (db: Db, customerId: string): Promise<Uuid | undefined> =>
  (
    await tables(db)
      .selectFrom('stripe_customer')
      .select('account_id')
      .where('customer_id', '=', customerId)
      .executeTakeFirst()
  )?.account_id

export type KnownCustomer = CustomerRow & { readonly customer_id: string }

/** Customers that exist and of which no payment is under way, by account. */
export const listIdleCustomers = async (
  db: Db,
  {
    livemode,
    afterId,
    limit,
  }: { readonly livemode: boolean; readonly afterId: Uuid | undefined; readonly limit: number },
): Promise<KnownCustomer[]> => {
  const { rows } = await sql<KnownCustomer>`
    select * from stripe_customer customer
    where livemode = ${livemode} and customer_id is not null and (${afterId ?? null}::uuid is null or account_id > ${afterId ?? null})
      and not exists (
        select from stripe_payment payment
        where payment.account_id = customer.account_id and outcome is null and next_read_at is not null
      )
    order by account_id limit ${limit}`.execute(db)
  return rows
}
