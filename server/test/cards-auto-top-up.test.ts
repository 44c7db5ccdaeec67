import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { changeAccount } from '../src/accounts/index.ts'
import type { Uuid } from '../src/core/ids.ts'
import { usd } from '../src/core/money.ts'
import { autoTopUpOf, removeCard, setAutoTopUp } from '../src/payments/index.ts'
import { type CardStage, cardNumbers, keepCard, openCardStage, spoilCard } from './support/cards.ts'
import { offences } from './support/ledger-fixture.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** An account with a saved card and 1 USD, which wants 20 USD bought below 5, up to 100 in a month. */
async function openWithWish(t: TestContext, number?: string, more: Partial<Parameters<typeof setAutoTopUp>[1]> = {}) {
  const stage = await openCardStage(t)
  const accountId = await stage.makeCustomer()
  const cardId = await keepCard(stage, accountId, number)
  await wish(stage, accountId, { cardId, ...more })
  return { ...stage, accountId, cardId }
}

async function wish(stage: CardStage, accountId: Uuid, more: Partial<Parameters<typeof setAutoTopUp>[1]>) {
  const wanted = { accountId, isOn: true, threshold: usd(5), amount: usd(20), monthlyMax: usd(100), cardId: '' }
  const wished = await setAutoTopUp(stage.gateway.tools, { ...wanted, personId: undefined, ...more })
  equal(wished.kind, 'set')
}

const run = (stage: CardStage, by = stage.gateway) => stage.run(by, 'auto-top-up')
const stateOf = async (stage: CardStage, accountId: Uuid) => (await autoTopUpOf(stage.gateway.tools, accountId))!
const charges = (stage: CardStage) =>
  stage.emulator.world.charges.newestFirst().filter(({ amount, paid }) => paid && amount === 2_000).length
const attempts = (stage: CardStage) =>
  stage.emulator.world.paymentIntents.newestFirst().filter(({ amount }) => amount === 2_000).length

test('a balance below the threshold buys once, and not again while it is above', async (t) => {
  const stage = await openWithWish(t)
  equal(await run(stage), 1)
  equal((await stage.balance(stage.accountId)).available, usd(21))
  equal(await run(stage), 0)
  const { orderId, pause, spentThisMonth } = await stateOf(stage, stage.accountId)
  deepEqual([orderId, pause, spentThisMonth], [undefined, undefined, usd(20)])
  equal(charges(stage), 1)
})

test('twenty who notice it at once, in four processes, are one charge', async (t) => {
  const stage = await openWithWish(t)
  const gateways = [stage.gateway, ...(await Promise.all([1, 2, 3].map(() => stage.openGateway())))]
  const begun = await Promise.all(Array.from({ length: 20 }, (_, n) => run(stage, gateways[n % 4])))
  equal(
    begun.reduce<number>((sum, count) => sum + Number(count), 0),
    1,
  )
  deepEqual([attempts(stage), charges(stage)], [1, 1])
  equal((await stage.balance(stage.accountId)).available, usd(21))
  deepEqual(await offences(stage.database), [])
})

test('an answer that is lost after the charge is no second charge, however often and by whom it is looked after', async (t) => {
  const stage = await openWithWish(t)
  stage.emulator.setChaos({ lose_answer: 1 })
  equal(await run(stage), 1)
  equal(charges(stage), 1)
  equal((await stage.balance(stage.accountId)).available, usd(1))
  stage.emulator.setChaos({ lose_answer: 0 })
  const sibling = await stage.openGateway()
  await run(stage, sibling)
  equal(attempts(stage), 1)
  stage.wait(2 * minuteMs)
  await Promise.all([stage.gateway, sibling].map((by) => stage.run(by, 'stripe-payments')))
  equal((await stage.balance(stage.accountId)).available, usd(21))
  deepEqual([attempts(stage), charges(stage)], [1, 1])
  equal((await stateOf(stage, stage.accountId)).orderId, undefined)
})

