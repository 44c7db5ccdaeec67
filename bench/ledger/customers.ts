import type { Database } from '../../server/src/platform/database/index.ts'
import type { Customer } from './calls.ts'

/** Customers with a thousand USD and a key without limit, made by the ledger's own functions. */
export async function makeCustomers({ pool }: Database, count: number): Promise<Customer[]> {
  const { rows } = await pool.query<Customer>(
    `with made as (
      insert into ledger_account (id, kind) select uuidv7(), 'customer' from generate_series(1, $1) returning id
    )
    select id as account, uuidv7() as key from made`,
    [count],
  )
  const [accounts, keys] = [rows.map(({ account }) => account), rows.map(({ key }) => key)]
  await pool.query(
    `select ledger_transfer(uuidv7(), 'grant', 'funds of ' || customer, promo.id, customer, 1000000000000, null, null, null, null)
    from unnest($1::uuid[]) customer cross join ledger_account promo where promo.code = 'promo'`,
    [accounts],
  )
  await pool.query(
    `select ledger_set_budget(key, customer, null, 'total', null, null) from unnest($1::uuid[], $2::uuid[]) pair (customer, key)`,
    [accounts, keys],
  )
  return rows
}
