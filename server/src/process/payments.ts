import { openStripeRail, type Payments, type StripeRail, termsOf } from '../payments/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Job } from '../platform/jobs/index.ts'
import type { Outside } from './outside.ts'
import { paymentJobs } from './payment-jobs.ts'

export type OpenPayments = {
  readonly payments: Payments
  readonly stripe: StripeRail
  readonly jobs: readonly Job[]
  readonly close: () => Promise<void>
}

/** The ways in which credits are bought, as the operator has set them, and their standing work. */
export async function openPayments(outside: Outside, database: Database): Promise<OpenPayments> {
  const stripe = await openCards(outside, database)
  const payments: Payments = { settings: outside.config.payments, rails: { card: stripe.rail } }
  const jobs = [...paymentJobs({ outside, database, payments }), ...stripe.jobs]
  return { payments, stripe, jobs, close: stripe.close }
}

/** Payments by card, as the operator has set them. */
function openCards(outside: Outside, { db }: Database): Promise<StripeRail> {
  const { config, clock, makeId, log } = outside
  return openStripeRail(config.stripe, {
    ...{ db, clock, makeId, log, orders: outside },
    terms: termsOf(config.payments, 'card'),
    bounds: config.payments,
    tellPaused: () => Promise.resolve(),
  })
}
