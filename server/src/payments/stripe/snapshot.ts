import type { Stripe } from 'stripe'

/** Everything that Stripe says of one payment at one time. */
export type Snapshot = {
  readonly session: Stripe.Checkout.Session | undefined
  readonly intent: Stripe.PaymentIntent | undefined
  readonly charge: Stripe.Charge | undefined
  readonly refunds: readonly Stripe.Refund[]
  readonly disputes: readonly Stripe.Dispute[]
}

export const nothingThere: Snapshot = {
  session: undefined,
  intent: undefined,
  charge: undefined,
  refunds: [],
  disputes: [],
}

export type Asked = { readonly sessionId: string | null; readonly intentId: string | null }

const listMax = 100

/** Reads a payment at Stripe: its page, its money, what went back and what is disputed. */
export async function takeSnapshot(stripe: Stripe, { sessionId, intentId }: Asked): Promise<Snapshot> {
  const session =
    sessionId === null
      ? undefined
      : await stripe.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent.latest_charge', 'invoice'] })
  const intent =
    objectIn(session?.payment_intent) ?? (intentId === null ? undefined : await readIntent(stripe, intentId))
  const charge = objectIn(intent?.latest_charge)
  if (!intent || !charge || charge.status === 'failed') return { ...nothingThere, session, intent, charge }
  const of = { payment_intent: intent.id, limit: listMax }
  const [refunds, disputes] = await Promise.all([
    stripe.refunds.list(of).autoPagingToArray({ limit: 10_000 }),
    charge.disputed ? stripe.disputes.list(of).autoPagingToArray({ limit: 10_000 }) : [],
  ])
  return { session, intent, charge, refunds, disputes }
}

const readIntent = (stripe: Stripe, id: string): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] })

/** What was asked to be expanded. */
export const objectIn = <T extends { readonly id: string }>(value: string | T | null | undefined): T | undefined =>
  value === null || value === undefined || typeof value === 'string' ? undefined : value

export const idIn = (value: string | { readonly id: string } | null | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.id
