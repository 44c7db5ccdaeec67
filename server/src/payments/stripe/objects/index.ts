import type { Stripe } from 'stripe'
import { meantByCharge, meantByRefund } from './charge.ts'
import { meantBySession } from './checkout-session.ts'
import { meantByDispute } from './dispute.ts'
import type { Meant } from './meant.ts'
import { meantByPayment } from './payment-intent.ts'
import { meantByMethod } from './payment-method.ts'
import { meantBySetup } from './setup-intent.ts'

/** Kinds of objects whose events say something here. */
const readers: Readonly<Record<string, (stripe: Stripe, id: string) => Promise<Meant>>> = {
  'checkout.session': meantBySession,
  payment_intent: meantByPayment,
  charge: meantByCharge,
  refund: meantByRefund,
  dispute: meantByDispute,
  setup_intent: meantBySetup,
  payment_method: meantByMethod,
}

export const isHeeded = (kind: string): boolean => Object.hasOwn(readers, kind)

/** Reads an object at Stripe, for whom it is about. */
export const readMeant = (stripe: Stripe, kind: string, id: string): Promise<Meant> => readers[kind]!(stripe, id)

/** The events to ask for; at most 20 may be named. */
export const heededTypes = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'payment_intent.succeeded',
  'payment_intent.processing',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'setup_intent.succeeded',
  'payment_method.detached',
] as const
