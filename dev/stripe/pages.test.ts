import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { Stripe } from 'stripe'
import { look, order, pay, press, typed, visa } from './test/payer.ts'
import { openEmulator } from './test/variants.ts'

test('who pays is sent back with the session, and the session tells what was paid', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const session = await stripe.checkout.sessions.create(
    order(2_500, { customer: customer.id, invoice_creation: { enabled: true } }),
  )
  const seen = await pay(session, visa)
  equal(seen.to, `http://localhost:8787/credits?session=${session.id}`)
  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['payment_intent.latest_charge.balance_transaction', 'invoice'],
  })
  deepEqual([paid.status, paid.payment_status, paid.url], ['complete', 'paid', null])
  const intent = paid.payment_intent as Stripe.PaymentIntent
  deepEqual([intent.status, intent.amount_received, intent.metadata['redpill_order']], ['succeeded', 2_500, 'order-1'])
  const charge = intent.latest_charge as Stripe.Charge
  equal((charge.balance_transaction as Stripe.BalanceTransaction).net, 2_500 - 103)
  const invoice = paid.invoice as Stripe.Invoice
  deepEqual([invoice.status, invoice.total, invoice.customer_email], ['paid', 2_500, 'ada@example.com'])
  match((await look(invoice.hosted_invoice_url!)).text, /\$25\.00/)
  match((await look(invoice.invoice_pdf!)).text, /^%PDF-1\.4/)
  match((await look(charge.receipt_url!)).text, /\$25\.00/)
})

test('a payer who is declined can pay with another card on the same page, and one payment comes of it', async (t) => {
  const { stripe } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  const declined = await pay(session, '4000 0000 0000 9995')
  equal(declined.status, 402)
  match(declined.text, /Your card has insufficient funds\./)
  const open = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })
  deepEqual([open.status, open.payment_status], ['open', 'unpaid'])
  equal((open.payment_intent as Stripe.PaymentIntent).last_payment_error?.decline_code, 'insufficient_funds')
  equal((await pay(session, visa)).status, 303)
  const { data } = await stripe.charges.list({ payment_intent: (open.payment_intent as Stripe.PaymentIntent).id })
  deepEqual(
    data.map(({ status }) => status),
    ['succeeded', 'failed'],
  )
})

test('a second press on "Pay" takes nothing more', async (t) => {
  const { stripe } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  const presses = await Promise.all(Array.from({ length: 5 }, () => pay(session, visa)))
  equal(presses.filter(({ status }) => status === 303).length, 1)
  match((await pay(session, visa)).text, /This payment is done/)
  equal((await stripe.charges.list()).data.length, 1)
})

test('a bank that asks for the holder is answered on its page: yes pays, no lets the payer try again', async (t) => {
  const { stripe, emulator } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  const first = await pay(session, '4000 0027 6000 3184')
  match(first.to ?? '', /\/3d-secure\/pi_/)
  ok(first.to!.startsWith(emulator.url))
  match((await look(first.to!)).text, /a payment of \$10\.00/)
  const no = await press(first.to!, { answer: 'no' })
  equal(no.status, 402)
  match(no.text, /unable to authenticate/)
  const second = await pay(session, '4000 0027 6000 3184')
  equal((await press(second.to!, { answer: 'yes' })).to, `http://localhost:8787/credits?session=${session.id}`)
  equal((await stripe.checkout.sessions.retrieve(session.id)).payment_status, 'paid')
  match((await press(second.to!, { answer: 'yes' })).text, /Nothing to confirm/)
})

test('a card that was kept for later is charged without its payer, and asked for its holder no more', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const session = await stripe.checkout.sessions.create(
    order(1_000, { customer: customer.id, payment_intent_data: { setup_future_usage: 'off_session' } }),
  )
  const asked = await pay(session, '4000 0025 0000 3155')
  await press(asked.to!, { answer: 'yes' })
  const { data: cards } = await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })
  equal(cards[0]?.card?.last4, '3155')
  const later = await stripe.paymentIntents.create({
    ...{ amount: 2_000, currency: 'usd', customer: customer.id, payment_method: cards[0].id },
    ...{ confirm: true, off_session: true, error_on_requires_action: true, allowed_payment_method_types: ['card'] },
  })
  equal(later.status, 'succeeded')
})

test('a payer who wants a card kept finds it on the next page, and only then', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const ask = () =>
    stripe.checkout.sessions.create(
      order(1_000, { customer: customer.id, saved_payment_method_options: { payment_method_save: 'enabled' } }),
    )
  const first = await ask()
  match((await look(first.url!)).text, /Save this card for the next time/)
  await pay(first, visa)
  equal((await stripe.paymentMethods.list({ customer: customer.id })).data.length, 0)
  await pay(await ask(), visa, { save: 'yes' })
  const [card] = (await stripe.paymentMethods.list({ customer: customer.id })).data
  equal(card?.allow_redisplay, 'always')
  const third = await ask()
  match((await look(third.url!)).text, /Visa •••• 4242/)
  equal((await press(third.url!, { with: card.id })).status, 303)
  const paid = await stripe.checkout.sessions.retrieve(third.id, { expand: ['payment_intent'] })
  equal((paid.payment_intent as Stripe.PaymentIntent).payment_method, card.id)
})

