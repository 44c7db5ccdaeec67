import { assert } from '../core/assert.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import { add, min, type NanoUsd, nanoUsd, subtract, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { lotsOf } from './balance.ts'
import { lockAccountRow } from './store/accounts.ts'
import { closeForfeiture, findOpenForfeitures, insertForfeiture } from './store/forfeiture.ts'
import { callTransfer, closeLot, platformAccounts } from './store/transfers.ts'
import type { Lot } from './types.ts'

export type Forfeited =
  | { readonly kind: 'forfeited'; readonly amount: NanoUsd }
  /** Nothing moved: there are credits that somebody paid or worked for, and they were not given up. */
  | { readonly kind: 'kept'; readonly valuable: NanoUsd }
  | { readonly kind: 'unknown' }

export type Forfeiture = {
  readonly accountId: Uuid
  /** Whether credits that were bought or earned are given up too. */
  readonly everything: boolean
  readonly makeId: MakeId
  readonly now: Date
}

/**
 * Gives up the credits of an account for good, each lot by a transfer that names it. What open calls hold may still be
 * charged; the rest of it follows when they end (`forfeitRests`). Freeze the account first: what comes in later stays.
 */
export function forfeit(db: Db, { accountId, everything, makeId, now }: Forfeiture): Promise<Forfeited> {
  return inTransaction(db, async (tx) => {
    if (!(await lockAccountRow(tx, accountId, now))) return { kind: 'unknown' }
    const lots = await lotsOf(tx, accountId)
    const valuable = sumLeft(lots.filter(({ kind }) => kind !== 'granted'))
    if (valuable > zero && !everything) return { kind: 'kept', valuable }
    await insertForfeiture(tx, accountId, now)
    return { kind: 'forfeited', amount: await sweep(tx, accountId, makeId, now) }
  })
}

/** A job: takes what open calls left on accounts that gave up their credits. Returns the sum. */
export async function forfeitRests(db: Db, makeId: MakeId, now: Date): Promise<NanoUsd> {
  let taken = zero
  for (const accountId of await findOpenForfeitures(db)) {
    taken = add(taken, await inTransaction(db, (tx) => sweep(tx, accountId, makeId, now)))
  }
  return taken
}

const sumLeft = (lots: readonly Lot[]): NanoUsd => lots.reduce((sum, { left }) => add(sum, left), zero)

/** Takes what is available, lot by lot; closes the forfeiture when nothing is held any more. */
async function sweep(tx: Db, accountId: Uuid, makeId: MakeId, now: Date): Promise<NanoUsd> {
  const account = await lockAccountRow(tx, accountId, now)
  assert(account !== undefined, 'an account of the ledger is never deleted')
  const available = nanoUsd(account.credits_posted - account.debits_posted - account.debits_pending)
  let rest = available
  for (const lot of await lotsOf(tx, accountId)) {
    const amount = min(lot.left, rest)
    if (amount <= zero) continue
    rest = subtract(rest, amount)
    await take(tx, { accountId, lotId: lot.transferId, amount, id: makeId(), now })
    if (amount === lot.left) await closeLot(tx, lot.transferId, now)
  }
  if (account.debits_pending === zero) await closeForfeiture(tx, accountId, now)
  return subtract(available, rest)
}

type Taking = { readonly accountId: Uuid; readonly lotId: Uuid; readonly amount: NanoUsd; readonly id: Uuid; now: Date }

async function take(tx: Db, { accountId, lotId, amount, id, now }: Taking): Promise<void> {
  const { outcome } = await callTransfer(tx, {
    id,
    kind: 'forfeiture',
    reference: id,
    debit: accountId,
    credit: platformAccounts.expired,
    amount,
    reverses: lotId,
    note: 'given up with the account',
    now,
  })
  assert(outcome === 'posted', `a forfeiture within what is left and available is posted, not ${outcome}`)
}
