import { collectDebts } from '../credits/index.ts'
import {
  expireOrders,
  type Payments,
  railOf,
  reconcilePayments,
  retryRefunds,
  settleReferrals,
} from '../payments/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Job } from '../platform/jobs/index.ts'
import type { Outside } from './outside.ts'

export type PaymentJobsOptions = {
  readonly outside: Pick<Outside, 'clock' | 'makeId' | 'log'>
  readonly database: Database
  readonly payments: Payments
}

const secondMs = 1_000

/** The standing work of payments. Every process runs all of it: the SQL of each job decides who does what. */
export function paymentJobs({ outside, database, payments }: PaymentJobsOptions): readonly Job[] {
  const { db } = database
  const onFault = (error: unknown): void =>
    outside.log.error('a refund could not be asked for', {
      error: error instanceof Error ? error.message : String(error),
    })
  return [
    { name: 'collect-debts', everyMs: 5 * secondMs, run: () => collectDebts(db) },
    { name: 'expire-orders', everyMs: 60 * secondMs, run: () => expireOrders(db, outside) },
    {
      name: 'settle-referrals',
      everyMs: 60 * secondMs,
      run: () => settleReferrals(db, payments.settings, outside),
    },
    { name: 'reconcile-payments', everyMs: 24 * 3_600 * secondMs, run: () => check({ outside, database, payments }) },
    {
      name: 'retry-refunds',
      everyMs: 15 * secondMs,
      run: () => retryRefunds(db, (order) => railOf(payments, order), outside, onFault),
    },
  ]
}

/** Any difference is for the operator to look at. */
async function check({ outside: { log }, database, payments }: PaymentJobsOptions): Promise<void> {
  for (const { name, checks, problem } of await reconcilePayments(database, payments)) {
    if (problem !== undefined) log.warn('a way to pay could not be reconciled', { name, why: problem })
    for (const each of checks) {
      if (!each.ok) log.error('payments do not reconcile', { of: name, check: each.name, detail: each.detail })
    }
  }
}
