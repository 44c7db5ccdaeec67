import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { testDatabase } from '../../test/support/database.ts'
import { clock } from '../../test/support/clock.ts'
import { atEnd } from '../../test/support/scope.ts'
import { startReceiver } from '../../test/support/webhook-receiver.ts'
import { createAccount, issueKey } from '../accounts/index.ts'
import { idSource, type Uuid } from '../core/ids.ts'
import { credits, nanoUsd } from '../core/money.ts'
import { grant, openBatchLane, type LimitWindow } from '../credits/index.ts'
import { openSecrets } from '../platform/secrets.ts'
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  deliverDue,
  eventTypes,
  findWebhook,
  listDeliveries,
  setLowBalance,
  testWebhook,
  watchCredits,
} from './index.ts'
import { signHeaders } from './signature.ts'
import { judgeBalance } from './watch.ts'

const scope = { after }
const database = await testDatabase(scope)
const { db } = database
const chance = { bytes: (length: number) => randomBytes(length) }
const makeId = idSource(clock, chance)
const secrets = openSecrets('a secret that is long enough for a test', chance)
const lane = openBatchLane({ database, clock, processId: makeId() })
const receiver = await startReceiver(scope)
atEnd(scope, () => lane.close())

let laterMs = 0
const later = { nowMs: () => clock.nowMs() + laterMs }
const tools = { clock: later, chance, makeId, secrets }

const give = (accountId: Uuid, amount: number) =>
  grant(db, { transferId: makeId(), accountId, amount: credits(amount), reference: makeId() })

async function makeCustomer(granted: number, limit?: { credits: number; window: LimitWindow }) {
  const at = new Date(clock.nowMs())
  const { id } = await createAccount(db, { id: makeId(), name: 'A customer', kind: 'customer', createdAt: at })
  await give(id, granted)
  const issued = await issueKey(
    db,
    {
      ...{ id: makeId(), accountId: id, kind: 'inference', name: 'a key', createdAt: at },
      ...(limit && { limit: credits(limit.credits), window: limit.window }),
    },
    { secrets, chance },
  )
  ok(issued.kind === 'issued')
  const made = await createWebhook(
    db,
    { accountId: id, url: receiver.url, events: eventTypes, allAccounts: false, allowPrivate: true },
    tools,
  )
  ok(made.kind === 'created')
  return { id, keyId: issued.key.id, webhook: made.webhook, secret: made.secret }
}

async function spend(customer: { id: Uuid; keyId: Uuid }, amount: number): Promise<void> {
  const callId = makeId()
  const { kind } = await lane.reserve({
    ...{ callId, accountId: customer.id, keyId: customer.keyId, expiresAtMs: clock.nowMs() + 60_000, context: {} },
    ...{ amountMin: credits(amount), amountWanted: credits(amount) },
  })
  equal(kind, 'held')
  await lane.settle({
    ...{ callId, cost: credits(amount), providerShareBps: 0, state: 'ok', status: 200, modelId: 'm' },
    ...{ provider: undefined, offerId: undefined, units: {}, usageSource: 'none', promptBytes: 0 },
    ...{ firstByteMs: undefined, durationMs: 1, detail: {} },
  })
}

const toldTo = async (webhookId: Uuid) =>
  (await listDeliveries(db, { webhookId, beforeId: undefined, limit: 100 })).toReversed()
/** As several processes do at once. */
const watchOften = () => Promise.all(Array.from({ length: 8 }, () => watchCredits(db, tools)))
const typesTold = async (webhookId: Uuid) => (await toldTo(webhookId)).map(({ type }) => type)

