import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

export type ReferralCodeRow = { account_id: Uuid; code: string; rewarded: number; created_at: Date }
export type ReferralRow = {
  account_id: Uuid
  referrer_id: Uuid
  state: 'open' | 'rewarded' | 'void' | 'taken_back'
  why: string | null
  created_at: Date
  ended_at: Date | null
}

/** Rows of server/migrations/0023-mails-and-codes.sql and 0027-referral-rewards.sql. */
const tables = (db: Db) => db.withTables<{ referral_code: ReferralCodeRow; referral: ReferralRow }>()

/** The account's code; the one that is given where it had none. */
export async function keepReferralCode(db: Db, row: ReferralCodeRow): Promise<ReferralCodeRow> {
  const inserted = tables(db).insertInto('referral_code').values(row)
  await inserted.onConflict((conflict) => conflict.column('account_id').doNothing()).execute()
  return tables(db)
    .selectFrom('referral_code')
    .selectAll()
    .where('account_id', '=', row.account_id)
    .executeTakeFirstOrThrow()
}

export const findReferrer = async (db: Db, code: string): Promise<Uuid | undefined> => {
  const row = tables(db).selectFrom('referral_code').select('account_id').where('code', '=', code)
  return (await row.executeTakeFirst())?.account_id
}

/** Rewards of one referrer are counted one after the other. */
export const lockReferralCode = (tx: Db, accountId: Uuid) =>
  tables(tx).selectFrom('referral_code').selectAll().where('account_id', '=', accountId).forUpdate().executeTakeFirst()

export const countReward = (tx: Db, accountId: Uuid, by: 1 | -1) =>
  tables(tx)
    .updateTable('referral_code')
    .set({ rewarded: sql`greatest(rewarded + ${by}, 0)` })
    .where('account_id', '=', accountId)
    .execute()

/** `false`: the account was brought by somebody already. */
export const insertReferral = async (db: Db, row: ReferralRow): Promise<boolean> => {
  const inserted = tables(db).insertInto('referral').values(row)
  const done = await inserted.onConflict((conflict) => conflict.column('account_id').doNothing()).executeTakeFirst()
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const findReferralRow = (db: Db, accountId: Uuid) =>
  tables(db).selectFrom('referral').selectAll().where('account_id', '=', accountId).executeTakeFirst()

export const lockReferralRow = (tx: Db, accountId: Uuid) =>
  tables(tx).selectFrom('referral').selectAll().where('account_id', '=', accountId).forUpdate().executeTakeFirst()

/** Says what became of a referral, and since when. */
export const endReferral = (
  tx: Db,
  accountId: Uuid,
  end: Pick<ReferralRow, 'state' | 'why' | 'ended_at'>,
): Promise<unknown> => tables(tx).updateTable('referral').set(end).where('account_id', '=', accountId).execute()

export const countReferrals = async (db: Db, referrerId: Uuid): Promise<number> => {
  const brought = tables(db).selectFrom('referral').where('referrer_id', '=', referrerId)
  return Number((await brought.select(({ fn }) => fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow()).count)
}

export type ReferralSearch = {
  /** Of those that were rewarded, or whose rewards were taken back, since then. */
  readonly endedSince: Date
  readonly afterId: Uuid | undefined
  readonly limit: number
}

/** Accounts that were brought and of which something may still come, by id. */
export function listUnsettled(db: Db, { endedSince, afterId, limit }: ReferralSearch) {
  let query = tables(db)
    .selectFrom('referral')
    .selectAll()
    .where(sql<boolean>`(state = 'open' or (state in ('rewarded', 'taken_back') and ended_at > ${endedSince}))`)
  if (afterId !== undefined) query = query.where('account_id', '>', afterId)
  return query.orderBy('account_id').limit(limit).execute()
}
