import type { Stripe } from 'stripe'
import { StripeFault } from '../protocol/faults.ts'
import type { Payer, World } from '../world/world.ts'
import { confirmIntent, failAuthentication } from './confirm.ts'
import { createCustomer, updateCustomer, wholeAddress } from './customers.ts'
import { createInvoice } from './invoices.ts'
import { sum, taxed } from './line-items.ts'
import { createIntent, updateIntent } from './payment-intents.ts'
import { createPaymentMethod, type CardGiven } from './payment-methods.ts'
import { confirmSetup, createSetup, failSetup } from './setup-intents.ts'

/** A card that is entered, or one that the customer has kept. */
export type PaidWith = Omit<CardGiven, 'billing'> | { readonly paymentMethod: string }

export type PayOutcome =
  | { readonly kind: 'done' }
  /** The card's bank wants to see its holder. */
  | { readonly kind: 'challenge'; readonly intent: string }
  | { readonly kind: 'refused'; readonly message: string }
  /** The session is not open any more. */
  | { readonly kind: 'closed' }

/** What happens when the payer presses "Pay" on the hosted page. */
export function paySession(world: World, id: string, payer: Payer, paidWith: PaidWith): PayOutcome {
  const session = withTax(world, world.sessions.get(id), payer.country)
  if (session.status !== 'open') return { kind: 'closed' }
  if (isOrphan(world, session)) return orphaned
  world.payers.set(id, payer)
  const customer = customerOf(world, session, payer)
  const billing = { name: payer.name, email: payer.email, address: { country: payer.country } }
  const method = 'card' in paidWith ? createPaymentMethod(world, { ...paidWith, billing }).id : paidWith.paymentMethod
  return session.mode === 'payment'
    ? payNow(world, world.sessions.change(id, { customer }), method)
    : setUp(world, world.sessions.change(id, { customer }), method)
}

/** Its customer was deleted while somebody looked at the page. */
const isOrphan = ({ customers }: World, { customer }: Stripe.Checkout.Session): boolean =>
  typeof customer === 'string' && !customers.find(customer)

const orphaned: PayOutcome = { kind: 'refused', message: 'This customer does not exist any more. Nothing was taken.' }

function payNow(world: World, session: Stripe.Checkout.Session, method: string): PayOutcome {
  const intent = intentOf(world, session)
  world.sessions.change(session.id, { payment_intent: intent.id })
  return settle(world, session.id, () =>
    confirmIntent(world, intent.id, { payment_method: method, return_url: session.success_url ?? undefined }),
  )
}

/** One intent for all tries of a session. */
function intentOf(world: World, session: Stripe.Checkout.Session): Stripe.PaymentIntent {
  const { payment } = world.orders.get(session.id)!
  const amount = session.amount_total!
  const customer = session.customer as string | null
  const usage = payment.setup_future_usage ?? (world.payers.get(session.id)?.keepsCard === true ? 'on_session' : null)
  if (typeof session.payment_intent === 'string')
    return updateIntent(world, session.payment_intent, { amount, customer, setup_future_usage: usage })
  return createIntent(world, { ...payment, amount, customer, currency: session.currency!, setup_future_usage: usage })
}

function setUp(world: World, session: Stripe.Checkout.Session, method: string): PayOutcome {
  const { setup } = world.orders.get(session.id)!
  const id =
    (session.setup_intent as string | null) ??
    createSetup(world, { ...setup, customer: session.customer as string | null }).id
  world.sessions.change(session.id, { setup_intent: id })
  return settle(world, session.id, () =>
    confirmSetup(world, id, { payment_method: method, return_url: session.success_url ?? undefined }),
  )
}

type Intent = Stripe.PaymentIntent | Stripe.SetupIntent

function settle(world: World, sessionId: string, confirm: () => Intent): PayOutcome {
  try {
    const intent = confirm()
    if (intent.status === 'requires_action') return { kind: 'challenge', intent: intent.id }
    complete(world, sessionId, intent)
    return { kind: 'done' }
  } catch (error) {
    if (error instanceof StripeFault) return { kind: 'refused', message: error.message }
    throw error
  }
}

/** What the card's holder chose on the page of their bank. */
export function answerChallenge(world: World, session: Stripe.Checkout.Session, isAuthenticated: boolean): PayOutcome {
  if (session.status !== 'open') return { kind: 'closed' }
  if (isOrphan(world, session)) return orphaned
  const setup = session.setup_intent as string | null
  const payment = session.payment_intent as string | null
  if (isAuthenticated)
    return settle(world, session.id, () =>
      setup === null
        ? confirmIntent(world, payment!, { isAuthenticated })
        : confirmSetup(world, setup, { isAuthenticated }),
    )
  const message =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
  if (setup === null) failAuthentication(world, payment!)
  else failSetup(world, world.setupIntents.get(setup), message, { code: 'setup_intent_authentication_failure' })
  return { kind: 'refused', message }
}

function complete(world: World, id: string, intent: Intent): void {
  const session = world.sessions.get(id)
  const payer = world.payers.get(id)!
  const method = world.paymentMethods.get(intent.payment_method as string)
  if (method.customer !== null)
    world.paymentMethods.put({ ...method, allow_redisplay: payer.keepsCard ? 'always' : 'limited' })
  const paid: Stripe.Checkout.Session = {
    ...session,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    customer_details: {
      address: wholeAddress({ country: payer.country }),
      business_name: null,
      email: payer.email,
      individual_name: null,
      name: payer.name,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_status: session.mode === 'payment' ? 'paid' : 'no_payment_required',
    status: 'complete',
    url: null,
  }
  updateFrom(world, paid, payer)
  const isBilled = paid.invoice_creation?.enabled === true && intent.object === 'payment_intent'
  const invoice = isBilled ? createInvoice(world, paid, intent).id : null
  world.emit('checkout.session.completed', world.sessions.put({ ...paid, invoice }))
}

function updateFrom(world: World, { id, customer }: Stripe.Checkout.Session, payer: Payer): void {
  const { updates } = world.orders.get(id)!
  if (typeof customer !== 'string' || !(updates.address || updates.name)) return
  updateCustomer(world, customer, {
    ...(updates.name && { name: payer.name }),
    ...(updates.address && { address: { country: payer.country } }),
  })
}

/** A customer, where one is needed: to keep a card, to bill, or because the session wants one of everybody. */
function customerOf(world: World, session: Stripe.Checkout.Session, payer: Payer): string | null {
  if (typeof session.customer === 'string') return session.customer
  const { payment } = world.orders.get(session.id)!
  const isNeeded =
    session.customer_creation === 'always' ||
    session.invoice_creation?.enabled === true ||
    (session.mode === 'payment' && (payment.setup_future_usage !== null || payer.keepsCard))
  if (!isNeeded) return null
  return createCustomer(world, { email: payer.email, name: payer.name, address: { country: payer.country } }).id
}

/** The session as it costs in the payer's country. */
export function withTax(world: World, session: Stripe.Checkout.Session, country: string): Stripe.Checkout.Session {
  if (!session.automatic_tax.enabled || session.mode !== 'payment' || session.status !== 'open') return session
  const order = world.orders.get(session.id)!
  const lines = taxed(order.lines, country)
  world.orders.set(session.id, { ...order, lines })
  return world.sessions.put({
    ...session,
    amount_total: sum(lines, 'amount_total'),
    automatic_tax: { ...session.automatic_tax, status: 'complete' },
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: sum(lines, 'amount_tax') },
  })
}
