import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import { type DepositAddressRow, tables } from './rows.ts'

/** Makes addresses known, or says that somebody looked at them again. */
export const putDepositAddresses = (db: Db, rows: readonly DepositAddressRow[]) =>
  tables(db)
    .insertInto('chain_deposit_address')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['chain_id', 'account_id']).doUpdateSet({ asked_at: sql`excluded.asked_at` }),
    )
    .execute()

export const listDepositAddresses = (db: Db, chainId: bigint) =>
  tables(db).selectFrom('chain_deposit_address').selectAll().where('chain_id', '=', chainId).execute()

/** Accounts that have an address on some chain, but none on this one. */
export const listWithoutAddress = async (db: Db, chainId: bigint): Promise<Uuid[]> => {
  const here = tables(db).selectFrom('chain_deposit_address').select('account_id').where('chain_id', '=', chainId)
  const missing = tables(db).selectFrom('chain_deposit_address').select('account_id').distinct()
  return (await missing.where('account_id', 'not in', here).execute()).map((row) => row.account_id)
}

/** Addresses whose own coin is to be asked for: those that somebody looked at lately, and each once in a while. */
export const listDuePolls = (
  db: Db,
  chainId: bigint,
  { awake, stale }: { readonly awake: Date; readonly stale: Date },
) =>
  tables(db)
    .selectFrom('chain_deposit_address')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where((is) => is.or([is('asked_at', '>', awake), is('polled_at', 'is', null), is('polled_at', '<', stale)]))
    .orderBy(sql`polled_at nulls first`)
    .limit(500)
    .execute()

export const setPolled = (db: Db, chainId: bigint, addresses: readonly string[], at: Date) =>
  tables(db)
    .updateTable('chain_deposit_address')
    .set({ polled_at: at })
    .where('chain_id', '=', chainId)
    .where('address', '=', sql<never>`any(${addresses})`)
    .execute()

/** The balances of all addresses are to be asked for anew. */
export const forgetPolls = (db: Db, chainId: bigint) =>
  tables(db).updateTable('chain_deposit_address').set({ polled_at: null }).where('chain_id', '=', chainId).execute()
