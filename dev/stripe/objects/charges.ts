import type { Stripe } from 'stripe'
import type { Decline, TestCard } from '../cards.ts'
import type { World } from '../world/world.ts'
import { feeOf, moveBalance } from './balance.ts'

export type Attempt = {
  readonly intent: Stripe.PaymentIntent
  readonly method: Stripe.PaymentMethod
  readonly card: TestCard
  readonly isAuthenticated: boolean
  readonly decline: Decline | null
}

/** Writes one attempt to take money from a card, and what it moved. */
export function createCharge(world: World, attempt: Attempt): Stripe.Charge {
  const { intent, method, decline } = attempt
  const id = world.makeId('ch')
  const charge: Stripe.Charge = {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: decline ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: decline ? null : moneyOf(world, id, attempt).id,
    billing_details: method.billing_details,
    calculated_statement_descriptor: intent.statement_descriptor ?? 'REDPILL',
    captured: !decline,
    created: world.timeline.now(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(decline),
    paid: !decline,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { card: cardDetails(world, attempt), type: 'card' },
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: decline ? null : `${world.origin()}/receipts/${id}`,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: decline ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
  return world.charges.put(charge)
}

const moneyOf = (world: World, id: string, { intent, card }: Attempt): Stripe.BalanceTransaction =>
  moveBalance(world, {
    type: 'charge',
    reportingCategory: 'charge',
    amount: intent.amount,
    fee: feeOf(intent.amount),
    currency: intent.currency,
    source: id,
    description: intent.description,
    isAvailableAtOnce: card.isAvailableAtOnce === true,
  })

const outcomeOf = (decline: Decline | null): Stripe.Charge.Outcome => ({
  advice_code: decline ? 'try_again_later' : null,
  network_advice_code: null,
  network_decline_code: decline ? '01' : null,
  network_status: decline ? 'declined_by_network' : 'approved_by_network',
  reason: decline?.declineCode ?? null,
  risk_level: 'normal',
  risk_score: 20,
  seller_message: decline ? 'The bank did not return any further details with this decline.' : 'Payment complete.',
  type: decline ? 'issuer_declined' : 'authorized',
})

function cardDetails(world: World, attempt: Attempt): Stripe.Charge.PaymentMethodDetails.Card {
  const { intent, method, decline } = attempt
  const card = method.card!
  return {
    amount_authorized: decline ? null : intent.amount,
    authorization_code: decline ? null : world.makeId('a', 6).slice(2).toUpperCase(),
    brand: card.brand,
    checks: card.checks,
    country: card.country,
    electronic_commerce_indicator: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    installments: null,
    last4: card.last4,
    mandate: null,
    network: card.brand,
    network_transaction_id: world.makeId('n', 15).slice(2),
    regulated_status: card.regulated_status,
    three_d_secure: attempt.isAuthenticated ? challenged(world) : null,
    transaction_link_id: null,
    wallet: null,
  }
}

const challenged = (world: World): Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure => ({
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: world.makeId('t', 32).slice(2),
  version: '2.2.0',
})
