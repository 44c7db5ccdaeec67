/** The state machine of https://docs.stripe.com/payments/paymentintents/lifecycle, for cards that are charged at once. */
import type { Stripe } from 'stripe'
import { invalid, type StripeFault } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { World } from '../world/world.ts'
import { methodNamed } from './payment-methods.ts'

export type IntentGiven = {
  readonly amount: number
  readonly currency: string
  readonly customer?: string | null | undefined
  readonly payment_method?: string | undefined
  readonly description?: string | null | undefined
  readonly metadata?: Record<string, string> | null | undefined
  readonly receipt_email?: string | null | undefined
  readonly setup_future_usage?: 'off_session' | 'on_session' | null | undefined
  readonly statement_descriptor?: string | null | undefined
  readonly statement_descriptor_suffix?: string | null | undefined
  readonly takesAnyMethod?: boolean
}

const amountMin = 50

export function createIntent(world: World, given: IntentGiven): Stripe.PaymentIntent {
  if (given.amount < amountMin)
    throw invalid(`Amount must be at least ${amountMin} cents`, { code: 'amount_too_small', param: 'amount' })
  if (typeof given.customer === 'string') world.customers.named(given.customer, 'customer')
  const method = given.payment_method === undefined ? null : methodNamed(world, given.payment_method)
  if (method) checkOwner(method, given.customer ?? null)
  const id = world.makeId('pi')
  const intent: Stripe.PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: given.takesAnyMethod === true ? { enabled: true } : null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${world.makeId('s', 25).slice(2)}`,
    confirmation_method: 'automatic',
    created: world.timeline.now(),
    currency: given.currency,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: withMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: given.receipt_email ?? null,
    review: null,
    setup_future_usage: given.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: given.statement_descriptor ?? null,
    statement_descriptor_suffix: given.statement_descriptor_suffix ?? null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
  world.paymentIntents.put(intent)
  world.emit('payment_intent.created', intent)
  return intent
}

export type IntentChange = { readonly amount?: number | undefined } & Pick<
  IntentGiven,
  'customer' | 'description' | 'metadata' | 'payment_method' | 'receipt_email' | 'setup_future_usage'
>

export function updateIntent(world: World, id: string, change: IntentChange): Stripe.PaymentIntent {
  const before = world.paymentIntents.get(id)
  const touchesMoney =
    change.amount !== undefined || change.customer !== undefined || change.payment_method !== undefined
  if (touchesMoney && !open.includes(before.status)) throw unexpectedState(before, 'update')
  if (typeof change.customer === 'string') world.customers.named(change.customer, 'customer')
  const customer = change.customer === undefined ? (before.customer as string | null) : change.customer
  const method = change.payment_method === undefined ? undefined : methodNamed(world, change.payment_method)
  if (method) checkOwner(method, customer)
  return world.paymentIntents.put({
    ...before,
    amount: change.amount ?? before.amount,
    customer,
    description: change.description === undefined ? before.description : change.description,
    metadata: change.metadata === undefined ? before.metadata : withMetadata(before.metadata, change.metadata),
    payment_method: method?.id ?? before.payment_method,
    receipt_email: change.receipt_email === undefined ? before.receipt_email : change.receipt_email,
    setup_future_usage: change.setup_future_usage === undefined ? before.setup_future_usage : change.setup_future_usage,
    status: method && before.status === 'requires_payment_method' ? 'requires_confirmation' : before.status,
  })
}

export function cancelIntent(
  world: World,
  id: string,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): Stripe.PaymentIntent {
  const intent = world.paymentIntents.get(id)
  if (!open.includes(intent.status)) throw unexpectedState(intent, 'cancel')
  const canceled = world.paymentIntents.put({
    ...intent,
    canceled_at: world.timeline.now(),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  })
  world.emit('payment_intent.canceled', canceled)
  return canceled
}

/** States in which no money has moved and some still may. */
export const open: readonly string[] = ['requires_payment_method', 'requires_confirmation', 'requires_action']

export const unexpectedState = (intent: Stripe.PaymentIntent, verb: string): StripeFault =>
  invalid(
    `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. That takes a PaymentIntent with one of the following statuses: ${open.join(', ')}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: intent },
  )

/** A kept card pays for its own customer only. */
export function checkOwner(method: Stripe.PaymentMethod, customerId: string | null): void {
  if (method.customer === null || method.customer === customerId) return
  throw invalid(
    customerId === null
      ? 'The provided PaymentMethod belongs to a Customer. Please include the Customer in the `customer` parameter on the PaymentIntent.'
      : `The PaymentMethod ${method.id} does not belong to the Customer ${customerId}.`,
    { param: 'payment_method' },
  )
}
