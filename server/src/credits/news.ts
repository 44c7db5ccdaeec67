/** What happened in accounts since somebody looked, for whoever watches: cheap to ask, and nothing is told twice or missed. */
import type { Uuid } from '../core/ids.ts'
import { type NanoUsd, subtract, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { chargeOf } from './receipts.ts'
import {
  findFreeRows,
  findHeldRows,
  findNewsPlaceRow,
  findPaidRows,
  findPulseRows,
  findTransferRows,
} from './store/news.ts'
import type { Charge, Movement } from './types.ts'

/** How an account stands. `mark` differs from what it was before whenever anything was held, settled or moved. */
export type Pulse = {
  readonly accountId: Uuid
  readonly mark: string
  readonly available: NanoUsd
  readonly held: NanoUsd
}

/** How far an account's news were read: up to a movement, and up to a receipt that was none (it cost nothing). */
export type NewsPlace = { readonly sequence: bigint; readonly posting: bigint }

/** `by`: which part of the place it moved on. */
export type News = What & { readonly by: keyof NewsPlace; readonly place: NewsPlace }

export type HeldCall = {
  readonly callId: Uuid
  readonly accountId: Uuid
  readonly keyId: Uuid
  readonly amount: NanoUsd
}

type What =
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'movement'; readonly movement: Movement }

/** One look-up by primary key for all of the accounts. */
export async function pulsesOf(db: Db, accountIds: readonly Uuid[]): Promise<Pulse[]> {
  const rows = await findPulseRows(db, accountIds)
  return rows.map(({ account_id: accountId, mark, available, held }) => ({ accountId, mark, available, held }))
}

/** Where the account stands now; `undefined`: there is none. */
export const newestPlace = (db: Db, accountId: Uuid): Promise<NewsPlace | undefined> => findNewsPlaceRow(db, accountId)

/**
 * What happened after a place: movements in their order, each charge as its receipt, then receipts that cost nothing in
 * theirs. `limit` bounds each kind; ask again from the last one's place until nothing comes.
 */
export async function newsAfter(db: Db, accountId: Uuid, after: NewsPlace, limit: number): Promise<News[]> {
  const paid = await findPaidRows(db, accountId, after.sequence, limit)
  const moved = await findTransferRows(db, accountId, after.sequence, limit)
  const free = await findFreeRows(db, accountId, after.posting, limit)
  const movements = new Map<bigint, What>([
    ...paid.map((row) => [row.sequence, { kind: 'charge', charge: chargeOf(row) }] as const),
    ...moved.map((row) => [row.sequence, { kind: 'movement', movement: movementOf(accountId, row) }] as const),
  ])
  const news: News[] = []
  let { sequence, posting } = after
  // Sequences have no gaps: one that is absent is beyond what was read, or was not there yet when its table was read.
  for (let next = movements.get(sequence + 1n); next; next = movements.get(sequence + 1n)) {
    sequence += 1n
    news.push({ ...next, by: 'sequence', place: { sequence, posting } })
  }
  for (const row of free) {
    posting = row.posting
    news.push({ kind: 'charge', charge: chargeOf(row), by: 'posting', place: { sequence, posting } })
  }
  return news
}

/** The calls under way of some accounts, in no order. */
export async function heldCalls(db: Db, accountIds: readonly Uuid[]): Promise<HeldCall[]> {
  if (accountIds.length === 0) return []
  const rows = await findHeldRows(db, accountIds)
  return rows.map(({ call_id: callId, account_id, key_id: keyId, amount }) => ({
    callId,
    accountId: account_id,
    keyId,
    amount,
  }))
}

type TransferRow = Awaited<ReturnType<typeof findTransferRows>>[number]

const movementOf = (accountId: Uuid, row: TransferRow): Movement => ({
  sequence: row.sequence,
  at: row.created_at,
  kind: row.kind,
  reference: row.reference,
  amount: row.credit_account === accountId ? row.amount : subtract(zero, row.amount),
  balanceAfter: row.balance_after,
  note: row.note ?? undefined,
})
