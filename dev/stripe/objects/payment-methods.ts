import { createHash } from 'node:crypto'
import type { Stripe } from 'stripe'
import { cardByToken, type TestCard } from '../cards.ts'
import { invalid, missingParam, type StripeFault } from '../protocol/faults.ts'
import type { World } from '../world/world.ts'
import { wholeAddress, type GivenAddress } from './customers.ts'
import { cardError } from './declines.ts'

export type CardGiven = {
  readonly card: TestCard
  readonly expMonth: number
  readonly expYear: number
  readonly billing?: { readonly name: string | null; readonly email: string | null; readonly address: GivenAddress }
}

/** The same card has the same fingerprint, whoever enters it. */
const fingerprintOf = ({ number }: TestCard): string =>
  createHash('sha256').update(`card ${number}`).digest('base64url').replaceAll(/[-_]/g, '').slice(0, 16)

export function createPaymentMethod(
  world: World,
  { card, expMonth, expYear, billing }: CardGiven,
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: world.makeId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: wholeAddress(billing?.address ?? {}),
      email: billing?.email ?? null,
      name: billing?.name ?? null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: card.country,
      display_brand: card.brand === 'amex' ? 'american_express' : card.brand,
      exp_month: expMonth,
      exp_year: expYear,
      fingerprint: fingerprintOf(card),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: world.timeline.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  }
  world.cards.set(method.id, { card, isSetUp: false, isSpent: false })
  return world.paymentMethods.put(method)
}

/** The method that a parameter names. Stripe's ready-made ones (`pm_card_visa`) are made anew at each use. */
export function methodNamed(world: World, id: string, param = 'payment_method'): Stripe.PaymentMethod {
  const readyMade = cardByToken(id)
  if (!readyMade) return world.paymentMethods.named(id, param)
  const nextYear = new Date(world.timeline.nowMs()).getUTCFullYear() + 1
  return createPaymentMethod(world, { card: readyMade, expMonth: 12, expYear: nextYear })
}

export function attachPaymentMethod(
  world: World,
  method: Stripe.PaymentMethod,
  customerId: string,
): Stripe.PaymentMethod {
  world.customers.named(customerId, 'customer')
  if (method.customer === customerId) return method
  if (method.customer !== null)
    throw invalid('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_already_attached',
    })
  const facts = world.cards.get(method.id)
  if (!facts) throw missingParam('payment_method', method.id, 'payment_method')
  if (facts.isSpent) throw spent()
  const { decline, declinesOnlyWhenKept } = facts.card
  if (decline && !declinesOnlyWhenKept) throw cardError(decline)
  const attached = world.paymentMethods.put({ ...method, customer: customerId })
  world.emit('payment_method.attached', attached)
  return attached
}

export const spent = (): StripeFault =>
  invalid(
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
    { code: 'payment_method_unactivated', param: 'payment_method' },
  )

export function detachPaymentMethod(world: World, id: string): Stripe.PaymentMethod {
  const method = world.paymentMethods.get(id)
  const customerId = method.customer
  if (typeof customerId !== 'string')
    throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.', {
      code: 'payment_method_unexpected_state',
    })
  const detached = world.paymentMethods.put({ ...method, customer: null })
  const facts = world.cards.get(id)
  if (facts) world.cards.set(id, { ...facts, isSpent: true })
  const customer = world.customers.find(customerId)
  if (customer?.invoice_settings.default_payment_method === id)
    world.customers.put({
      ...customer,
      invoice_settings: { ...customer.invoice_settings, default_payment_method: null },
    })
  world.emit('payment_method.detached', detached, method)
  return detached
}

/** A customer's cards, the newest first. */
export const methodsOf = (world: World, customerId: string): readonly Stripe.PaymentMethod[] =>
  world.paymentMethods.newestFirst().filter(({ customer }) => customer === customerId)
