import type { Stripe } from 'stripe'

/** What a payer sees and where they are sent, without a browser. */
export type Seen = { readonly status: number; readonly text: string; readonly to: string | null }

/** Presses the button of a form, as a browser without scripts does. */
export const press = (url: string, fields: Readonly<Record<string, string>>): Promise<Seen> =>
  ask(url, { method: 'POST', body: new URLSearchParams(fields) })

export const look = (url: string): Promise<Seen> => ask(url, {})

async function ask(url: string, how: RequestInit): Promise<Seen> {
  const response = await fetch(url, { redirect: 'manual', ...how })
  const to = response.headers.get('location')
  return { status: response.status, text: await response.text(), to: to === null ? null : new URL(to, url).href }
}

/** The fields of a card as people type them. */
export const typed = (number: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...{ email: 'payer@example.com', number, expiry: '12/34', cvc: '123', name: 'Ada Payer', country: 'US' },
  ...more,
})

/** Somebody pays on the page of a session. */
export const pay = ({ url }: Stripe.Checkout.Session, number: string, more = {}): Promise<Seen> =>
  press(url!, typed(number, more))

export const visa = '4242 4242 4242 4242'

/** A session as RedPill asks for one. */
export const order = (
  cents: number,
  more: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Stripe.Checkout.SessionCreateParams => ({
  ...{ mode: 'payment', client_reference_id: 'order-1', metadata: { redpill_order: 'order-1' } },
  success_url: 'http://localhost:8787/credits?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://localhost:8787/credits',
  line_items: [
    { quantity: 1, price_data: { currency: 'usd', unit_amount: cents, product_data: { name: '50000000 credits' } } },
  ],
  payment_intent_data: { metadata: { redpill_order: 'order-1' } },
  ...more,
})
