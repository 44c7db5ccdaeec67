import type { Database, Db } from '../platform/database/index.ts'
import { graceMs } from './recovery.ts'
import {
  findBrokenHistory,
  findDoubleCalls,
  type Finder,
  findForgottenHolds,
  findOverdrawn,
  findRepeatedReferences,
  findUnequalSums,
  findWrongBalances,
  findWrongBudgets,
  findWrongDebts,
  findWrongParts,
  findWrongPlatformAccounts,
  liftTimeout,
  sampleAccounts,
  type Sample,
} from './store/reconcile.ts'
import type { Invariant, Reconciliation } from './types.ts'

export type ReconcileOptions = {
  /** Looks at so many accounts, chosen by chance, and skips what needs every receipt; without it, at everything. */
  readonly sampleAccounts?: number
  /** The moment against which expiry is judged; the database's clock unless given. */
  readonly now?: Date
}

type Check = { readonly id: string; readonly promise: string; readonly find: Finder; readonly needsAll?: true }

/** Accounts with a longer history than this are left to the full run. */
const sampledMovementsMax = 50_000n

/** Recovery runs every few seconds and takes what is past its grace; by then a hold is forgotten. */
const forgottenMs = graceMs + 60_000

const checks: readonly Check[] = [
  { id: 'I1', promise: 'All debits equal all credits.', find: findUnequalSums },
  { id: 'I2', promise: 'Each balance is the sum of its charges, transfers and holds.', find: findWrongBalances },
  { id: 'I3', promise: 'No account is overdrawn.', find: findOverdrawn },
  { id: 'I4', promise: 'Each key has spent what its calls cost, within its limit.', find: findWrongBudgets },
  { id: 'I5', promise: 'Each call is charged once at most, and not held when it is.', find: findDoubleCalls },
  { id: 'I6', promise: 'The parts of each charge sum up.', find: findWrongParts },
  { id: 'I7', promise: 'Each external reference moved money once.', find: findRepeatedReferences },
  {
    id: 'I8',
    promise: 'Each platform account is the sum of what was posted to it.',
    find: findWrongPlatformAccounts,
    needsAll: true,
  },
  { id: 'I9', promise: 'History cannot be changed, and no statement has a gap.', find: findBrokenHistory },
  { id: 'I10', promise: 'No hold outlives its expiry.', find: findForgottenHolds(forgottenMs) },
  {
    id: 'I11',
    promise: 'What is owed is what was to be taken back and was not; who owes is frozen.',
    find: findWrongDebts,
  },
]

/**
 * Checks the eleven invariants of the ledger in one snapshot, so the answer is right while money moves. Changes nothing. A full
 * run reads every receipt.
 */
export async function reconcile(database: Database, options: ReconcileOptions = {}): Promise<Reconciliation> {
  return database.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await liftTimeout(tx)
      const { sampleAccounts: count, now = null } = options
      const sample = count === undefined ? undefined : await sampleAccounts(tx, count, sampledMovementsMax)
      const invariants: Invariant[] = []
      for (const check of checks) invariants.push(await checked(tx, check, sample, now))
      return { ok: invariants.every(({ ok }) => ok), invariants }
    })
}

async function checked(
  db: Db,
  { id, promise, find, needsAll }: Check,
  sample: Sample,
  now: Date | null,
): Promise<Invariant> {
  if (needsAll && sample) return { id, promise, ok: true, detail: 'not checked on a sample' }
  const offences = await find(db, sample, now)
  return { id, promise, ok: offences.length === 0, detail: offences.join('; ') }
}
