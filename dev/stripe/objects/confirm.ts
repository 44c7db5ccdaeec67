import type { Stripe } from 'stripe'
import type { Decline } from '../cards.ts'
import { invalid, type StripeFault } from '../protocol/faults.ts'
import type { CardFacts, World } from '../world/world.ts'
import { createCharge } from './charges.ts'
import { authenticationRequired, cardError } from './declines.ts'
import { openDispute } from './disputes.ts'
import { checkOwner, open, unexpectedState } from './payment-intents.ts'
import { attachPaymentMethod, methodNamed, spent } from './payment-methods.ts'

export type ConfirmGiven = {
  readonly payment_method?: string | undefined
  readonly return_url?: string | undefined
  readonly off_session?: boolean | undefined
  readonly error_on_requires_action?: boolean | undefined
  readonly setup_future_usage?: 'off_session' | 'on_session' | null | undefined
  /** The card's holder has just shown themselves to the bank. */
  readonly isAuthenticated?: boolean
}

const disputedAfterMs = 500

/** Tries to take the money. A refusal of the bank is thrown as Stripe answers it; the intent keeps it too. */
export function confirmIntent(world: World, id: string, given: ConfirmGiven): Stripe.PaymentIntent {
  const before = world.paymentIntents.get(id)
  const isAuthenticated = given.isAuthenticated === true
  const isWaiting = before.status === 'requires_action' && !isAuthenticated && given.payment_method === undefined
  if (!open.includes(before.status) || isWaiting) throw unexpectedState(before, 'confirm')
  const method = methodToCharge(world, before, given.payment_method)
  const facts = world.cards.get(method.id)!
  if (facts.isSpent) throw spent()
  const begun: Stripe.PaymentIntent = {
    ...before,
    payment_method: method.id,
    next_action: null,
    last_payment_error: null,
    setup_future_usage: given.setup_future_usage ?? before.setup_future_usage,
  }
  const wantsHolder = !isAuthenticated && asksForHolder(facts)
  if (wantsHolder && given.off_session !== true && given.error_on_requires_action !== true)
    return askHolder(world, begun, given.return_url)
  const decline = wantsHolder ? authenticationRequired : facts.card.decline
  if (decline) throw declineIntent(world, begun, method, decline)
  return takeMoney(world, begun, method, isAuthenticated)
}

export const asksForHolder = ({ card, isSetUp }: CardFacts): boolean =>
  !card.decline && (card.authentication === 'always' || (card.authentication === 'unless set up' && !isSetUp))

function methodToCharge(world: World, intent: Stripe.PaymentIntent, given: string | undefined): Stripe.PaymentMethod {
  const named = given ?? (intent.payment_method as string | null)
  if (named === null)
    throw invalid(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.",
      { code: 'payment_intent_unexpected_state', payment_intent: intent },
    )
  const method = methodNamed(world, named)
  checkOwner(method, intent.customer as string | null)
  return method
}

function takeMoney(
  world: World,
  begun: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  isAuthenticated: boolean,
): Stripe.PaymentIntent {
  const { customer, setup_future_usage: kept } = begun
  const facts = world.cards.get(method.id)!
  const owned = typeof customer === 'string' && kept !== null ? attachPaymentMethod(world, method, customer) : method
  const isSetUp = facts.isSetUp || kept === 'off_session'
  world.cards.set(method.id, { ...facts, isSetUp, isSpent: owned.customer === null })
  const charge = createCharge(world, { intent: begun, method: owned, card: facts.card, isAuthenticated, decline: null })
  const paid = world.paymentIntents.put({
    ...begun,
    amount_received: begun.amount,
    latest_charge: charge.id,
    status: 'succeeded',
  })
  world.emit('charge.succeeded', charge)
  world.emit('payment_intent.succeeded', paid)
  const { dispute } = facts.card
  if (dispute) world.timeline.after(disputedAfterMs, () => disputeIfUnrefunded(world, charge.id, dispute))
  return paid
}

function disputeIfUnrefunded(world: World, chargeId: string, cause: NonNullable<CardFacts['card']['dispute']>) {
  const charge = world.charges.get(chargeId)
  if (!charge.refunded && !charge.disputed) openDispute(world, chargeId, cause)
}

function askHolder(world: World, begun: Stripe.PaymentIntent, returnUrl: string | undefined): Stripe.PaymentIntent {
  const asking = world.paymentIntents.put({
    ...begun,
    status: 'requires_action',
    next_action: {
      type: 'redirect_to_url',
      redirect_to_url: { return_url: returnUrl ?? null, url: `${world.origin()}/3d-secure/${begun.id}` },
    },
  })
  world.emit('payment_intent.requires_action', asking)
  return asking
}

function declineIntent(
  world: World,
  begun: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
): StripeFault {
  const { card } = world.cards.get(method.id)!
  const charge = createCharge(world, { intent: begun, method, card, isAuthenticated: false, decline })
  const refused = world.paymentIntents.put({
    ...begun,
    latest_charge: charge.id,
    // As at Stripe: what was declined has to be given anew.
    payment_method: null,
    status: 'requires_payment_method',
    last_payment_error: {
      charge: charge.id,
      code: decline.code,
      decline_code: decline.declineCode,
      doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
      message: decline.message,
      payment_method: method,
      type: 'card_error',
    },
  })
  world.emit('charge.failed', charge)
  world.emit('payment_intent.payment_failed', refused)
  return cardError(decline, { charge: charge.id, payment_intent: refused, payment_method: method })
}

const notAuthenticated =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.'

/** The holder did not show themselves to the bank, or gave up. */
export function failAuthentication(world: World, id: string): Stripe.PaymentIntent {
  const intent = world.paymentIntents.get(id)
  if (intent.status !== 'requires_action') throw unexpectedState(intent, 'authenticate')
  const refused = world.paymentIntents.put({
    ...intent,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
    last_payment_error: {
      code: 'payment_intent_authentication_failure',
      doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
      message: notAuthenticated,
      payment_method: world.paymentMethods.get(intent.payment_method as string),
      type: 'card_error',
    },
  })
  world.emit('payment_intent.payment_failed', refused)
  return refused
}
