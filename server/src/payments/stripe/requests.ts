/** What Stripe is asked, as data: pure, so that the same order always asks the same. */
import type { Stripe } from 'stripe'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import { toCredits } from '../../core/money.ts'
import { toCents } from './cents.ts'
import { autoTopUpPurpose, orderKey, purposeKey } from './objects/meant.ts'

const minuteMs = 60_000
/** Stripe takes 30 minutes to 24 hours. */
const pageLeastMs = 31 * minuteMs
const pageMostMs = 24 * 60 * minuteMs - minuteMs

export type Priced = { readonly id: Uuid; readonly amount: NanoUsd; readonly fee: NanoUsd }

export type PageWish = {
  readonly order: Priced & { readonly expiresAt: Date | undefined }
  readonly customerId: string
  /** Only where its owner wants it is a card kept. */
  readonly saveCard: boolean
  readonly tax: boolean
  readonly invoice: boolean
  /** Where the browser goes back to. */
  readonly returnTo: string
  readonly nowMs: number
}

const wordsFor = ({ amount }: Priced): string => `${toCredits(amount)} credits`

export function pageRequest(wish: PageWish): Stripe.Checkout.SessionCreateParams {
  const { order, customerId, saveCard, tax, invoice, returnTo, nowMs } = wish
  const metadata = { [orderKey]: order.id }
  const expiresMs = Math.min(Math.max(order.expiresAt?.getTime() ?? 0, nowMs + pageLeastMs), nowMs + pageMostMs)
  const line = (name: string, amount: NanoUsd): Stripe.Checkout.SessionCreateParams.LineItem => ({
    quantity: 1,
    price_data: {
      ...{ currency: 'usd', unit_amount: toCents(amount), product_data: { name } },
      ...(tax && { tax_behavior: 'exclusive' }),
    },
  })
  return {
    mode: 'payment',
    ...{ client_reference_id: order.id, metadata, customer: customerId },
    line_items: [line(wordsFor(order), order.amount), ...(order.fee > 0n ? [line('Card fee', order.fee)] : [])],
    payment_intent_data: {
      ...{ metadata, description: wordsFor(order) },
      ...(saveCard && { setup_future_usage: 'off_session' }),
    },
    ...{ success_url: returnTo, cancel_url: returnTo, expires_at: Math.floor(expiresMs / 1_000) },
    // What is charged is what was agreed, in the currency in which it was agreed.
    adaptive_pricing: { enabled: false },
    ...(tax && {
      ...{ automatic_tax: { enabled: true }, tax_id_collection: { enabled: true } },
      customer_update: { address: 'auto', name: 'auto' },
    }),
    ...(invoice && { invoice_creation: { enabled: true, invoice_data: { metadata } } }),
  }
}

export type ChargeWish = { readonly order: Priced; readonly customerId: string; readonly cardId: string }

/** Without its owner: a bank that wants to see them says no at once, and nothing is left half done. */
export function chargeRequest({ order, customerId, cardId }: ChargeWish): Stripe.PaymentIntentCreateParams {
  return {
    ...{ amount: toCents(order.amount) + toCents(order.fee), currency: 'usd' },
    ...{ customer: customerId, payment_method: cardId },
    ...{ confirm: true, off_session: true, error_on_requires_action: true },
    // None that would lead a browser elsewhere: there is none.
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    ...{ metadata: { [orderKey]: order.id }, description: wordsFor(order) },
  }
}

export type CardPageWish = { readonly customerId: string; readonly returnTo: string; readonly isForAutoTopUp: boolean }

/** A page that takes a card without charging it. */
export function cardPageRequest(wish: CardPageWish): Stripe.Checkout.SessionCreateParams {
  const { customerId, returnTo, isForAutoTopUp } = wish
  return {
    ...{ mode: 'setup', currency: 'usd', customer: customerId },
    ...{ success_url: returnTo, cancel_url: returnTo },
    ...(isForAutoTopUp && { setup_intent_data: { metadata: { [purposeKey]: autoTopUpPurpose } } }),
  }
}