test('a low balance is told once for each crossing, however many look at once and however long it stays low', async () => {
  const customer = await makeCustomer(1_000)
  await setLowBalance(db, customer.id, credits(500))
  await watchOften()
  deepEqual(await typesTold(customer.webhook.id), [])
  await spend(customer, 501)
  for (let turn = 0; turn < 3; turn++) await watchOften()
  await spend(customer, 9)
  await watchOften()
  const [told, another] = await toldTo(customer.webhook.id)
  equal(another, undefined)
  deepEqual(
    [told!.type, told!.data],
    ['balance.low', { account_id: customer.id, balance_credits: '499', threshold_credits: '500' }],
  )
  // 540 is above 500, but not 10 percent above.
  for (const amount of [50, 10]) {
    await give(customer.id, amount)
    await watchOften()
    if (amount === 50) await spend(customer, 45)
    await watchOften()
  }
  equal((await toldTo(customer.webhook.id)).length, 1)
  await give(customer.id, 1_000)
  await watchOften()
  await spend(customer, 1_100)
  await watchOften()
  deepEqual(await typesTold(customer.webhook.id), ['balance.low', 'balance.low'])
})

test('between low and refilled there is a tenth, and what is neither stays what it was', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(nanoUsd)
  fc.assert(
    fc.property(amount, amount, (balance, threshold) => {
      const [stays, begins] = [judgeBalance(balance, threshold, true), judgeBalance(balance, threshold, false)]
      if (balance < threshold) deepEqual([begins, stays], [true, true])
      else if (balance * 10n >= threshold * 11n) deepEqual([begins, stays], [false, false])
      else deepEqual([begins, stays], [false, true])
    }),
  )
})

test('a key is told of at 80 and at 100 percent of its limit, once in each window', async () => {
  const customer = await makeCustomer(10_000, { credits: 100, window: 'day' })
  await spend(customer, 79)
  await watchOften()
  deepEqual(await typesTold(customer.webhook.id), [])
  await spend(customer, 1)
  for (let turn = 0; turn < 3; turn++) await watchOften()
  deepEqual(await typesTold(customer.webhook.id), ['key.limit_near'])
  await spend(customer, 20)
  for (let turn = 0; turn < 3; turn++) await watchOften()
  const told = await toldTo(customer.webhook.id)
  deepEqual(
    told.map(({ type }) => type),
    ['key.limit_near', 'key.limit_reached'],
  )
  const { window_start: start, ...data } = told[1]!.data
  ok(typeof start === 'string')
  match(start, /T00:00:00\.000Z$/)
  deepEqual(data, {
    ...{ account_id: customer.id, key_id: customer.keyId, limit_credits: '100', limit_window: 'day' },
    ...{ spent_credits: '100', remaining_credits: '0' },
  })
  // A window that has passed is nobody's any more.
  laterMs = 86_400_000
  await watchOften()
  laterMs = 0
  equal((await toldTo(customer.webhook.id)).length, 2)
})

test('a key that passes both steps between two looks is told of once, for the higher', async () => {
  const customer = await makeCustomer(10_000, { credits: 100, window: 'total' })
  await spend(customer, 100)
  await watchOften()
  deepEqual(await typesTold(customer.webhook.id), ['key.limit_reached'])
})

test('an account hears of itself alone, an operator that asks for it of all, and nobody of what was not asked for', async () => {
  const [mine, others] = [await makeCustomer(1_000), await makeCustomer(1_000)]
  const operator = { accountId: mine.id, url: receiver.url, events: eventTypes, allAccounts: true, allowPrivate: true }
  const all = await createWebhook(db, operator, tools)
  ok(all.kind === 'created')
  await changeWebhook(db, mine.webhook.id, { events: ['key.limit_near'] }, new Date(clock.nowMs()))
  for (const { id } of [mine, others]) await setLowBalance(db, id, credits(5_000))
  await watchOften()
  deepEqual(await typesTold(mine.webhook.id), [])
  deepEqual(await typesTold(others.webhook.id), ['balance.low'])
  const heard = new Set((await toldTo(all.webhook.id)).map(({ data }) => data['account_id']))
  ok([mine.id, others.id].every((id) => heard.has(id)))
})

/** Sends until nothing is due, from several processes at once. */
async function deliverAll(): Promise<void> {
  for (;;) {
    const made = await Promise.all(Array.from({ length: 4 }, () => deliverDue(db, tools)))
    if (made.every((count) => count === 0)) return
  }
}

