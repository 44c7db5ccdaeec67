import type { MakeId, Uuid } from '../core/ids.ts'
import { add, type NanoUsd, nanoUsd, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import {
  callCollect,
  callForgive,
  callGiveBack,
  callTakeBack,
  findCollectable,
  findOwedRows,
  findOwing,
  type TakingCall,
} from './store/debts.ts'
import { requirePositive } from './transfers.ts'
import type { TakingKind } from './types.ts'

export type Taking = {
  /** Chosen by the caller; the id of the first transfer that takes. */
  readonly transferId: Uuid
  /** The transfer that brought the credits. */
  readonly of: Uuid
  readonly kind: TakingKind
  /** Once per kind and reference, for ever. */
  readonly reference: string
  readonly amount: NanoUsd
  readonly note?: string | undefined
}

type Refused =
  /** The reference belongs to something else. */
  | { readonly kind: 'conflict' }
  /** No credits came in by that transfer, or, of something to be given back, nothing was taken of it. */
  | { readonly kind: 'unknown' }

/** `replayed`: it was posted before and nothing moved now; what was taken and is owed of it are as they stand. */
export type TakenBack =
  | { readonly kind: 'posted' | 'replayed'; readonly taken: NanoUsd; readonly owed: NanoUsd }
  | Refused

export type GivenBack =
  | { readonly kind: 'posted' | 'replayed'; readonly credited: NanoUsd; readonly cancelled: NanoUsd }
  | Refused

/**
 * Takes credits back whose payment was given back. What the account has available is taken at once; what it spent already
 * or calls hold it owes: that is taken out of the next credits that come in, in the same transaction, and until then the
 * account is frozen. Never more than the purchase still stands for.
 */
export async function takeBack(db: Db, taking: Taking, now: Date | null = null): Promise<TakenBack> {
  requirePositive(taking.amount)
  const { outcome, taken, owed } = await callTakeBack(db, callOf(taking, now))
  if (outcome === 'conflict' || outcome === 'unknown') return { kind: outcome }
  return { kind: outcome, taken: taken!, owed: owed! }
}

/**
 * Undoes what was taken back of a purchase for one reason, in part or whole: what is still owed is cancelled, the rest is
 * credited. Never more than was taken.
 */
export async function giveBack(db: Db, given: Taking, now: Date | null = null): Promise<GivenBack> {
  requirePositive(given.amount)
  const { outcome, credited, cancelled } = await callGiveBack(db, callOf(given, now))
  if (outcome === 'conflict' || outcome === 'unknown') return { kind: outcome }
  return { kind: outcome, credited: credited!, cancelled: cancelled! }
}

const callOf = ({ transferId, of, kind, reference, amount, note }: Taking, now: Date | null): TakingCall => ({
  ...{ id: transferId, of, kind, reference, amount, note, now },
})

export type Forgiveness = {
  readonly accountId: Uuid
  readonly amount: NanoUsd
  /** Once per reference. */
  readonly reference: string
  readonly note?: string | undefined
}

export type Forgiven =
  | { readonly kind: 'posted' | 'replayed'; readonly cancelled: NanoUsd }
  | { readonly kind: 'conflict' | 'unknown' }

/** Lets an account off what it owes, up to an amount. It loses nothing and is given nothing. */
export async function forgive(
  db: Db,
  { accountId, amount, reference, note }: Forgiveness,
  makeId: MakeId,
  now: Date | null = null,
): Promise<Forgiven> {
  requirePositive(amount)
  const { outcome, cancelled } = await callForgive(db, { id: makeId(), accountId, amount, reference, note, now })
  if (outcome === 'conflict' || outcome === 'unknown') return { kind: outcome }
  return { kind: outcome, cancelled: cancelled! }
}

/** A job: takes what accounts owe out of what calls held and did not need. Returns the sum. */
export async function collectDebts(db: Db, now: Date | null = null): Promise<NanoUsd> {
  let collected = zero
  for (const accountId of await findCollectable(db)) collected = add(collected, await callCollect(db, accountId, now))
  return collected
}

/** Accounts that owe something. */
export const owingAccounts = (db: Db): Promise<Uuid[]> => findOwing(db)

/** Something that an account has to give back. */
export type Debt = {
  readonly of: Uuid
  readonly kind: TakingKind
  readonly reference: string
  readonly amount: NanoUsd
  readonly owed: NanoUsd
  readonly since: Date
}

/** What an account owes, oldest first. */
export async function debtsOf(db: Db, accountId: Uuid): Promise<Debt[]> {
  return (await findOwedRows(db, accountId)).map((row) => ({
    of: row.of_id,
    kind: row.kind,
    reference: row.reference,
    amount: row.amount,
    owed: nanoUsd(row.amount - row.taken - row.cancelled),
    since: row.created_at,
  }))
}
