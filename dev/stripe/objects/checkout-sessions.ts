import type { Stripe } from 'stripe'
import { invalid } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { Order, World } from '../world/world.ts'
import { cancelIntent } from './payment-intents.ts'
import { lineItem, sum, type LineGiven } from './line-items.ts'

export type SessionGiven = {
  readonly mode: 'payment' | 'setup'
  readonly success_url: string
  readonly cancel_url?: string | undefined
  readonly currency?: string | undefined
  readonly customer?: string | undefined
  readonly customer_creation?: 'always' | 'if_required' | undefined
  readonly customer_email?: string | undefined
  readonly client_reference_id?: string | undefined
  readonly expires_at?: number | undefined
  readonly line_items?: readonly LineGiven[] | undefined
  readonly metadata?: Record<string, string> | null | undefined
  readonly adaptive_pricing?: { readonly enabled: boolean } | undefined
  readonly automatic_tax?: { readonly enabled: boolean } | undefined
  readonly tax_id_collection?: { readonly enabled: boolean } | undefined
  readonly customer_update?: CustomerUpdate | undefined
  readonly billing_address_collection?: 'auto' | 'required' | undefined
  readonly submit_type?: 'auto' | 'pay' | undefined
  readonly locale?: string | undefined
  readonly invoice_creation?: { readonly enabled: boolean; readonly invoice_data?: InvoiceData | undefined } | undefined
  readonly saved_payment_method_options?:
    | { readonly payment_method_save?: 'enabled' | 'disabled' | undefined }
    | undefined
  readonly payment_intent_data?: PaymentData | undefined
  readonly setup_intent_data?: Pick<PaymentData, 'description' | 'metadata'> | undefined
}

type PaymentData = {
  readonly [Field in Exclude<keyof Order['payment'], 'metadata'>]?: Order['payment'][Field] | undefined
} & {
  readonly metadata?: Record<string, string> | null | undefined
}

type CustomerUpdate = { readonly [What in 'address' | 'name']?: 'auto' | 'never' | undefined }

type InvoiceData = {
  readonly description?: string | undefined
  readonly footer?: string | undefined
  readonly metadata?: Record<string, string> | null | undefined
}

const halfHour = 1_800
const day = 86_400

/** What every session of the emulator has in common. */
const always = {
  object: 'checkout.session',
  after_expiration: null,
  allow_promotion_codes: null,
  allowed_payment_method_types: null,
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
  customer_account: null,
  integration_identifier: null,
  invoice: null,
  livemode: false,
  managed_payments: null,
  origin_context: null,
  payment_intent: null,
  payment_link: null,
  payment_method_configuration_details: null,
  payment_method_options: { card: { request_three_d_secure: 'automatic' } },
  permissions: null,
  phone_number_collection: { enabled: false },
  recovered_from: null,
  setup_intent: null,
  shipping_address_collection: null,
  shipping_cost: null,
  shipping_options: [],
  status: 'open',
  subscription: null,
  ui_mode: 'hosted_page',
  wallet_options: null,
} satisfies Partial<Stripe.Checkout.Session>

export function createSession(world: World, given: SessionGiven): Stripe.Checkout.Session {
  const now = world.timeline.now()
  const expiresAt = given.expires_at ?? now + day
  checkGiven(world, given, expiresAt - now)
  const isPayment = given.mode === 'payment'
  const lines = (given.line_items ?? []).map((line) => lineItem(world, line))
  const id = world.makeId('cs_test', 58)
  const session: Stripe.Checkout.Session = {
    ...always,
    id,
    adaptive_pricing: isPayment ? { enabled: given.adaptive_pricing?.enabled ?? false } : null,
    amount_subtotal: isPayment ? sum(lines, 'amount_subtotal') : null,
    amount_total: isPayment ? sum(lines, 'amount_total') : null,
    automatic_tax: taxOf(given),
    billing_address_collection: given.billing_address_collection ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    created: now,
    currency: isPayment ? lines[0]!.currency : (given.currency ?? null),
    customer: given.customer ?? null,
    customer_creation: given.customer === undefined && isPayment ? (given.customer_creation ?? 'if_required') : null,
    customer_details: detailsOf(world, given),
    customer_email: given.customer_email ?? null,
    discounts: isPayment ? [] : null,
    expires_at: expiresAt,
    invoice_creation: isPayment ? invoiceCreationOf(given) : null,
    locale: given.locale ?? null,
    metadata: withMetadata({}, given.metadata),
    mode: given.mode,
    payment_method_collection: isPayment ? 'if_required' : 'always',
    payment_method_types: ['card'],
    payment_status: isPayment ? 'unpaid' : 'no_payment_required',
    saved_payment_method_options: savedOptions(given),
    submit_type: given.submit_type ?? null,
    success_url: given.success_url,
    ...(given.tax_id_collection?.enabled === true && {
      tax_id_collection: { enabled: true, required: 'never' as const },
    }),
    total_details: isPayment ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    url: `${world.origin()}/c/pay/${id}`,
  }
  world.orders.set(id, orderOf(given, lines))
  world.timeline.after((expiresAt - now) * 1_000, () => void expireOpen(world, id))
  return world.sessions.put(session)
}