test('a process that dies after the charge does not charge again: a webhook, or a sibling, credits it', async (t) => {
  const stage = await openWithWish(t)
  const dying = await stage.openGateway()
  const { paymentIntents } = dying.tools.stripe
  const create = paymentIntents.create.bind(paymentIntents)
  paymentIntents.create = (...asked: Parameters<typeof create>) =>
    create(...asked).then(() => {
      throw new Error('killed')
    })
  await run(stage, dying)
  equal(charges(stage), 1)
  stage.wait(30_000)
  equal(await run(stage), 0)
  stage.wait(2 * minuteMs)
  await stage.run(stage.gateway, 'stripe-sweep')
  await stage.run(stage.gateway, 'stripe-events')
  await stage.run(stage.gateway, 'stripe-payments')
  equal((await stage.balance(stage.accountId)).available, usd(21))
  await run(stage)
  deepEqual([attempts(stage), charges(stage)], [1, 1])
})

test('a Stripe that does nothing is asked again until it does, under the same key', async (t) => {
  const stage = await openWithWish(t)
  stage.emulator.setChaos({ fail_before: 1 })
  await run(stage)
  equal(attempts(stage), 0)
  stage.emulator.setChaos({ fail_before: 0 })
  stage.wait(2 * minuteMs)
  await stage.run(stage.gateway, 'stripe-payments')
  equal((await stage.balance(stage.accountId)).available, usd(21))
  equal(attempts(stage), 1)
})

test('what nobody knows of after a day fails, and is begun anew', async (t) => {
  const stage = await openWithWish(t)
  stage.emulator.setChaos({ fail_before: 1 })
  await run(stage)
  stage.emulator.setChaos({ fail_before: 0 })
  stage.wait(24 * hourMs)
  await stage.run(stage.gateway, 'stripe-payments')
  equal(attempts(stage), 0)
  stage.wait(hourMs)
  equal(await run(stage), 1)
  equal((await stage.balance(stage.accountId)).available, usd(21))
})

test('a decline pauses at once, says why, and asks no more until it is set again', async (t) => {
  const stage = await openWithWish(t)
  spoilCard(stage, stage.cardId)
  equal(await run(stage), 1)
  const paused = await stateOf(stage, stage.accountId)
  equal(paused.pause?.kind, 'declined')
  match(paused.pause.words, /declined/)
  deepEqual(
    stage.told.map(({ kind }) => kind),
    ['declined'],
  )
  stage.wait(48 * hourMs)
  equal(await run(stage), 0)
  equal(attempts(stage), 1)
  await wish(stage, stage.accountId, { cardId: stage.cardId })
  equal((await stateOf(stage, stage.accountId)).pause, undefined)
  equal(await run(stage), 1)
  equal(attempts(stage), 2)
})

test('a bank that wants to see the card holder pauses it at once: the payment is never half done', async (t) => {
  const stage = await openWithWish(t, cardNumbers.asksAlways)
  await run(stage)
  equal((await stateOf(stage, stage.accountId)).pause?.kind, 'authentication')
  match(stage.told[0]!.words, /confirmed by its holder/)
  const [intent] = stage.emulator.world.paymentIntents.newestFirst()
  equal(intent!.status, 'requires_payment_method')
  equal((await stage.balance(stage.accountId)).available, usd(1))
})

test('no more than the monthly ceiling is charged, and whoever looks after the account is told once', async (t) => {
  const stage = await openWithWish(t, undefined, { threshold: usd(1_000), amount: usd(20), monthlyMax: usd(50) })
  for (let round = 0; round < 5; round++) await run(stage)
  equal(charges(stage), 2)
  const { pause, nextAt } = await stateOf(stage, stage.accountId)
  equal(pause?.kind, 'ceiling')
  ok(nextAt && nextAt.getUTCDate() === 1)
  deepEqual(
    stage.told.map(({ kind }) => kind),
    ['ceiling'],
  )
  await wish(stage, stage.accountId, { cardId: stage.cardId, threshold: usd(1_000), monthlyMax: usd(60) })
  for (let round = 0; round < 3; round++) await run(stage)
  equal(charges(stage), 3)
})

