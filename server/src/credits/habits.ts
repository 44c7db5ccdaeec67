import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { findHourSpendRows, findUseRows } from './store/habits.ts'
import { callCertainPosting } from './store/usage-days.ts'

/** That a key called a model, from a country where that is known. */
export type KeyUsed = {
  readonly keyId: Uuid
  readonly accountId: Uuid
  readonly modelId: string
  readonly country: string | undefined
  /** When it was answered first; `undefined`: every call failed. */
  readonly first: Date | undefined
}

/**
 * The last receipt before which no other will appear, by its posting; `undefined` while some take long to be written. Ask
 * outside of a transaction: calls that end meanwhile wait for it.
 */
export const certainPosting = (db: Db): Promise<bigint | undefined> => callCertainPosting(db)

/** What keys did in the receipts behind one posting, up to another. */
export async function keysUsedBetween(db: Db, after: bigint, until: bigint): Promise<KeyUsed[]> {
  const rows = await findUseRows(db, after, until)
  return rows.map(({ key_id: keyId, account_id: accountId, model_id: modelId, country, first }) => ({
    ...{ keyId, accountId, modelId, first: first ?? undefined },
    country: country ?? undefined,
  }))
}

export type HourSpend = {
  readonly keyId: Uuid
  /** In the hour of now. */
  readonly spent: NanoUsd
  /** The mean of the hours before in which the key spent anything; `undefined`: there was none. */
  readonly usual: NanoUsd | undefined
  readonly hours: number
}

/** What keys spent in this hour, those who spent at least `least`, beside what they usually do since then. */
export async function hourSpends(
  db: Db,
  search: { readonly keyIds: readonly Uuid[]; readonly now: Date; readonly since: Date; readonly least: NanoUsd },
): Promise<HourSpend[]> {
  if (search.keyIds.length === 0) return []
  const rows = await findHourSpendRows(db, search)
  return rows.map(({ key_id: keyId, hour: spent, usual, hours }) => ({
    ...{ keyId, spent, hours },
    usual: usual ?? undefined,
  }))
}