test('tax comes on top of what is bought, by the country of the payer', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const taxed = { automatic_tax: { enabled: true }, tax_id_collection: { enabled: true }, customer: customer.id }
  await stripe.checkout.sessions.create(order(1_000, taxed)).then(
    () => ok(false, 'a customer without an address was taken'),
    (error: unknown) => equal((error as Stripe.errors.StripeError).code, 'customer_tax_location_invalid'),
  )
  const session = await stripe.checkout.sessions.create(
    order(1_005, { ...taxed, customer_update: { address: 'auto', name: 'auto' } }),
  )
  await pay(session, visa, { country: 'DE' })
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })
  deepEqual([paid.amount_subtotal, paid.total_details?.amount_tax, paid.amount_total], [1_005, 191, 1_196])
  equal((paid.payment_intent as Stripe.PaymentIntent).amount_received, 1_196)
  const known = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
  deepEqual([known.address?.country, known.name], ['DE', 'Ada Payer'])
})

test('a session that has expired takes no money, and says so', async (t) => {
  const { stripe, emulator } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  emulator.advance(24 * 3_600_000)
  equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'expired')
  const late = await press(session.url!, typed(visa))
  equal(late.status, 410)
  match(late.text, /expired/)
  equal((await stripe.paymentIntents.list()).data.length, 0)
})

test('a payment that waits for its bank ends with its session', async (t) => {
  const { stripe } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  const asked = await pay(session, '4000 0027 6000 3184')
  const waiting = (await stripe.checkout.sessions.retrieve(session.id)).payment_intent as string
  await rejects(stripe.paymentIntents.cancel(waiting), { statusCode: 400 })
  await rejects(stripe.paymentIntents.confirm(waiting, { payment_method: 'pm_card_visa' }), { statusCode: 400 })
  await stripe.checkout.sessions.expire(session.id)
  match((await press(asked.to!, { answer: 'yes' })).text, /Nothing to confirm/)
  const [intent] = (await stripe.paymentIntents.list()).data
  deepEqual([intent?.status, intent?.cancellation_reason], ['canceled', 'expired'])
  deepEqual((await stripe.charges.list()).data, [])
})

test('nobody pays for a customer that was deleted in the meantime', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const session = await stripe.checkout.sessions.create(
    order(1_000, { customer: customer.id, invoice_creation: { enabled: true } }),
  )
  await stripe.customers.del(customer.id)
  match((await pay(session, visa)).text, /Nothing was taken/)
  deepEqual((await stripe.charges.list()).data, [])
})

test('a page in setup mode keeps a card and takes nothing', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const session = await stripe.checkout.sessions.create({
    ...{ mode: 'setup', currency: 'usd', customer: customer.id, success_url: 'http://localhost:8787/cards' },
    setup_intent_data: { metadata: { purpose: 'later' } },
  })
  match((await look(session.url!)).text, /Save card/)
  equal((await pay(session, visa)).to, 'http://localhost:8787/cards')
  const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
  const setup = done.setup_intent as Stripe.SetupIntent
  deepEqual([done.status, done.payment_status, setup.status], ['complete', 'no_payment_required', 'succeeded'])
  equal(setup.metadata?.['purpose'], 'later')
  equal((await stripe.charges.list()).data.length, 0)
})

test('what is wrong with a card is said at its field, and nothing is tried', async (t) => {
  const { stripe } = await openEmulator(t)
  const session = await stripe.checkout.sessions.create(order(1_000))
  const wrong = await press(
    session.url!,
    typed('4111 1111 1111 1112', { expiry: '01/20', cvc: '1', name: '', email: 'ada' }),
  )
  equal(wrong.status, 400)
  for (const words of [
    /not one of the test cards/,
    /is in the past/,
    /Enter any 3 digits/,
    /Enter the name/,
    /Enter an e-mail/,
  ])
    match(wrong.text, words)
  equal((await stripe.paymentIntents.list()).data.length, 0)
})

test('what a merchant or a payer writes never becomes markup', async (t) => {
  const { stripe } = await openEmulator(t)
  const name = '<script>alert(1)</script>"\'&'
  const session = await stripe.checkout.sessions.create(
    order(1_000, {
      line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 1_000, product_data: { name } } }],
    }),
  )
  const { text } = await press(session.url!, typed('"><script>alert(2)</script>', { name }))
  doesNotMatch(text, /<script/)
  match(text, /&lt;script&gt;alert\(1\)/)
})

test('the billing portal shows cards and invoices, adds cards, and removes only its own', async (t) => {
  const { stripe, emulator } = await openEmulator(t)
  const customer = await stripe.customers.create({ email: 'ada@example.com' })
  const other = await stripe.customers.create({})
  const foreign = await stripe.paymentMethods.attach('pm_card_visa', { customer: other.id })
  await pay(
    await stripe.checkout.sessions.create(order(1_000, { customer: customer.id, invoice_creation: { enabled: true } })),
    visa,
  )
  const portal = await stripe.billingPortal.sessions.create({
    customer: customer.id,
    return_url: 'http://localhost:8787/credits',
  })
  match((await look(portal.url)).text, /-0001.*\$10\.00/s)
  const asked = await press(`${portal.url}/add`, typed('4000 0025 0000 3155'))
  match((await press(asked.to!, { answer: 'yes' })).to ?? '', /\/p\/session\//)
  match((await press(`${portal.url}/add`, typed('4000 0000 0000 0002'))).text, /Your card was declined/)
  const [card] = (await stripe.paymentMethods.list({ customer: customer.id })).data
  equal(card?.card?.last4, '3155')
  await press(`${portal.url}/default`, { card: card.id })
  const known = (await stripe.customers.retrieve(customer.id)) as Stripe.Customer
  equal(known.invoice_settings.default_payment_method, card.id)
  await press(`${portal.url}/remove`, { card: foreign.id })
  equal((await stripe.paymentMethods.retrieve(foreign.id)).customer, other.id)
  await press(`${portal.url}/remove`, { card: card.id })
  equal((await stripe.paymentMethods.list({ customer: customer.id })).data.length, 0)
  emulator.advance(3_601_000)
  equal((await look(portal.url)).status, 410)
})
