import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { closeAccount } from '../src/accounts/index.ts'
import { nanoUsd, type NanoUsd, usd } from '../src/core/money.ts'
import { openBatchLane, registerProcess } from '../src/credits/index.ts'
import { cardsOf } from '../src/payments/index.ts'
import { reconcileStripe } from '../src/payments/stripe/reconcile.ts'
import {
  type CardStage,
  cardNumbers,
  chargeOf,
  keepCard,
  openCardStage,
  payOn,
  spoilCard,
  startHookServer,
} from './support/cards.ts'
import { clock } from './support/clock.ts'
import { eventually } from './support/eventually.ts'
import { keyOf, makeId, offences, reserveOf, settleOf } from './support/ledger-fixture.ts'

/** With webhooks, as a server that Stripe can reach has them. */
async function openHooked(t: TestContext, options: Parameters<typeof openCardStage>[1] = {}) {
  const stage = await openCardStage(t, options)
  const hooks = await startHookServer(t, () => stage.gateway)
  stage.emulator.sendWebhooksTo(hooks.url)
  return { ...stage, hooks }
}

const stateOf = async (stage: CardStage, id: string) => (await stage.find(id)).state

const becomes = (stage: CardStage, id: string, state: string) =>
  eventually(`the order is ${state}`, async () => (await stateOf(stage, id)) === state)

/** Everything that Stripe's list of events and its objects tell, without any webhook. */
async function sweep(stage: CardStage) {
  stage.wait(10 * 60_000)
  await stage.run(stage.gateway, 'stripe-sweep')
  await stage.run(stage.gateway, 'stripe-events')
  await stage.run(stage.gateway, 'stripe-payments')
}

test('what is paid on the page is credited once, at the amount that was agreed, with a receipt', async (t) => {
  const stage = await openHooked(t, { fee: { bps: 300, fixed: nanoUsd(300_000_000n) } })
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  equal(await stateOf(stage, id), 'pending')
  const paid = await payOn(url)
  match(paid.location!, new RegExp(`/api/v1/payments/stripe/return\\?order_id=${id}$`))
  await becomes(stage, id, 'credited')
  const { available, purchased } = await stage.balance(account)
  deepEqual([available, purchased], [usd(20), usd(20)])
  const charge = await chargeOf(stage, id)
  equal(charge.amount, 2_090)
  await eventually('the receipt is linked', async () => (await stage.find(id)).receiptUrl === charge.receipt_url)
  await stage.emulator.settled()
  deepEqual(await offences(stage.database), [])
})

test('every webhook of a payment three times, shuffled, and failing at first, credits once', async (t) => {
  const stage = await openHooked(t)
  stage.hooks.failNext(3)
  stage.emulator.setChaos({ duplicate: 2, shuffle_ms: 60 })
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  await stage.emulator.settled()
  await becomes(stage, id, 'credited')
  equal((await stage.balance(account)).available, usd(20))
  deepEqual(await offences(stage.database), [])
})

test('without any webhook, what is paid is found by asking within seconds, and what happens later by the list of events', async (t) => {
  const stage = await openCardStage(t, { settings: { webhookSecret: undefined } })
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  stage.wait(4_000)
  await stage.run(stage.gateway, 'stripe-payments')
  equal(await stateOf(stage, id), 'credited')
  const { id: charge } = await chargeOf(stage, id)
  await stage.gateway.tools.stripe.refunds.create({ charge, amount: 500 })
  stage.wait(60_000)
  await stage.run(stage.gateway, 'stripe-sweep')
  await stage.run(stage.gateway, 'stripe-events')
  equal((await stage.balance(account)).available, usd(15))
  deepEqual(await offences(stage.database), [])
})

test('where nobody has ever paid, Stripe is not asked', async (t) => {
  const stage = await openCardStage(t)
  await stage.emulator.close()
  for (const name of ['stripe-sweep', 'stripe-events', 'stripe-payments', 'auto-top-up'])
    equal(await stage.run(stage.gateway, name), 0, name)
})

