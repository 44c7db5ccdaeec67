/** What RedPill takes for granted of Stripe, asked by Stripe's own client of the emulator and, with a key, of Stripe. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Stripe } from 'stripe'
import { variants } from './test/variants.ts'

for (const { name, skip, open } of variants) {
  const contract = (title: string, run: (stripe: Stripe) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async (t) => run(await open((cleanup) => t.after(cleanup))))

  const credits = (cents: number): Stripe.Checkout.SessionCreateParams.LineItem => ({
    quantity: 1,
    price_data: { currency: 'usd', unit_amount: cents, product_data: { name: 'Credits' } },
  })

  void contract('a Checkout Session is open, priced, and unpaid until its payer pays', async (stripe) => {
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      client_reference_id: 'order-1',
      success_url: 'http://localhost:8787/credits?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://localhost:8787/credits',
      line_items: [credits(2_500)],
      payment_intent_data: { metadata: { order: 'order-1' }, setup_future_usage: 'off_session' },
      expand: ['line_items'],
    })
    match(session.id, /^cs_test_/)
    equal(session.status, 'open')
    equal(session.payment_status, 'unpaid')
    equal(session.amount_total, 2_500)
    equal(session.payment_intent, null)
    equal(session.client_reference_id, 'order-1')
    equal(session.line_items?.data[0]?.amount_total, 2_500)
    match(session.url ?? '', /^https?:\/\//)
    const expired = await stripe.checkout.sessions.expire(session.id)
    equal(expired.status, 'expired')
    equal(expired.url, null)
    await rejects(stripe.checkout.sessions.expire(session.id), { type: 'StripeInvalidRequestError', statusCode: 400 })
  })

  void contract('a payment without its payer takes the money at once, and its charge tells the fee', async (stripe) => {
    const customer = await stripe.customers.create({ email: 'payer@example.com' })
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })
    const intent = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      customer: customer.id,
      payment_method: card.id,
      off_session: true,
      confirm: true,
      error_on_requires_action: true,
      metadata: { order: 'order-2' },
      expand: ['latest_charge.balance_transaction'],
    })
    equal(intent.status, 'succeeded')
    equal(intent.amount_received, 2_000)
    const charge = intent.latest_charge as Stripe.Charge
    equal(charge.metadata['order'], 'order-2')
    const transaction = charge.balance_transaction as Stripe.BalanceTransaction
    equal(transaction.amount, 2_000)
    equal(transaction.net, transaction.amount - transaction.fee)
    ok(transaction.fee > 0)
  })

  void contract('a declined payment is a 402 with the intent in it, which waits for another card', async (stripe) => {
    const customer = await stripe.customers.create({})
    const card = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id })
    const refusal = await refused(
      stripe.paymentIntents.create({
        ...{ amount: 1_000, currency: 'usd', customer: customer.id, payment_method: card.id },
        ...{ off_session: true, confirm: true },
      }),
    )
    equal(refusal.type, 'StripeCardError')
    equal(refusal.statusCode, 402)
    equal(refusal.code, 'card_declined')
    equal(refusal.payment_intent?.status, 'requires_payment_method')
    const kept = await stripe.paymentIntents.retrieve(refusal.payment_intent.id)
    equal(kept.last_payment_error?.code, 'card_declined')
  })

  void contract('a card that its bank wants to see declines a payment without its payer', async (stripe) => {
    const customer = await stripe.customers.create({})
    const card = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer: customer.id })
    const refusal = await refused(
      stripe.paymentIntents.create({
        ...{ amount: 1_000, currency: 'usd', customer: customer.id, payment_method: card.id },
        ...{ off_session: true, confirm: true, error_on_requires_action: true },
      }),
    )
    equal(refusal.code, 'authentication_required')
    equal(refusal.statusCode, 402)
    equal(refusal.payment_intent?.status, 'requires_payment_method')
  })

  void contract('one idempotency key does one thing, and refuses to mean another', async (stripe) => {
    const idempotencyKey = randomUUID()
    const first = await stripe.customers.create({ email: 'one@example.com' }, { idempotencyKey })
    const again = await stripe.customers.create({ email: 'one@example.com' }, { idempotencyKey })
    equal(again.id, first.id)
    equal(again.lastResponse.headers['idempotent-replayed'], 'true')
    notEqual(again.lastResponse.requestId, first.lastResponse.requestId)
    const refusal = await refused(stripe.customers.create({ email: 'two@example.com' }, { idempotencyKey }))
    equal(refusal.type, 'StripeIdempotencyError')
    equal(refusal.statusCode, 400)
  })

  void contract('what is not there, and what is not known, is told as such', async (stripe) => {
    const gone = await refused(stripe.paymentIntents.retrieve('pi_000000000000000000000000'))
    equal(gone.statusCode, 404)
    equal(gone.code, 'resource_missing')
    const unknown = await refused(stripe.customers.create({ favourite_colour: 'red' } as object))
    equal(unknown.code, 'parameter_unknown')
    equal(unknown.param, 'favourite_colour')
    const nowhere = await refused(stripe.rawRequest('GET', '/v1/no_such_things'))
    equal(nowhere.statusCode, 404)
    equal(nowhere.type, 'StripeInvalidRequestError')
  })

  void contract('refunds add up, and never to more than was paid', async (stripe) => {
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 3_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    })
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 1_000 })
    equal(first.status, 'succeeded')
    const tooMuch = await refused(stripe.refunds.create({ payment_intent: intent.id, amount: 2_001 }))
    equal(tooMuch.statusCode, 400)
    await stripe.refunds.create({ payment_intent: intent.id })
    const done = await refused(stripe.refunds.create({ payment_intent: intent.id }))
    equal(done.code, 'charge_already_refunded')
    const { data } = await stripe.refunds.list({ payment_intent: intent.id })
    deepEqual(
      data.map(({ amount }) => amount),
      [2_000, 1_000],
    )
    const charge = await stripe.charges.retrieve(intent.latest_charge as string)
    equal(charge.amount_refunded, 3_000)
    equal(charge.refunded, true)
  })

  void contract('lists go on where the last page ended', async (stripe) => {
    const customer = await stripe.customers.create({})
    for (let made = 0; made < 3; made++)
      await stripe.paymentIntents.create({
        ...{ amount: 500 + made, currency: 'usd', customer: customer.id, payment_method_types: ['card'] },
      })
    const first = await stripe.paymentIntents.list({ customer: customer.id, limit: 2 })
    deepEqual([first.data.length, first.has_more], [2, true])
    const amounts: number[] = []
    for await (const { amount } of stripe.paymentIntents.list({ customer: customer.id, limit: 2 })) amounts.push(amount)
    deepEqual(amounts, [502, 501, 500])
  })
}

async function refused(asked: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await asked
  } catch (error) {
    return error as Stripe.errors.StripeError
  }
  throw new Error('it was not refused')
}
