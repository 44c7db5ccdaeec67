import type { Uuid } from '../core/ids.ts'
import { type MailNews, tellByMail } from '../mails/index.ts'
import { type Crypto, openCrypto, openStripeRail, type Payments, type StripeRail, termsOf } from '../payments/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Job, Jobs } from '../platform/jobs/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Outside } from './outside.ts'
import { paymentJobs } from './payment-jobs.ts'

export type OpenPayments = {
  readonly payments: Payments
  readonly stripe: StripeRail
  readonly crypto: Crypto
  readonly jobs: readonly Job[]
  readonly close: () => Promise<void>
}

/** The ways in which credits are bought, as the operator has set them, and their standing work. */
export async function openPayments(
  outside: Outside,
  { database, ...process }: { readonly database: Database } & Process,
): Promise<OpenPayments> {
  const stripe = await openCards(outside, database)
  const crypto = await openChains(outside, database, process)
  const payments: Payments = { settings: outside.config.payments, rails: { card: stripe.rail, crypto: crypto.rail } }
  const jobs = [...paymentJobs({ outside, database, payments }), ...stripe.jobs, ...crypto.jobs]
  return { payments, stripe, crypto, jobs, close: stripe.close }
}

/** How long Stripe is waited for when the server stops. */
const patienceMs = 10_000

/** Waits for the end of all standing work, but not for a Stripe that does not answer. */
export async function stopJobs(jobs: Pick<Jobs, 'stop'>, { cut }: Pick<StripeRail, 'cut'>): Promise<void> {
  const timer = setTimeout(cut, patienceMs)
  await jobs.stop()
  clearTimeout(timer)
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
  lines: [words, 'Until then no card is charged by itself. Credits can be added by hand.'],
})

type Process = { readonly processId: Uuid; readonly secrets: Secrets }

/** Payments in crypto, as the operator has set them. */
function openChains(outside: Outside, { db }: Database, { processId, secrets }: Process): Promise<Crypto> {
  const { config, clock, chance, makeId, log } = outside
  return openCrypto({
    settings: config.crypto,
    tools: { db, clock, makeId, log, processId, terms: termsOf(config.payments, 'crypto').terms },
    signIn: { db, secrets, clock, chance, makeId },
    rules: { signUp: config.signIn.signUp, welcomeCredits: config.signIn.welcomeCredits },
    clock,
  })
}
