import type { Stripe } from 'stripe'
import { z } from 'zod'
import { createSession, expireSession } from '../objects/checkout-sessions.ts'
import {
  currency,
  flag,
  isWithin,
  metadata,
  natural,
  paging,
  paramsOf,
  range,
  text,
  url,
  whole,
  withMetadata,
} from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { route, type Route } from './route.ts'

const nothing = z.strictObject({})

/** Stripe puts the session's id where the address says `{CHECKOUT_SESSION_ID}`. */
const address = text.refine((value) => URL.canParse(value.replaceAll(/[{}]/g, '')), 'Not a valid URL')

const line = paramsOf<Stripe.Checkout.SessionCreateParams.LineItem>()({
  quantity: whole.refine((value) => value >= 1, 'must be at least 1').optional(),
  price_data: paramsOf<Stripe.Checkout.SessionCreateParams.LineItem.PriceData>()({
    currency,
    unit_amount: natural,
    tax_behavior: z.enum(['exclusive', 'inclusive', 'unspecified']).optional(),
    product_data: paramsOf<Stripe.Checkout.SessionCreateParams.LineItem.PriceData.ProductData>()({
      name: text,
      description: text.optional(),
      tax_code: text.optional(),
      metadata: metadata.optional(),
    }),
  }),
})

const creating = paramsOf<Stripe.Checkout.SessionCreateParams>()({
  mode: z.enum(['payment', 'setup']),
  ui_mode: z.enum(['hosted_page']).optional(),
  success_url: address,
  cancel_url: url.optional(),
  currency: currency.optional(),
  customer: text.optional(),
  customer_creation: z.enum(['always', 'if_required']).optional(),
  customer_email: text.optional(),
  customer_update: z
    .strictObject({ address: z.enum(['auto', 'never']), name: z.enum(['auto', 'never']) })
    .partial()
    .optional(),
  client_reference_id: text.max(200).optional(),
  expires_at: natural.optional(),
  line_items: z.array(line).max(100).optional(),
  metadata: metadata.optional(),
  locale: text.optional(),
  submit_type: z.enum(['auto', 'pay']).optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  allowed_payment_method_types: z.array(z.enum(['card'])).optional(),
  adaptive_pricing: z.strictObject({ enabled: flag }).optional(),
  automatic_tax: z.strictObject({ enabled: flag }).optional(),
  tax_id_collection: z.strictObject({ enabled: flag }).optional(),
  invoice_creation: z
    .strictObject({
      enabled: flag,
      invoice_data: paramsOf<Stripe.Checkout.SessionCreateParams.InvoiceCreation.InvoiceData>()({
        description: text.optional(),
        footer: text.optional(),
        metadata: metadata.optional(),
      }).optional(),
    })
    .optional(),
  saved_payment_method_options: paramsOf<Stripe.Checkout.SessionCreateParams.SavedPaymentMethodOptions>()({
    payment_method_save: z.enum(['enabled', 'disabled']).optional(),
    allow_redisplay_filters: z.array(z.enum(['always', 'limited', 'unspecified'])).optional(),
  }).optional(),
  payment_intent_data: paramsOf<Stripe.Checkout.SessionCreateParams.PaymentIntentData>()({
    description: text.optional(),
    metadata: metadata.optional(),
    receipt_email: text.optional(),
    setup_future_usage: z.enum(['off_session', 'on_session']).optional(),
    statement_descriptor: text.max(22).optional(),
    statement_descriptor_suffix: text.max(22).optional(),
  }).optional(),
  setup_intent_data: z.strictObject({ description: text.optional(), metadata: metadata.optional() }).optional(),
})

const listing = paramsOf<Stripe.Checkout.SessionListParams>()({
  ...paging,
  created: range.optional(),
  customer: text.optional(),
  payment_intent: text.optional(),
  status: z.enum(['open', 'complete', 'expired']).optional(),
})

export const checkoutRoutes: readonly Route[] = [
  route('POST', '/v1/checkout/sessions', creating, ({ world, params }) => createSession(world, params)),
  route('GET', '/v1/checkout/sessions', listing, ({ world, params, path }) => {
    const found = world.sessions
      .newestFirst()
      .filter(
        (session) =>
          isWithin(session.created, params.created) &&
          (params.customer === undefined || session.customer === params.customer) &&
          (params.payment_intent === undefined || session.payment_intent === params.payment_intent) &&
          (params.status === undefined || session.status === params.status),
      )
    return pageOf('checkout.session', found, path, params)
  }),
  route('GET', '/v1/checkout/sessions/:id', nothing, ({ world, id }) => world.sessions.get(id)),
  route(
    'POST',
    '/v1/checkout/sessions/:id',
    z.strictObject({ metadata: metadata.optional() }),
    ({ world, id, params }) => {
      const before = world.sessions.get(id)
      return world.sessions.put({ ...before, metadata: withMetadata(before.metadata, params.metadata) })
    },
  ),
  route('POST', '/v1/checkout/sessions/:id/expire', nothing, ({ world, id }) => expireSession(world, id)),
  route('GET', '/v1/checkout/sessions/:id/line_items', z.strictObject(paging), ({ world, id, params, path }) => {
    world.sessions.get(id)
    return pageOf('item', world.orders.get(id)!.lines, path, params)
  }),
]
