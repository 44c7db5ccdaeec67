import type { Stripe } from 'stripe'
import { invalid } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { World } from '../world/world.ts'

export type CustomerChange = {
  readonly email?: string | null | undefined
  readonly name?: string | null | undefined
  readonly phone?: string | null | undefined
  readonly description?: string | null | undefined
  readonly address?: GivenAddress | undefined
  readonly metadata?: Record<string, string> | null | undefined
  readonly default_payment_method?: string | null | undefined
}

export type GivenAddress = { readonly [Part in keyof Stripe.Address]?: Stripe.Address[Part] | undefined }

export const wholeAddress = (given: GivenAddress): Stripe.Address => ({
  city: given.city ?? null,
  country: given.country ?? null,
  line1: given.line1 ?? null,
  line2: given.line2 ?? null,
  postal_code: given.postal_code ?? null,
  state: given.state ?? null,
})

export function createCustomer(world: World, given: CustomerChange): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: world.makeId('cus', 14),
    object: 'customer',
    address: given.address === undefined ? null : wholeAddress(given.address),
    balance: 0,
    created: world.timeline.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: given.description ?? null,
    discount: null,
    email: given.email ?? null,
    invoice_prefix: world.makeId('x', 8).slice(2).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: withMetadata({}, given.metadata),
    name: given.name ?? null,
    next_invoice_sequence: 1,
    phone: given.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  world.customers.put(customer)
  world.emit('customer.created', customer)
  return customer
}

export function updateCustomer(world: World, id: string, change: CustomerChange): Stripe.Customer {
  const before = world.customers.get(id)
  const { default_payment_method: method } = change
  const param = 'invoice_settings[default_payment_method]'
  if (typeof method === 'string' && world.paymentMethods.named(method, param).customer !== id)
    throw invalid(`The customer does not have a payment method with the ID ${method}.`, { param })
  const after = world.customers.put({
    ...before,
    email: change.email === undefined ? before.email : change.email,
    name: change.name === undefined ? (before.name ?? null) : change.name,
    phone: change.phone === undefined ? (before.phone ?? null) : change.phone,
    description: change.description === undefined ? before.description : change.description,
    address: change.address === undefined ? (before.address ?? null) : wholeAddress(change.address),
    metadata: change.metadata === undefined ? before.metadata : withMetadata(before.metadata, change.metadata),
    invoice_settings: {
      ...before.invoice_settings,
      default_payment_method: method === undefined ? before.invoice_settings.default_payment_method : method,
    },
  })
  world.emit('customer.updated', after, before)
  return after
}

export function deleteCustomer(world: World, id: string): Stripe.DeletedCustomer {
  const customer = world.customers.get(id)
  for (const method of world.paymentMethods.newestFirst())
    if (method.customer === id) {
      world.paymentMethods.put({ ...method, customer: null })
      world.cards.set(method.id, { ...world.cards.get(method.id)!, isSpent: true })
    }
  world.customers.remove(id)
  world.deletedCustomers.add(id)
  world.emit('customer.deleted', customer)
  return { id, object: 'customer', deleted: true }
}
