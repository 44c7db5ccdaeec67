import type { Stripe } from 'stripe'
import { z } from 'zod'
import { createCustomer, deleteCustomer, updateCustomer } from '../objects/customers.ts'
import { attachPaymentMethod, detachPaymentMethod, methodNamed, methodsOf } from '../objects/payment-methods.ts'
import { missing } from '../protocol/faults.ts'
import { isWithin, metadata, paging, paramsOf, range, text, withMetadata } from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { route, type Route } from './route.ts'

/** Empty takes away. */
const cleared = z.string().transform((value) => (value === '' ? null : value))

const address = z
  .strictObject({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text })
  .partial()

const fields = {
  email: cleared.optional(),
  name: cleared.optional(),
  phone: cleared.optional(),
  description: cleared.optional(),
  address: address.optional(),
  metadata: metadata.optional(),
}

const nothing = z.strictObject({})
const cardsOnly = z.enum(['card'])

export const customerRoutes: readonly Route[] = [
  route('POST', '/v1/customers', paramsOf<Stripe.CustomerCreateParams>()(fields), ({ world, params }) =>
    createCustomer(world, params),
  ),
  route(
    'GET',
    '/v1/customers',
    paramsOf<Stripe.CustomerListParams>()({ ...paging, email: text.optional(), created: range.optional() }),
    (call) => {
      const { world, params } = call
      const found = world.customers
        .newestFirst()
        .filter(
          ({ email, created }) =>
            (params.email === undefined || email === params.email) && isWithin(created, params.created),
        )
      return pageOf('customer', found, call.path, params)
    },
  ),
  route('GET', '/v1/customers/:id', nothing, ({ world, id }) =>
    world.deletedCustomers.has(id) ? { id, object: 'customer', deleted: true } : world.customers.get(id),
  ),
  route(
    'POST',
    '/v1/customers/:id',
    paramsOf<Stripe.CustomerUpdateParams>()({
      ...fields,
      invoice_settings: paramsOf<Stripe.CustomerUpdateParams.InvoiceSettings>()({
        default_payment_method: cleared.optional(),
      }).optional(),
    }),
    ({ world, id, params: { invoice_settings: settings, ...change } }) =>
      updateCustomer(world, id, { ...change, default_payment_method: settings?.default_payment_method }),
  ),
  route('DELETE', '/v1/customers/:id', nothing, ({ world, id }) => deleteCustomer(world, id)),
  route(
    'GET',
    '/v1/customers/:id/payment_methods',
    paramsOf<Stripe.CustomerListPaymentMethodsParams>()({ ...paging, type: cardsOnly.optional() }),
    (call) => {
      call.world.customers.get(call.id)
      return pageOf('payment_method', methodsOf(call.world, call.id), call.path, call.params)
    },
  ),
]

export const paymentMethodRoutes: readonly Route[] = [
  route(
    'GET',
    '/v1/payment_methods',
    paramsOf<Stripe.PaymentMethodListParams>()({ ...paging, customer: text.optional(), type: cardsOnly.optional() }),
    ({ world, params, path }) => {
      if (params.customer === undefined) return pageOf('payment_method', [], path, params)
      world.customers.named(params.customer, 'customer')
      return pageOf('payment_method', methodsOf(world, params.customer), path, params)
    },
  ),
  route('GET', '/v1/payment_methods/:id', nothing, ({ world, id }) => world.paymentMethods.get(id)),
  route(
    'POST',
    '/v1/payment_methods/:id',
    paramsOf<Stripe.PaymentMethodUpdateParams>()({
      metadata: metadata.optional(),
      allow_redisplay: z.enum(['always', 'limited', 'unspecified']).optional(),
    }),
    ({ world, id, params }) => {
      const before = world.paymentMethods.get(id)
      const after = world.paymentMethods.put({
        ...before,
        ...(params.allow_redisplay !== undefined && { allow_redisplay: params.allow_redisplay }),
        metadata: params.metadata === undefined ? before.metadata : withMetadata(before.metadata, params.metadata),
      })
      world.emit('payment_method.updated', after, before)
      return after
    },
  ),
  route(
    'POST',
    '/v1/payment_methods/:id/attach',
    paramsOf<Stripe.PaymentMethodAttachParams>()({ customer: text }),
    ({ world, id, params }) => {
      const method = world.paymentMethods.find(id) ?? (id.startsWith('pm_card_') ? methodNamed(world, id) : undefined)
      if (!method) throw missing('PaymentMethod', id, 'payment_method')
      return attachPaymentMethod(world, method, params.customer)
    },
  ),
  route('POST', '/v1/payment_methods/:id/detach', nothing, ({ world, id }) => detachPaymentMethod(world, id)),
]