test('a card that is declined ends no visit to the page: another one pays, once', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  match((await payOn(url, cardNumbers.declined)).page, /declined/)
  await stage.emulator.settled()
  equal(await stateOf(stage, id), 'pending')
  await payOn(url)
  await becomes(stage, id, 'credited')
  match((await payOn(url)).page, /paid already/)
  await stage.emulator.settled()
  equal((await stage.balance(account)).available, usd(20))
})

test('a page that is left alone expires, and one that its order was cancelled for takes no money any more', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const left = await stage.order(account, usd(20))
  const cancelled = await stage.order(account, usd(20))
  equal(await stage.gateway.rail.cancel!(await stage.find(cancelled.id)), true)
  equal(await stage.gateway.rail.cancel!(await stage.find(cancelled.id)), true)
  match((await payOn(cancelled.url)).page, /has expired/)

  const paid = await stage.order(account, usd(20))
  await payOn(paid.url)
  equal(await stage.gateway.rail.cancel!(await stage.find(paid.id)), false)
  await becomes(stage, paid.id, 'credited')
  stage.emulator.advance(25 * 3_600_000)
  await becomes(stage, left.id, 'expired')
  equal((await stage.balance(account)).available, usd(20))
})

test('an account has one customer at Stripe, however many orders begin at once in however many processes', async (t) => {
  const stage = await openCardStage(t)
  const gateways = [stage.gateway, await stage.openGateway(), await stage.openGateway()]
  const account = await stage.makeCustomer()
  await Promise.all(Array.from({ length: 9 }, (_, n) => stage.order(account, usd(5), {}, gateways[n % 3])))
  equal(stage.emulator.world.customers.newestFirst().length, 1)
})

test('a customer that was deleted at Stripe is made anew', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  await stage.order(account, usd(5))
  const [first] = stage.emulator.world.customers.newestFirst()
  await stage.gateway.tools.stripe.customers.del(first!.id)
  ok((await stage.order(account, usd(5))).url)
})

test('an account that is deleted leaves no customer and no card at Stripe, however long Stripe is away', async (t) => {
  const stage = await openCardStage(t)
  const [staying, leaving] = [await stage.makeCustomer(), await stage.makeCustomer()]
  await keepCard(stage, staying)
  await keepCard(stage, leaving)
  const forget = () => stage.run(stage.gateway, 'forget-stripe-customers')
  equal(await forget(), 0)
  await closeAccount(stage.db, leaving, new Date())
  stage.emulator.setChaos({ fail_before: 1 })
  equal(await forget(), 0)
  stage.emulator.setChaos({ fail_before: 0, lose_answer: 1 })
  await forget()
  stage.emulator.setChaos({ lose_answer: 0 })
  await forget()
  const there = stage.emulator.world.customers.newestFirst().filter((each) => !('deleted' in each && each.deleted))
  deepEqual(
    there.map(({ metadata }) => metadata?.['redpill_account']),
    [staying],
  )
  equal((await cardsOf(stage.gateway.tools, staying)).length, 1)
  deepEqual([await cardsOf(stage.gateway.tools, leaving), await forget()], [[], 0])
})

test('a customer of a deleted account stays at Stripe while a payment of it is under way', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const { url } = await stage.order(account, usd(5))
  await closeAccount(stage.db, account, new Date())
  equal(await stage.run(stage.gateway, 'forget-stripe-customers'), 0)
  await payOn(url)
  await sweep(stage)
  equal(await stage.run(stage.gateway, 'forget-stripe-customers'), 1)
})

test('what other programs do with the same account at Stripe is let alone', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  await stage.order(account, usd(5))
  const { stripe } = stage.gateway.tools
  for (const metadata of [{}, { redpill_order: 'no id' }, { redpill_order: '01980f3e-7c1a-7000-8000-0123456789ab' }])
    await stripe.paymentIntents.create({
      ...{ amount: 900, currency: 'usd', confirm: true, payment_method: 'pm_card_visa', metadata },
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    })
  await stage.emulator.settled()
  await sweep(stage)
  equal((await stage.balance(account)).purchased, 0n)
  deepEqual(stage.logged, [])
})

