import type { Stripe } from 'stripe'
import { invalid, type StripeFault } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { World } from '../world/world.ts'
import { asksForHolder } from './confirm.ts'
import { cardError } from './declines.ts'
import { checkOwner } from './payment-intents.ts'
import { attachPaymentMethod, methodNamed, spent } from './payment-methods.ts'

export type SetupGiven = {
  readonly customer?: string | null | undefined
  readonly payment_method?: string | undefined
  readonly description?: string | null | undefined
  readonly metadata?: Record<string, string> | null | undefined
  readonly usage?: 'off_session' | 'on_session' | undefined
  readonly takesAnyMethod?: boolean
}

export function createSetup(world: World, given: SetupGiven): Stripe.SetupIntent {
  if (typeof given.customer === 'string') world.customers.named(given.customer, 'customer')
  const method = given.payment_method === undefined ? null : methodNamed(world, given.payment_method)
  if (method) checkOwner(method, given.customer ?? null)
  const id = world.makeId('seti')
  const setup: Stripe.SetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: given.takesAnyMethod === true ? { enabled: true } : null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${world.makeId('s', 25).slice(2)}`,
    created: world.timeline.now(),
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: withMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    usage: given.usage ?? 'off_session',
  }
  world.setupIntents.put(setup)
  world.emit('setup_intent.created', setup)
  return setup
}

export type SetupConfirmGiven = {
  readonly payment_method?: string | undefined
  readonly return_url?: string | undefined
  readonly isAuthenticated?: boolean
}

const open: ReadonlySet<string> = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action'])

/** Sets a card up for later, asking its holder to show themselves where its bank wants that. */
export function confirmSetup(world: World, id: string, given: SetupConfirmGiven): Stripe.SetupIntent {
  const before = world.setupIntents.get(id)
  if (!open.has(before.status)) throw unexpectedState(before, 'confirm')
  const named = given.payment_method ?? (before.payment_method as string | null)
  if (named === null) throw unexpectedState(before, 'confirm')
  const method = methodNamed(world, named)
  checkOwner(method, before.customer as string | null)
  const facts = world.cards.get(method.id)!
  if (facts.isSpent) throw spent()
  const begun: Stripe.SetupIntent = { ...before, payment_method: method.id, next_action: null, last_setup_error: null }
  if (given.isAuthenticated !== true && asksForHolder(facts)) {
    const redirect = { return_url: given.return_url ?? null, url: `${world.origin()}/3d-secure/${id}` }
    const asking = world.setupIntents.put({
      ...begun,
      next_action: { type: 'redirect_to_url', redirect_to_url: redirect },
      status: 'requires_action',
    })
    world.emit('setup_intent.requires_action', asking)
    return asking
  }
  const { decline, declinesOnlyWhenKept } = facts.card
  if (decline && !declinesOnlyWhenKept) {
    const failed = failSetup(world, begun, decline.message, { code: decline.code, decline_code: decline.declineCode })
    throw cardError(decline, { setup_intent: failed, payment_method: method })
  }
  if (typeof begun.customer === 'string') attachPaymentMethod(world, method, begun.customer)
  world.cards.set(method.id, { ...facts, isSetUp: facts.isSetUp || begun.usage === 'off_session' })
  const done = world.setupIntents.put({ ...begun, status: 'succeeded' })
  world.emit('setup_intent.succeeded', done)
  return done
}

type SetupError = { readonly code: string; readonly decline_code?: string }

export function failSetup(
  world: World,
  begun: Stripe.SetupIntent,
  message: string,
  error: SetupError,
): Stripe.SetupIntent {
  const failed = world.setupIntents.put({
    ...begun,
    last_setup_error: {
      ...error,
      code: error.code,
      message,
      payment_method: world.paymentMethods.get(begun.payment_method as string),
      type: error.decline_code === undefined ? 'invalid_request_error' : 'card_error',
    },
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  })
  world.emit('setup_intent.setup_failed', failed)
  return failed
}

export function cancelSetup(
  world: World,
  id: string,
  reason: Stripe.SetupIntent.CancellationReason | null,
): Stripe.SetupIntent {
  const before = world.setupIntents.get(id)
  if (!open.has(before.status)) throw unexpectedState(before, 'cancel')
  const canceled = world.setupIntents.put({
    ...before,
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  })
  world.emit('setup_intent.canceled', canceled)
  return canceled
}

const unexpectedState = (setup: Stripe.SetupIntent, verb: string): StripeFault =>
  invalid(`You cannot ${verb} this SetupIntent because it has a status of ${setup.status}.`, {
    code: 'setup_intent_unexpected_state',
    setup_intent: setup,
  })
