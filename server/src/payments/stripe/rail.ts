import type { Job } from '../../platform/jobs/index.ts'
import type { StripeSettings } from '../../platform/stripe-settings.ts'
import type { Rail } from '../rail.ts'
import { topUpLow } from './auto-top-up/trigger.ts'
import { openClient } from './client.ts'
import { forgetCustomers } from './customers.ts'
import { asking } from './faults.ts'
import { purgeEvents, receive, workOff } from './inbox.ts'
import { hear } from './notice.ts'
import { beginPayment, closePage } from './pay.ts'
import { reconcileStripe } from './reconcile.ts'
import { refundPayment } from './refund.ts'
import { lookAtPayments, sweepEvents } from './watch.ts'
import type { StripeTools } from './tools.ts'

export type Delivered =
  /** Taken down; what follows from it follows by itself. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string }
  /** Without a secret nobody could be told from Stripe. */
  | { readonly kind: 'no-secret' }

/** Payments by card. */
export type StripeRail = {
  readonly rail: Rail
  /** What is asked of Stripe by people; `undefined` where no key is set. */
  readonly tools: StripeTools | undefined
  /** A webhook of Stripe's: raw bytes and the header `Stripe-Signature`. */
  readonly deliver: (bytes: Uint8Array, signature: string | undefined) => Promise<Delivered>
  readonly jobs: readonly Job[]
  /** Waits for Stripe no longer: what has no answer yet is looked after by whoever runs next. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

export const missingKey =
  'Set STRIPE_SECRET_KEY (from dashboard.stripe.com/apikeys), or run `npm run dev:stripe` to try cards without Stripe.'

const secondMs = 1_000
const hourMs = 3_600_000
/** How many rounds of work one delivery may set off; the job does the rest. */
const roundsMax = 50

/** Opens the card rail; where no key is set it says so to whoever asks, and does nothing. */
export async function openStripeRail(
  settings: StripeSettings,
  edges: Omit<StripeTools, 'stripe' | 'settings'>,
): Promise<StripeRail> {
  if (settings.secretKey === undefined) return noStripe
  const { stripe, close } = await openClient(settings, settings.secretKey)
  const tools: StripeTools = { ...edges, settings, stripe }
  const worker = openWorker(tools)
  return {
    rail: railOf(tools),
    tools,
    async deliver(bytes, signature) {
      if (settings.webhookSecret === undefined) return { kind: 'no-secret' }
      const heard = hear(stripe, { bytes, signature, secret: settings.webhookSecret }, tools.clock.nowMs())
      if (heard.kind === 'refused') return heard
      if (heard.kind === 'heard' && (await receive(tools, [heard.notice], 'webhook')) > 0) worker.wake()
      return { kind: 'taken' }
    },
    jobs: [
      { name: 'stripe-events', everyMs: secondMs, run: () => workOff(tools) },
      { name: 'stripe-payments', everyMs: secondMs, run: () => lookAtPayments(tools) },
      { name: 'stripe-sweep', everyMs: 5 * secondMs, run: () => sweepEvents(tools) },
      { name: 'auto-top-up', everyMs: 3 * secondMs, run: () => topUpLow(tools) },
      { name: 'forget-stripe-customers', everyMs: hourMs, run: () => forgetCustomers(tools) },
      { name: 'purge-stripe-events', everyMs: hourMs, run: () => purgeEvents(tools) },
    ],
    cut: close,
    async close() {
      await worker.idle()
      close()
    },
  }
}

const railOf = (tools: StripeTools): Rail => ({
  name: 'card',
  state: () => ({ kind: 'available' }),
  options: () => ({ test_mode: !tools.settings.isLive }),
  expiresAt: (now) => new Date(now.getTime() + hourMs),
  begin: (order, wishes) => asking(tools, () => beginPayment(tools, order, wishes)),
  cancel: (order) => asking(tools, () => closePage(tools, order)),
  refund: (order, asked) => asking(tools, () => refundPayment(tools, order, asked)),
  reconcile: () => reconcileStripe(tools),
})

/** Where no key is set: says so to whoever asks, and does nothing. */
export const noStripe: StripeRail = {
  rail: {
    name: 'card',
    state: () => ({ kind: 'unavailable', why: missingKey }),
    options: () => ({ test_mode: false }),
    begin: () => Promise.resolve({ kind: 'refused', why: missingKey }),
  },
  tools: undefined,
  deliver: () => Promise.resolve({ kind: 'no-secret' }),
  jobs: [],
  cut: () => {},
  close: () => Promise.resolve(),
}

/** Works events off as soon as they come, one round after the other. */
function openWorker(tools: StripeTools) {
  let running: Promise<void> | undefined
  let again = false
  async function run(): Promise<void> {
    for (let round = 0; round < roundsMax; round++) {
      again = false
      const count = await workOff(tools)
      if (count === 0 && !again) return
    }
  }
  return {
    wake(): void {
      again = true
      running ??= run()
        .catch((error: unknown) => {
          const why = error instanceof Error ? error.message : String(error)
          tools.log.error('events of Stripe wait', { why })
        })
        .finally(() => {
          running = undefined
        })
    },
    idle: () => running ?? Promise.resolve(),
  }
}
