/** What RedPill takes for granted of Stripe, asked by Stripe's own client of the emulator and, with a key, of Stripe. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
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
        ...{ amount: 500 + made, currency: 'usd', customer: customer.id, allowed_payment_method_types: ['card'] },
      })
    const first = await stripe.paymentIntents.list({ customer: customer.id, limit: 2 })
    deepEqual([first.data.length, first.has_more], [2, true])
    const amounts: number[] = []
    for await (const { amount } of stripe.paymentIntents.list({ customer: customer.id, limit: 2 })) amounts.push(amount)
    deepEqual(amounts, [502, 501, 500])
  })

  void contract(
    'a card can be set up without a payment, charged later, and not after it was detached',
    async (stripe) => {
      const customer = await stripe.customers.create({})
      const setup = await stripe.setupIntents.create({
        ...{ customer: customer.id, payment_method: 'pm_card_visa', confirm: true, usage: 'off_session' },
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      })
      equal(setup.status, 'succeeded')
      const card = setup.payment_method as string
      const { data } = await stripe.paymentMethods.list({ customer: customer.id, type: 'card' })
      deepEqual(
        data.map(({ id, card: shown }) => [id, shown?.last4]),
        [[card, '4242']],
      )
      const detached = await stripe.paymentMethods.detach(card)
      equal(detached.customer, null)
      const refusal = await refused(
        stripe.paymentIntents.create({
          ...{ amount: 1_000, currency: 'usd', customer: customer.id, payment_method: card, confirm: true },
          off_session: true,
        }),
      )
      equal(refusal.statusCode, 400)
    },
  )

  void contract("a customer's card pays for nobody else", async (stripe) => {
    const [owner, other] = await Promise.all([stripe.customers.create({}), stripe.customers.create({})])
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: owner.id })
    const refusal = await refused(
      stripe.paymentIntents.create({
        ...{ amount: 1_000, currency: 'usd', customer: other.id, payment_method: card.id, confirm: true },
        off_session: true,
      }),
    )
    equal(refusal.type, 'StripeInvalidRequestError')
  })

  void contract('a payment with its payer there waits for what the bank asks, and can be canceled', async (stripe) => {
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 1_000, currency: 'usd', payment_method: 'pm_card_authenticationRequired', confirm: true },
      ...{ allowed_payment_method_types: ['card'], return_url: 'http://localhost:8787/credits' },
    })
    equal(intent.status, 'requires_action')
    equal(intent.next_action?.type, 'redirect_to_url')
    match(intent.next_action?.redirect_to_url?.url ?? '', /^https?:/)
    equal((await stripe.paymentIntents.cancel(intent.id)).status, 'canceled')
    const again = await refused(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }))
    equal(again.code, 'payment_intent_unexpected_state')
  })

  void contract('a disputed payment cannot be refunded, and evidence decides', async (stripe) => {
    const intent = await pays(stripe, 'pm_card_createDispute', 2_000)
    const dispute = await eventually(async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0])
    deepEqual([dispute.amount, dispute.status], [2_000, 'needs_response'])
    equal((await refused(stripe.refunds.create({ payment_intent: intent.id }))).code, 'charge_disputed')
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' }, submit: true })
    const won = await eventually(async () => {
      const now = await stripe.disputes.retrieve(dispute.id)
      return now.status === 'won' ? now : undefined
    })
    const moved = won.balance_transactions.map(({ amount }) => amount)
    equal(
      moved.reduce((sum, amount) => sum + amount, 0),
      0,
    )
    const events = await stripe.events.list({ types: ['charge.dispute.created', 'charge.dispute.closed'], limit: 100 })
    const told = events.data.filter(({ data }) => (data.object as { id?: string }).id === dispute.id)
    deepEqual(told.map(({ type }) => type).toSorted(), ['charge.dispute.closed', 'charge.dispute.created'])
  })

  void contract('a dispute that the merchant gives in to is lost', async (stripe) => {
    const intent = await pays(stripe, 'pm_card_createDispute', 2_000)
    const dispute = await eventually(async () => (await stripe.disputes.list({ payment_intent: intent.id })).data[0])
    equal((await stripe.disputes.close(dispute.id)).status, 'lost')
  })

  void contract('a refund that fails later gives the money back to the merchant', async (stripe) => {
    const intent = await pays(stripe, 'pm_card_refundFail', 2_000)
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
    equal(refund.status, 'succeeded')
    const failed = await eventually(async () => {
      const now = await stripe.refunds.retrieve(refund.id)
      return now.status === 'failed' ? now : undefined
    })
    ok(failed.failure_reason)
    ok(failed.failure_balance_transaction)
    const charge = await stripe.charges.retrieve(intent.latest_charge as string)
    equal(charge.amount_refunded, 0)
  })

  void contract('the balance moves by what payments and refunds say', async (stripe) => {
    const intent = await pays(stripe, 'pm_card_visa', 2_000)
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 700 })
    const [paid, back] = await Promise.all([
      stripe.balanceTransactions.list({ source: intent.latest_charge as string }),
      stripe.balanceTransactions.list({ source: refund.id }),
    ])
    deepEqual(
      [paid, back].map(({ data }) => data.map(({ type, amount }) => [type, amount])),
      [[['charge', 2_000]], [['refund', -700]]],
    )
    equal((await stripe.balance.retrieve()).object, 'balance')
  })

  void contract('the customer portal opens for a customer', async (stripe) => {
    const customer = await stripe.customers.create({})
    const configuration = await stripe.billingPortal.configurations.create({
      features: { invoice_history: { enabled: true }, payment_method_update: { enabled: true } },
    })
    const portal = await stripe.billingPortal.sessions.create({
      ...{ customer: customer.id, configuration: configuration.id, return_url: 'http://localhost:8787/credits' },
    })
    match(portal.url, /^https?:\/\//)
    equal(portal.customer, customer.id)
  })

  void contract('a customer that was deleted says so, and pays no more', async (stripe) => {
    const customer = await stripe.customers.create({})
    await stripe.customers.del(customer.id)
    equal((await stripe.customers.retrieve(customer.id)).deleted, true)
    const refusal = await refused(
      stripe.checkout.sessions.create({
        ...{
          mode: 'payment',
          customer: customer.id,
          success_url: 'http://localhost:8787/',
          line_items: [credits(500)],
        },
      }),
    )
    equal(refusal.code, 'resource_missing')
  })

  void contract('what makes no sense is refused before anything is done', async (stripe) => {
    const tooSmall = await refused(stripe.paymentIntents.create({ amount: 10, currency: 'usd' }))
    equal(tooSmall.code, 'amount_too_small')
    const noAmount = await refused(
      stripe.paymentIntents.create({ currency: 'usd' } as Stripe.PaymentIntentCreateParams),
    )
    deepEqual([noAmount.code, noAmount.param], ['parameter_missing', 'amount'])
    const fraction = await refused(stripe.paymentIntents.create({ amount: 10.5, currency: 'usd' }))
    equal(fraction.code, 'parameter_invalid_integer')
    const soon = Math.floor(Date.now() / 1_000) + 60
    const tooShort = await refused(
      stripe.checkout.sessions.create({
        ...{ mode: 'payment', success_url: 'http://localhost:8787/', line_items: [credits(500)], expires_at: soon },
      }),
    )
    equal(tooShort.param, 'expires_at')
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

const pays = (stripe: Stripe, card: string, amount: number): Promise<Stripe.PaymentIntent> =>
  stripe.paymentIntents.create({
    ...{ amount, currency: 'usd', payment_method: card, confirm: true },
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  })

/** What comes later, at Stripe as here: asked for until it is there, for as long as the runner lets the test run. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const there = await ask()
    if (there !== undefined) return there
    await sleep(250)
  }
}
