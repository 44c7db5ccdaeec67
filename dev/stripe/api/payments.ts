import type { Stripe } from 'stripe'
import { z } from 'zod'
import { confirmIntent, type ConfirmGiven } from '../objects/confirm.ts'
import { cancelIntent, createIntent, updateIntent } from '../objects/payment-intents.ts'
import { cancelSetup, confirmSetup, createSetup } from '../objects/setup-intents.ts'
import { invalid } from '../protocol/faults.ts'
import { cents, currency, flag, isWithin, metadata, paging, paramsOf, range, text, url } from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import type { World } from '../world/world.ts'
import { route, type Route } from './route.ts'

const nothing = z.strictObject({})
const usage = z.enum(['off_session', 'on_session'])
const methodTypes = z.array(z.enum(['card'])).min(1)
const anyMethod = z.strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).optional() })
const descriptor = text.max(22)
const reason = z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'])

const confirming = {
  off_session: flag.optional(),
  error_on_requires_action: flag.optional(),
  return_url: url.optional(),
}

const creating = paramsOf<Stripe.PaymentIntentCreateParams>()({
  amount: cents,
  currency,
  customer: text.optional(),
  payment_method: text.optional(),
  allowed_payment_method_types: methodTypes.optional(),
  automatic_payment_methods: anyMethod.optional(),
  capture_method: z.enum(['automatic', 'automatic_async']).optional(),
  confirm: flag.optional(),
  ...confirming,
  description: text.optional(),
  metadata: metadata.optional(),
  receipt_email: text.optional(),
  setup_future_usage: usage.optional(),
  statement_descriptor: descriptor.optional(),
  statement_descriptor_suffix: descriptor.optional(),
})

function checkConfirm(isConfirming: boolean, given: ConfirmGiven): void {
  for (const param of ['off_session', 'error_on_requires_action'] as const)
    if (given[param] !== undefined && !isConfirming)
      throw invalid(
        `The parameter '${param}' cannot be used when creating a PaymentIntent without confirming it (confirm=true).`,
        { param },
      )
}

/** What a Checkout Session has made is its payer's, for as long as the session is open. */
function checkOwn({ sessions }: World, intent: string): void {
  const isCheckouts = sessions
    .newestFirst()
    .some(({ payment_intent: made, status }) => made === intent && status === 'open')
  if (isCheckouts)
    throw invalid(
      'This PaymentIntent was created by a Checkout Session. Its state is changed by the session alone; expire the session to cancel it.',
      { code: 'payment_intent_unexpected_state' },
    )
}

export const paymentIntentRoutes: readonly Route[] = [
  route('POST', '/v1/payment_intents', creating, ({ world, params }) => {
    checkConfirm(params.confirm === true, params)
    const { id, ...intent } = createIntent(world, {
      ...params,
      takesAnyMethod: params.automatic_payment_methods?.enabled ?? params.allowed_payment_method_types === undefined,
    })
    return params.confirm === true
      ? confirmIntent(world, id, { ...params, payment_method: undefined })
      : { id, ...intent }
  }),
  route(
    'GET',
    '/v1/payment_intents',
    paramsOf<Stripe.PaymentIntentListParams>()({ ...paging, customer: text.optional(), created: range.optional() }),
    ({ world, params, path }) => {
      const found = world.paymentIntents
        .newestFirst()
        .filter(
          ({ customer, created }) =>
            (params.customer === undefined || customer === params.customer) && isWithin(created, params.created),
        )
      return pageOf('payment_intent', found, path, params)
    },
  ),
  route('GET', '/v1/payment_intents/:id', z.strictObject({ client_secret: text.optional() }), ({ world, id }) =>
    world.paymentIntents.get(id),
  ),
  route(
    'POST',
    '/v1/payment_intents/:id',
    paramsOf<Stripe.PaymentIntentUpdateParams>()({
      amount: cents.optional(),
      customer: text.optional(),
      description: text.optional(),
      metadata: metadata.optional(),
      payment_method: text.optional(),
      receipt_email: text.optional(),
      setup_future_usage: usage.optional(),
    }),
    ({ world, id, params }) => {
      if (params.amount !== undefined || params.payment_method !== undefined) checkOwn(world, id)
      return updateIntent(world, id, params)
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/confirm',
    paramsOf<Stripe.PaymentIntentConfirmParams>()({
      ...confirming,
      payment_method: text.optional(),
      setup_future_usage: usage.optional(),
    }),
    ({ world, id, params }) => {
      checkOwn(world, id)
      return confirmIntent(world, id, params)
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/cancel',
    z.strictObject({ cancellation_reason: reason.optional() }),
    ({ world, id, params }) => {
      checkOwn(world, id)
      return cancelIntent(world, id, params.cancellation_reason ?? null)
    },
  ),
]

export const setupIntentRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/setup_intents',
    paramsOf<Stripe.SetupIntentCreateParams>()({
      customer: text.optional(),
      payment_method: text.optional(),
      allowed_payment_method_types: methodTypes.optional(),
      automatic_payment_methods: anyMethod.optional(),
      confirm: flag.optional(),
      description: text.optional(),
      metadata: metadata.optional(),
      return_url: url.optional(),
      usage: usage.optional(),
    }),
    ({ world, params }) => {
      const setup = createSetup(world, {
        ...params,
        takesAnyMethod: params.automatic_payment_methods?.enabled ?? params.allowed_payment_method_types === undefined,
      })
      return params.confirm === true ? confirmSetup(world, setup.id, { return_url: params.return_url }) : setup
    },
  ),
  route(
    'GET',
    '/v1/setup_intents',
    paramsOf<Stripe.SetupIntentListParams>()({ ...paging, customer: text.optional(), payment_method: text.optional() }),
    ({ world, params, path }) => {
      const found = world.setupIntents
        .newestFirst()
        .filter(
          ({ customer, payment_method: method }) =>
            (params.customer === undefined || customer === params.customer) &&
            (params.payment_method === undefined || method === params.payment_method),
        )
      return pageOf('setup_intent', found, path, params)
    },
  ),
  route('GET', '/v1/setup_intents/:id', nothing, ({ world, id }) => world.setupIntents.get(id)),
  route(
    'POST',
    '/v1/setup_intents/:id/confirm',
    paramsOf<Stripe.SetupIntentConfirmParams>()({ payment_method: text.optional(), return_url: url.optional() }),
    ({ world, id, params }) => confirmSetup(world, id, params),
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/cancel',
    z.strictObject({ cancellation_reason: z.enum(['abandoned', 'duplicate', 'requested_by_customer']).optional() }),
    ({ world, id, params }) => cancelSetup(world, id, params.cancellation_reason ?? null),
  ),
]