test('a saved card is charged without the page; a bank that wants to see its holder sends them there', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const good = await keepCard(stage, account)
  const charged = await stage.order(account, usd(20), { cardId: good })
  deepEqual([charged.url, await stateOf(stage, charged.id)], ['', 'credited'])

  const asking = await keepCard(stage, account, cardNumbers.asksAlways)
  const asked = await stage.order(account, usd(20), { cardId: asking })
  ok(asked.url)
  await stage.emulator.settled()
  equal(await stateOf(stage, asked.id), 'pending')
  await payOn(asked.url)
  await becomes(stage, asked.id, 'credited')
  equal((await stage.balance(account)).available, usd(42))
})

test('a saved card that is declined fails its order, and one of somebody else is none', async (t) => {
  const stage = await openHooked(t)
  const [account, other] = [await stage.makeCustomer(), await stage.makeCustomer()]
  const theirs = await keepCard(stage, other)
  const mine = await keepCard(stage, account)
  for (const cardId of [theirs, 'pm_none', '../customers']) {
    const { begun } = await stage.order(account, usd(20), { cardId })
    deepEqual([begun.kind, begun.kind === 'refused' && begun.param], ['refused', 'card_id'], cardId)
  }
  spoilCard(stage, mine)
  const failed = await stage.order(account, usd(20), { cardId: mine })
  equal(await stateOf(stage, failed.id), 'failed')
  equal((await stage.balance(account)).available, usd(1))
})

test('refunds that are asked for here go back in parts, each once, however often it is asked', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  await becomes(stage, id, 'credited')
  const order = await stage.find(id)
  const refund = { id: '01980f3e-7c1a-7000-8000-000000000001', amount: usd(5) }
  for (let time = 0; time < 3; time++) deepEqual(await stage.gateway.rail.refund!(order, refund), { kind: 'sent' })
  deepEqual(await stage.gateway.rail.refund!(order, { ...refund, id: '01980f3e-7c1a-7000-8000-000000000002' }), {
    kind: 'sent',
  })
  equal(stage.emulator.world.refunds.newestFirst().length, 2)
  await stage.emulator.settled()
  equal((await stage.balance(account)).available, usd(10))
  const more = await stage.gateway.rail.refund!(order, { id: '01980f3e-7c1a-7000-8000-000000000003', amount: usd(15) })
  equal(more.kind, 'refused')
  equal((await stage.balance(account)).available, usd(10))
  deepEqual(await offences(stage.database), [])
})

test('a refund that fails days later brings its credits back', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url, cardNumbers.refundFails)
  await becomes(stage, id, 'credited')
  const asked = { id: '01980f3e-7c1a-7000-8000-000000000001', amount: usd(20) }
  await stage.gateway.rail.refund!(await stage.find(id), asked)
  equal((await stage.balance(account)).available, 0n)
  stage.emulator.advance(10 * 24 * 3_600_000)
  await eventually('the credits are back', async () => (await stage.balance(account)).available === usd(20))
  await stage.emulator.settled()
  deepEqual(await offences(stage.database), [])
})

test('tax is no credits, and goes back with the money that it was paid on', async (t) => {
  const stage = await openHooked(t, { settings: { tax: true, invoices: true } })
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  const form = { email: 'payer@example.com', with: 'new', number: cardNumbers.good, expiry: '12 / 40', cvc: '123' }
  const body = new URLSearchParams({ ...form, name: 'Ada', country: 'DE' })
  await fetch(url, { method: 'POST', body, redirect: 'manual' })
  await becomes(stage, id, 'credited')
  equal((await stage.balance(account)).available, usd(20))
  const charge = await chargeOf(stage, id)
  ok(charge.amount > 2_000)
  await eventually('the invoice is linked', async () => (await stage.find(id)).invoiceUrl !== undefined)
  const halves = [usd(7), usd(13)].map((amount, n) => ({ id: `01980f3e-7c1a-7000-8000-00000000000${n}`, amount }))
  for (const half of halves) await stage.gateway.rail.refund!(await stage.find(id), half)
  equal(stage.emulator.world.charges.get(charge.id).amount_refunded, charge.amount)
  equal((await stage.balance(account)).available, 0n)
})

