import type { Stripe } from 'stripe'
import type { World } from '../world/world.ts'

/** What every invoice of the emulator has in common. */
const always = {
  object: 'invoice',
  account_country: 'US',
  account_name: 'RedPill (test)',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: true,
  auto_advance: false,
  automatically_finalizes_at: null,
  billing_reason: 'manual',
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  due_date: null,
  ending_balance: 0,
  from_invoice: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  next_payment_attempt: null,
  on_behalf_of: null,
  parent: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: 'paid',
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
} satisfies Partial<Stripe.Invoice>

/** The invoice of a Checkout Session that was paid: finalised, and paid as it is made. */
export function createInvoice(
  world: World,
  session: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent,
): Stripe.Invoice {
  const id = world.makeId('in')
  const now = world.timeline.now()
  const customer = world.customers.get(session.customer as string)
  const sequence = customer.next_invoice_sequence ?? 1
  const data = session.invoice_creation!.invoice_data
  const total = session.amount_total!
  const tax = session.total_details?.amount_tax ?? 0
  const address = `${world.origin()}/i/${id}`
  const invoice: Stripe.Invoice = {
    ...always,
    id,
    amount_due: total,
    amount_paid: total,
    automatic_tax: {
      disabled_reason: null,
      enabled: session.automatic_tax.enabled,
      liability: session.automatic_tax.enabled ? { type: 'self' } : null,
      provider: session.automatic_tax.provider,
      status: session.automatic_tax.enabled ? 'complete' : null,
    },
    created: now,
    currency: session.currency!,
    customer: customer.id,
    customer_address: session.customer_details?.address ?? null,
    customer_email: session.customer_details?.email ?? customer.email,
    customer_name: session.customer_details?.name ?? customer.name ?? null,
    description: data.description,
    effective_at: now,
    footer: data.footer,
    hosted_invoice_url: address,
    invoice_pdf: `${address}/pdf`,
    lines: { object: 'list', data: linesOf(world, session, id), has_more: false, url: `/v1/invoices/${id}/lines` },
    metadata: { ...data.metadata },
    number: `${customer.invoice_prefix ?? 'TEST'}-${String(sequence).padStart(4, '0')}`,
    payments: paymentsOf(world, { id, intent, total, now }),
    period_end: now,
    period_start: now,
    status_transitions: { finalized_at: now, marked_uncollectible_at: null, paid_at: now, voided_at: null },
    subtotal: session.amount_subtotal!,
    subtotal_excluding_tax: total - tax,
    total,
    total_excluding_tax: total - tax,
    webhooks_delivered_at: now,
  }
  world.customers.put({ ...customer, next_invoice_sequence: sequence + 1 })
  world.invoices.put(invoice)
  for (const type of ['invoice.created', 'invoice.finalized', 'invoice.paid', 'invoice.payment_succeeded'] as const)
    world.emit(type, invoice)
  return invoice
}

function linesOf(world: World, session: Stripe.Checkout.Session, invoice: string): Stripe.InvoiceLineItem[] {
  const now = world.timeline.now()
  return world.orders.get(session.id)!.lines.map((line) => ({
    id: world.makeId('il'),
    object: 'line_item',
    amount: line.amount_subtotal,
    currency: line.currency,
    description: line.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    parent: null,
    period: { end: now, start: now },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price!.id, product: line.price!.product as string },
      type: 'price_details',
      unit_amount_decimal: line.price!.unit_amount_decimal,
    },
    quantity: line.quantity,
    quantity_decimal: null,
    subscription: null,
    subtotal: line.amount_subtotal,
    taxes: [],
  }))
}

type Payment = {
  readonly id: string
  readonly intent: Stripe.PaymentIntent
  readonly total: number
  readonly now: number
}

const paymentsOf = (world: World, { id, intent, total, now }: Payment): Stripe.ApiList<Stripe.InvoicePayment> => ({
  object: 'list',
  data: [
    {
      id: world.makeId('inpay'),
      object: 'invoice_payment',
      amount_paid: total,
      amount_requested: total,
      created: now,
      currency: intent.currency,
      invoice: id,
      is_default: true,
      livemode: false,
      payment: { payment_intent: intent.id, type: 'payment_intent' },
      status: 'paid',
      status_transitions: { canceled_at: null, paid_at: now },
    },
  ],
  has_more: false,
  url: `/v1/invoice_payments?invoice=${id}`,
})
