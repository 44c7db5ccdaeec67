/** Whatever is sent, the emulator answers in Stripe's words or with a page, and goes on. */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { routes } from './api/index.ts'
import { order, pay, visa } from './test/payer.ts'
import { openEmulator } from './test/variants.ts'

const names = [
  ...[
    'amount',
    'currency',
    'customer',
    'payment_method',
    'confirm',
    'off_session',
    'metadata',
    'metadata[a]',
    'expand[]',
  ],
  ...[
    'mode',
    'success_url',
    'line_items[0][price_data][unit_amount]',
    'line_items[0][price_data][currency]',
    'expires_at',
  ],
  ...[
    'line_items[0][price_data][product_data][name]',
    'created[gte]',
    'limit',
    'starting_after',
    'ending_before',
    'charge',
  ],
  ...[
    'payment_intent',
    'type',
    'types[]',
    'email',
    'url',
    'enabled_events[]',
    'evidence[uncategorized_text]',
    'a[b][c][]',
  ],
]

test('no request of the API makes the emulator fail', async (t) => {
  const { emulator, stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
  const session = await stripe.checkout.sessions.create(order(1_000, { customer: customer.id }))
  await pay(session, visa)
  const [charge] = (await stripe.charges.list()).data
  const ids = [
    customer.id,
    card.id,
    session.id,
    charge!.id,
    charge!.payment_intent as string,
    'pm_card_visa',
    'nobody',
    '%',
    '',
  ]
  const values = [...ids, '0', '-1', '50', '1000', 'usd', 'true', 'false', 'payment', 'setup', 'card', 'always', '']
  const texts = [
    'http://localhost/',
    'latest_charge.balance_transaction',
    'line_items',
    'a.b.c.d.e',
    '*',
    '1e9',
    '<b>',
    '\u0000',
  ]
  const value = fc.oneof(fc.constantFrom(...values, ...texts), fc.string())
  const params = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 9 })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.constantFrom(...ids),
      params,
      async ({ method, path }, id, sent) => {
        const query = new URLSearchParams(sent).toString()
        const url = `${emulator.url}${path.replace(':id', () => id)}${method === 'POST' ? '' : `?${query}`}`
        const headers = {
          authorization: `Bearer ${emulator.secretKey}`,
          'content-type': 'application/x-www-form-urlencoded',
        }
        const response = await fetch(url, { method, headers, ...(method === 'POST' && { body: query }) })
        const text = await response.text()
        ok(response.status < 500, `${method} ${url} ${query}: ${text}`)
        ok(response.status === 200 || 'error' in (JSON.parse(text) as object), text)
      },
    ),
    { numRuns: 400 },
  )
})

test('no form makes a page of the emulator fail', async (t) => {
  const { emulator, stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({})
  const session = await stripe.checkout.sessions.create(order(1_000))
  const asked = await pay(await stripe.checkout.sessions.create(order(1_000)), '4000002760003184')
  const portal = await stripe.billingPortal.sessions.create({ customer: customer.id })
  const pages = [
    session.url!,
    asked.to!,
    portal.url,
    `${portal.url}/add`,
    `${portal.url}/remove`,
    `${portal.url}/default`,
  ]
  const fields = ['email', 'number', 'expiry', 'cvc', 'name', 'country', 'with', 'save', 'card', 'answer']
  const texts = [
    '4242424242424242',
    '12/34',
    '99/99',
    '123',
    'Ada',
    'DE',
    'toString',
    '__proto__',
    'new',
    'yes',
    'a@b.co',
  ]
  const form = fc.array(fc.tuple(fc.constantFrom(...fields), fc.oneof(fc.constantFrom(...texts), fc.string())), {
    maxLength: 9,
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pages), fc.constantFrom('GET', 'POST'), form, async (url, method, sent) => {
      const body = new URLSearchParams(sent)
      const to = method === 'GET' ? `${url}?${body.toString()}` : url
      const response = await fetch(to, { method, redirect: 'manual', ...(method === 'POST' && { body }) })
      ok(response.status < 500, `${method} ${to} ${body.toString()}`)
      await response.text()
    }),
    { numRuns: 300 },
  )
  equal((await fetch(`${emulator.url}/`)).status, 200)
})