function checkGiven(world: World, given: SessionGiven, lastsSeconds: number): void {
  if (lastsSeconds < halfHour || lastsSeconds > day)
    throw invalid(
      'The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    )
  if (given.customer !== undefined) {
    world.customers.named(given.customer, 'customer')
    if (given.customer_email !== undefined || given.customer_creation !== undefined)
      throw invalid('You may only specify one of these parameters: customer, customer_email, customer_creation.')
    checkTax(world.customers.get(given.customer), given)
  }
  if (given.mode === 'setup') {
    if (
      given.line_items !== undefined ||
      given.payment_intent_data !== undefined ||
      given.invoice_creation !== undefined
    )
      throw invalid('You can only pass `line_items`, `payment_intent_data` and `invoice_creation` in `payment` mode.')
    if (given.currency === undefined)
      throw invalid('Missing required param: currency.', { code: 'parameter_missing', param: 'currency' })
    return
  }
  const lines = given.line_items ?? []
  if (lines.length === 0)
    throw invalid('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' })
  if (new Set(lines.map(({ price_data: { currency } }) => currency)).size > 1)
    throw invalid('All line items have to be in one currency.', { param: 'line_items' })
  if (lines.reduce((total, { price_data: data, quantity = 1 }) => total + data.unit_amount * quantity, 0) < 50)
    throw invalid("The Checkout Session's total amount due must add up to at least $0.50 usd", {
      code: 'amount_too_small',
    })
  if (given.setup_intent_data !== undefined) throw invalid('You can only pass `setup_intent_data` in `setup` mode.')
}

/** Tax needs to know where a customer is, and what it is called: from before, or from the page. */
function checkTax(customer: Stripe.Customer, given: SessionGiven): void {
  if (given.automatic_tax?.enabled === true && !customer.address?.country && given.customer_update?.address !== 'auto')
    throw invalid(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
      { code: 'customer_tax_location_invalid' },
    )
  if (given.tax_id_collection?.enabled === true && given.customer_update?.name !== 'auto')
    throw invalid(
      'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.',
    )
}

const taxOf = ({ automatic_tax: tax }: SessionGiven): Stripe.Checkout.Session.AutomaticTax =>
  tax?.enabled === true
    ? { enabled: true, liability: { type: 'self' }, provider: 'stripe', status: 'requires_location_inputs' }
    : { enabled: false, liability: null, provider: null, status: null }

function detailsOf(world: World, given: SessionGiven): Stripe.Checkout.Session.CustomerDetails | null {
  const email = given.customer === undefined ? given.customer_email : world.customers.get(given.customer).email
  return email === undefined || email === null ? null : { ...noDetails, email, tax_exempt: 'none' }
}

const noDetails: Stripe.Checkout.Session.CustomerDetails = {
  address: null,
  business_name: null,
  email: null,
  individual_name: null,
  name: null,
  phone: null,
  tax_exempt: null,
  tax_ids: null,
}

function invoiceCreationOf({ invoice_creation: given }: SessionGiven): Stripe.Checkout.Session.InvoiceCreation {
  const data = given?.invoice_data
  return {
    enabled: given?.enabled === true,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: data?.description ?? null,
      footer: data?.footer ?? null,
      issuer: null,
      metadata: withMetadata({}, data?.metadata),
      rendering_options: null,
    },
  }
}

function savedOptions(given: SessionGiven): Stripe.Checkout.Session.SavedPaymentMethodOptions | null {
  const save = given.saved_payment_method_options?.payment_method_save
  if (given.customer === undefined && save === undefined) return null
  return { allow_redisplay_filters: ['always'], payment_method_remove: 'disabled', payment_method_save: save ?? null }
}

function orderOf(given: SessionGiven, lines: readonly Stripe.LineItem[]): Order {
  const payment = given.payment_intent_data
  return {
    lines,
    updates: { address: given.customer_update?.address === 'auto', name: given.customer_update?.name === 'auto' },
    payment: {
      metadata: withMetadata({}, payment?.metadata),
      description: payment?.description ?? null,
      receipt_email: payment?.receipt_email ?? null,
      setup_future_usage: payment?.setup_future_usage ?? null,
      statement_descriptor: payment?.statement_descriptor ?? null,
      statement_descriptor_suffix: payment?.statement_descriptor_suffix ?? null,
    },
    setup: {
      metadata: withMetadata({}, given.setup_intent_data?.metadata),
      description: given.setup_intent_data?.description ?? null,
    },
  }
}

/** What `POST .../expire` does; a session that is not open any more is refused. */
export function expireSession(world: World, id: string): Stripe.Checkout.Session {
  const { status } = world.sessions.get(id)
  if (status !== 'open')
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${String(status)}.`,
    )
  return expireOpen(world, id)
}

function expireOpen(world: World, id: string): Stripe.Checkout.Session {
  const session = world.sessions.get(id)
  if (session.status !== 'open') return session
  const expired = world.sessions.put({ ...session, status: 'expired', url: null })
  const intent = session.payment_intent as string | null
  if (intent !== null) cancelIntent(world, intent, 'expired')
  world.emit('checkout.session.expired', expired)
  return expired
}