test('a dispute takes the credits, freezes who has spent them, and gives them back when it is won', async (t) => {
  const stage = await openHooked(t)
  const [lost, won] = [await stage.makeCustomer(), await stage.makeCustomer()]
  for (const account of [lost, won]) {
    const { id, url } = await stage.order(account, usd(20))
    await payOn(url, cardNumbers.disputed)
    await becomes(stage, id, 'disputed')
    equal((await stage.balance(account)).available, 0n)
    const [dispute] = stage.emulator.world.disputes.newestFirst()
    stage.emulator.closeDispute(dispute!.id, account === won ? 'won' : 'lost')
    await stage.emulator.settled()
  }
  await eventually('the credits are back', async () => (await stage.balance(won)).available === usd(20))
  equal((await stage.balance(lost)).available, 0n)
  deepEqual(await offences(stage.database), [])
})

test('a question of a bank moves nothing', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url, cardNumbers.inquiry)
  await becomes(stage, id, 'credited')
  await stage.emulator.settled()
  equal((await stage.balance(account)).available, usd(20))
})

test('an emulator or account at Stripe that knows nothing of an old payment is asked ever less, and harms nothing', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const { id } = await stage.order(account, usd(20))
  for (const { id: session } of stage.emulator.world.sessions.newestFirst())
    stage.emulator.world.sessions.remove(session)
  for (let day = 0; day < 4; day++) {
    await stage.run(stage.gateway, 'stripe-payments')
    stage.wait(24 * 3_600_000)
  }
  equal(await stage.run(stage.gateway, 'stripe-payments'), 0)
  equal(await stateOf(stage, id), 'failed')
})

test('orders are compared with the balance at Stripe: what was not heard of is mended, and what differs is named', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const ids: string[] = []
  for (let n = 0; n < 3; n++) {
    const { id, url } = await stage.order(account, usd(20))
    await payOn(url)
    ids.push(id)
  }
  await sweep(stage)
  stage.emulator.dispute((await chargeOf(stage, ids[2]!)).id)
  const charge = await chargeOf(stage, ids[0]!)
  await stage.gateway.tools.stripe.refunds.create({ charge: charge.id, amount: 700 })
  const compared = await stage.gateway.rail.reconcile!()
  deepEqual(
    compared.map(({ ok: isOk }) => isOk),
    [true, true, true, true],
  )
  match(compared[0]!.detail, /^60 USD at Stripe for 3 payments/)
  match(compared[1]!.detail, /^7 USD/)
  match(compared[2]!.detail, /^20 USD/)
  equal((await stage.find(ids[0]!)).taken.refund, usd(7))

  const { balanceTransactions } = stage.emulator.world
  const moved = balanceTransactions.newestFirst().find(({ source }) => source === charge.id)!
  balanceTransactions.remove(moved.id)
  const [paid] = await stage.gateway.rail.reconcile!()
  equal(paid!.ok, false)
  match(paid!.detail, new RegExp(`-20 USD are not in the orders: order ${ids[0]} has 20, Stripe 0`))
})

/** A payment with our id on it that was made past us, as one is whose order a restored backup does not have. */
const payPast = (stage: CardStage, orderId: string, amount = 50_000) =>
  stage.gateway.tools.stripe.paymentIntents.create({
    ...{ amount, currency: 'usd', confirm: true, payment_method: 'pm_card_visa', metadata: { redpill_order: orderId } },
    return_url: 'http://127.0.0.1/',
  })

