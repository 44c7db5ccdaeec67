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