test('a card that is removed, here or at Stripe, is charged no more', async (t) => {
  const stage = await openWithWish(t)
  equal(await removeCard(stage.gateway.tools, stage.accountId, stage.cardId), true)
  equal(await run(stage), 0)
  const { pause } = await stateOf(stage, stage.accountId)
  equal(pause?.kind, 'card')
  equal(charges(stage), 0)

  const other = await openWithWish(t)
  await other.gateway.tools.stripe.paymentMethods.detach(other.cardId)
  await run(other)
  ok(['card', 'refused'].includes((await stateOf(other, other.accountId)).pause!.kind))
  equal(charges(other), 0)
})

test('an account that is frozen or wants nothing bought is not charged', async (t) => {
  const stage = await openWithWish(t)
  await changeAccount(stage.db, stage.accountId, { frozen: true })
  equal(await run(stage), 0)
  await changeAccount(stage.db, stage.accountId, { frozen: false })
  await wish(stage, stage.accountId, { cardId: stage.cardId, isOn: false })
  equal(await run(stage), 0)
  equal(charges(stage), 0)
})

test('an account that owes for a dispute is not charged by itself', async (t) => {
  const stage = await openWithWish(t)
  await run(stage)
  await stage.database.pool.query('update ledger_account set owed = 1, frozen = true where id = $1', [stage.accountId])
  await wish(stage, stage.accountId, { cardId: stage.cardId, threshold: usd(90) })
  equal(await run(stage), 0)
  equal(charges(stage), 1)
})

test('a ceiling below one top-up, and a card of somebody else, are refused', async (t) => {
  const stage = await openWithWish(t)
  const other = await stage.makeCustomer()
  const asked = { isOn: true, threshold: usd(5), amount: usd(20), personId: undefined, cardId: stage.cardId }
  const wished = (accountId: Uuid, monthlyMax = usd(100)) =>
    setAutoTopUp(stage.gateway.tools, { ...asked, accountId, monthlyMax })
  equal((await wished(stage.accountId, usd(19))).kind, 'too-low')
  equal((await wished(other)).kind, 'no-card')
})

test('another card that is given for it is charged from then on, and lets it go on', async (t) => {
  const stage = await openWithWish(t, cardNumbers.asksAlways)
  await run(stage)
  const { stripe } = stage.gateway.tools
  const { customer } = stage.emulator.world.paymentMethods.get(stage.cardId)
  const good = await stripe.setupIntents.create({
    ...{ customer: customer as string, payment_method: 'pm_card_visa', confirm: true, usage: 'off_session' },
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    metadata: { redpill_purpose: 'auto-top-up' },
  })
  await stage.run(stage.gateway, 'stripe-sweep')
  await stage.run(stage.gateway, 'stripe-events')
  const { cardId, pause } = await stateOf(stage, stage.accountId)
  deepEqual([cardId, pause], [good.payment_method, undefined])
  equal(await run(stage), 1)
  equal((await stage.balance(stage.accountId)).available, usd(21))
})

test('a key that may not charge pauses nobody: it is tried again until the operator has mended it', async (t) => {
  const stage = await openWithWish(t)
  const wrong = await stage.openGateway({ secretKey: 'sk_test_of_nobody' })
  await run(stage, wrong)
  const { pause, orderId } = await stateOf(stage, stage.accountId)
  deepEqual([pause, attempts(stage), stage.told], [undefined, 0, []])
  stage.wait(2 * minuteMs)
  await stage.run(stage.gateway, 'stripe-payments')
  equal((await stage.balance(stage.accountId)).available, usd(21))
  equal((await stage.find(orderId!)).state, 'credited')
})

test('a charge that Stripe has forgotten, as an emulator does that was started anew, does not stand in the way for ever', async (t) => {
  const stage = await openWithWish(t)
  stage.emulator.setChaos({ lose_answer: 1 })
  await run(stage)
  stage.emulator.setChaos({ lose_answer: 0 })
  const { orderId } = await stateOf(stage, stage.accountId)
  await stage.database.pool.query(`update stripe_payment set intent_id = 'pi_forgotten' where order_id = $1`, [orderId])
  for (let day = 0; day < 3; day++) {
    stage.wait(24 * hourMs)
    await stage.run(stage.gateway, 'stripe-payments')
  }
  equal((await stateOf(stage, stage.accountId)).orderId, undefined)
  equal((await stage.find(orderId!)).state, 'failed')
})