test('money at Stripe with the id of an order that does not know of it is named, and what others take is not', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  await sweep(stage)
  await stage.gateway.tools.stripe.paymentIntents.create({
    ...{ amount: 777, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
    return_url: 'http://127.0.0.1/',
  })
  equal((await stage.gateway.rail.reconcile!())[0]!.ok, true)
  const lost = makeId()
  await payPast(stage, lost)
  await payPast(stage, id, 3_000)
  const [paid, refunded] = await stage.gateway.rail.reconcile!()
  deepEqual([paid!.ok, refunded!.ok], [false, true])
  match(paid!.detail, /^550 USD at Stripe for 3 payments of 30 days; 530 USD are not in the orders: /)
  match(
    paid!.detail,
    new RegExp(`Stripe has 500.00 USD by charge ch_\\w+ for order ${lost}, which was not paid by it here`),
  )
  match(paid!.detail, new RegExp(`Stripe has 30.00 USD by charge ch_\\w+ for order ${id}`))
})

test('a payment that was begun before the time that is compared and paid within it is no difference', async (t) => {
  const stage = await openCardStage(t)
  const { id, url } = await stage.order(await stage.makeCustomer(), usd(20))
  await payOn(url)
  await sweep(stage)
  const begun = "update stripe_payment set created_at = created_at - interval '31 days' where order_id = $1"
  await stage.database.pool.query(begun, [id])
  const [paid] = await stage.gateway.rail.reconcile!()
  ok(paid!.ok)
  match(paid!.detail, /^20 USD at Stripe for 1 payments of 30 days; every order says the same/)
})

test('where more moved at Stripe than is read at once, what was read is compared, and how far that reaches is said', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const old = await stage.order(account, usd(20))
  await payOn(old.url)
  await sweep(stage)
  const hourMs = 3_600_000
  stage.wait(hourMs)
  stage.emulator.advance(hourMs)
  await stage.database.pool.query("update stripe_payment set created_at = created_at - interval '10 minutes'")
  const { url } = await stage.order(account, usd(30))
  await payOn(url)
  await sweep(stage)
  const [paid] = await reconcileStripe(stage.gateway.tools, 1)
  ok(paid!.ok)
  match(paid!.detail, /^30 USD at Stripe for 1 payments since 20\S+Z \(before that/)
})

test('a server that stops does not wait for a Stripe that hangs, and its sibling ends what was begun', async (t) => {
  const stage = await openCardStage(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  const stopping = await stage.openGateway()
  stage.emulator.setChaos({ latency_ms: 3_600_000 })
  stage.wait(4_000)
  const looking = stage.run(stopping, 'stripe-payments')
  stopping.cut()
  equal(await looking, 1)
  equal(await stateOf(stage, id), 'pending')
  stage.emulator.setChaos({ latency_ms: 0 })
  stage.wait(2 * 60_000)
  await stage.run(stage.gateway, 'stripe-payments')
  equal(await stateOf(stage, id), 'credited')
})

test('who has spent what is disputed owes it and is frozen, until the dispute is won', async (t) => {
  const stage = await openHooked(t)
  const account = await stage.makeCustomer()
  const { id, url } = await stage.order(account, usd(20))
  await payOn(url)
  await becomes(stage, id, 'credited')
  await spend(stage, account, usd(15))
  const dispute = stage.emulator.dispute((await chargeOf(stage, id)).id)
  await becomes(stage, id, 'disputed')
  const { available, owed } = await stage.balance(account)
  deepEqual([available, owed, await spend(stage, account, nanoUsd(1n))], [0n, usd(15), 'frozen'])
  stage.emulator.closeDispute(dispute.id, 'won')
  await becomes(stage, id, 'credited')
  const after = await stage.balance(account)
  deepEqual([after.available, after.owed, await spend(stage, account, usd(5))], [usd(5), 0n, 'held'])
  deepEqual(await offences(stage.database), [])
})

/** A call that costs so much, where it may begin. */
async function spend({ database, db }: CardStage, accountId: string, cost: NanoUsd): Promise<string> {
  const processId = makeId()
  await registerProcess(db, { id: processId, host: 'test', pid: process.pid })
  const lane = openBatchLane({ database, clock, processId })
  const [callId, keyId] = [makeId(), await keyOf(db, accountId)]
  const { kind } = await lane.reserve(reserveOf(callId, accountId, keyId, cost))
  if (kind === 'held') equal((await lane.settle(settleOf(callId, cost))).kind, 'settled')
  await lane.close()
  return kind
}
