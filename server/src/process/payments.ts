import type { Uuid } from '../core/ids.ts'
import { openStripeRail, type Payments, type StripeRail, termsOf } from '../payments/index.ts'
import { type MailNews, tellByMail } from '../mails/index.ts'
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
    tellPaused: (tx, paused) => tellByMail(tx, pausedMail(paused, makeId()), { makeId, clock }),
  })
}

type Paused = { readonly accountId: Uuid; readonly words: string }

const pausedMail = ({ accountId, words }: Paused, id: Uuid): MailNews => ({
  ...{ accountId, kind: 'payment_problem', crossing: `auto-top-up:${id}` },
  subject: 'Automatic top-ups have stopped',
  lines: [
    words,
    'No card is charged until somebody sets them anew, or the next month begins. Credits can be added by hand.',
  ],
})