test('a delivery goes out once, signed, from whichever process takes it', async () => {
  await deliverAll()
  const customer = await makeCustomer(1_000)
  const before = receiver.received.length
  const ids = await Promise.all(Array.from({ length: 25 }, () => testWebhook(db, customer.webhook, tools)))
  await deliverAll()
  const received = receiver.received.slice(before)
  deepEqual(received.map(({ id }) => id).toSorted(), ids.toSorted())
  for (const hook of received) {
    ok(hook.isSignedBy(customer.secret))
    ok(!hook.isSignedBy('whsec_AAAA'))
    deepEqual(
      [hook.body['type'], hook.body['data']],
      ['webhook.test', { account_id: customer.id, webhook_id: customer.webhook.id }],
    )
  }
  ok(
    (await toldTo(customer.webhook.id)).every(
      ({ status, answerStatus }) => status === 'delivered' && answerStatus === 204,
    ),
  )
})

test('a delivery that fails comes again under its id, later and later, and is given up in the end', async () => {
  const customer = await makeCustomer(1_000)
  await testWebhook(db, customer.webhook, tools)
  const before = receiver.received.length
  receiver.answerNext(...Array.from({ length: 9 }, () => 500))
  const waits: number[] = []
  for (let attempt = 1; attempt <= 9; attempt++) {
    await deliverAll()
    const [delivery] = await toldTo(customer.webhook.id)
    equal(delivery!.attempts, attempt)
    if (!delivery!.nextAt) break
    const waitMs = delivery!.nextAt.getTime() - later.nowMs()
    waits.push(waitMs)
    laterMs += waitMs + 1
  }
  laterMs = 0
  ok(
    waits.every((wait, at) => at === 0 || wait >= waits[at - 1]! - 1_000),
    String(waits),
  )
  const [delivery] = await toldTo(customer.webhook.id)
  deepEqual([delivery!.status, delivery!.problem], ['failed', 'answered with status 500'])
  equal(new Set(receiver.received.slice(before).map(({ id }) => id)).size, 1)
  equal(receiver.received.length - before, 9)
})

test('a redirect is not followed, and one that is gone is not asked again', async () => {
  const customer = await makeCustomer(1_000)
  const before = receiver.received.length
  receiver.answerNext(302)
  await testWebhook(db, customer.webhook, tools)
  await deliverAll()
  equal((await toldTo(customer.webhook.id))[0]!.problem, 'answered with status 302')
  receiver.answerNext(410)
  laterMs = 10_000
  await deliverAll()
  laterMs = 0
  equal((await toldTo(customer.webhook.id))[0]!.status, 'failed')
  equal((await findWebhook(db, customer.webhook.id))!.disabled, true)
  equal(receiver.received.length - before, 2)
})

test('a private address is not called, and a process that died leaves its delivery to another', async () => {
  const customer = await makeCustomer(1_000)
  const before = receiver.received.length
  await changeWebhook(db, customer.webhook.id, { allowPrivate: false }, new Date(clock.nowMs()))
  await testWebhook(db, customer.webhook, tools)
  await deliverAll()
  const [refused] = await toldTo(customer.webhook.id)
  match(refused!.problem ?? '', /not an address that may be called/)
  equal(receiver.received.length, before)
  // The claim of a process that ends before it has noted an outcome.
  await changeWebhook(db, customer.webhook.id, { allowPrivate: true }, new Date(clock.nowMs()))
  laterMs = 120_000
  await deliverAll()
  laterMs = 0
  equal((await toldTo(customer.webhook.id))[0]!.status, 'delivered')
})

test('what waits for a webhook that is deleted is given up', async () => {
  const customer = await makeCustomer(1_000)
  await testWebhook(db, customer.webhook, tools)
  equal(await deleteWebhook(db, customer.webhook.id, new Date(clock.nowMs())), true)
  const before = receiver.received.length
  await deliverAll()
  equal(receiver.received.length, before)
  equal(await findWebhook(db, customer.webhook.id), undefined)
})

test('signatures are those of the standard', () => {
  // Made with the standard's own description: HMAC-SHA-256 under the decoded secret over `id.seconds.body`.
  const headers = signHeaders(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330_000,
    '{"test": 2432232314}',
  )
  equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  notEqual(signHeaders('whsec_AAAA', 'msg_1', 0, '')['webhook-signature'], headers['webhook-signature'])
})
