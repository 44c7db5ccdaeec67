import { deepEqual, equal, notDeepEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { order, pay, visa } from './test/payer.ts'
import { startReceiver } from './test/receiver.ts'
import { openEmulator } from './test/variants.ts'

test("events arrive signed, and say what Stripe's list of events says", async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t, { webhookUrl: receiver.url })
  await pay(await stripe.checkout.sessions.create(order(1_000)), visa)
  await emulator.settled()
  deepEqual(receiver.forged, [])
  const types = new Set(receiver.events.map(({ type }) => type))
  for (const type of ['payment_intent.succeeded', 'charge.succeeded', 'checkout.session.completed'] as const)
    ok(types.has(type), type)
  for (const { id, type, data } of receiver.events) {
    const listed = await stripe.events.retrieve(id)
    deepEqual([listed.type, JSON.stringify(listed.data)], [type, JSON.stringify(data)])
    equal(listed.pending_webhooks, 0)
  }
  const completed = await stripe.events.list({ types: ['checkout.session.completed', 'checkout.session.expired'] })
  deepEqual(
    completed.data.map(({ type }) => type),
    ['checkout.session.completed'],
  )
})

test('an event tells how things were when it happened, whatever became of them', async (t) => {
  const { stripe } = await openEmulator(t)
  const customer = await stripe.customers.create({ name: 'Before' })
  await stripe.customers.update(customer.id, { name: 'After' })
  const [updated, created] = (await stripe.events.list({ type: 'customer.*' })).data
  ok(updated?.type === 'customer.updated' && created?.type === 'customer.created')
  equal(created.data.object.name, 'Before')
  deepEqual([updated.data.object.name, updated.data.previous_attributes?.name], ['After', 'Before'])
})

test('what is not taken is sent again until it is, and then no more', async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t, { webhookUrl: receiver.url, retryDelaysMs: [1, 1, 1] })
  receiver.answerNext(500, 302, 404)
  await stripe.customers.create({})
  await emulator.settled()
  equal(receiver.events.length, 4)
  equal(new Set(receiver.events.map(({ id }) => id)).size, 1)
  const [delivery] = emulator.deliveries()
  deepEqual([delivery?.state, delivery?.attempts.map(({ status }) => status)], ['delivered', [500, 302, 404, 200]])
})

test('what nobody takes is given up after its last attempt, and can be sent again by hand', async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t, { webhookUrl: receiver.url, retryDelaysMs: [1] })
  receiver.answerNext(500, 500)
  await stripe.customers.create({})
  await emulator.settled()
  equal(emulator.deliveries()[0]?.state, 'given up')
  ok(emulator.resend(emulator.deliveries()[0]!.id))
  await emulator.settled()
  deepEqual([emulator.deliveries()[0]?.state, receiver.events.length], ['delivered', 3])
})

test('retries wait for their time, which can be jumped over', async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t, { webhookUrl: receiver.url, retryDelaysMs: [3_600_000] })
  receiver.answerNext(503)
  await stripe.customers.create({})
  const settled = emulator.settled()
  while (emulator.deliveries()[0]?.attempts.length !== 1) await new Promise((resolve) => setImmediate(resolve))
  // Signatures are of the receiver's time: they hold although the emulator's clock has jumped.
  emulator.advance(3_600_000)
  await settled
  deepEqual([emulator.deliveries()[0]?.state, receiver.forged], ['delivered', []])
})

test('with chaos an event comes several times, in another order, or never; the list of events has each once', async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t, {
    webhookUrl: receiver.url,
    chaos: { duplicate: 2, drop: 0.3, shuffle_ms: 3_600_000, seed: 7 },
  })
  for (let made = 0; made < 30; made++) await stripe.customers.create({ name: String(made) })
  emulator.advance(3_600_000)
  await emulator.settled()
  const listed = (await stripe.events.list({ limit: 100 })).data.map(({ id }) => id).toReversed()
  equal(listed.length, 30)
  const came = receiver.events.map(({ id }) => id)
  const once = [...new Set(came)]
  const dropped = emulator.deliveries().filter(({ state }) => state === 'dropped').length
  ok(dropped > 0 && dropped < 30, `${dropped} dropped`)
  equal(once.length, 30 - dropped)
  equal(came.length, 3 * once.length)
  notDeepEqual(
    once,
    listed.filter((id) => once.includes(id)),
  )
})

test('the same seed drops the same events', async (t) => {
  const dropped = async (seed: number) => {
    const receiver = await startReceiver(t)
    const { stripe, emulator } = await openEmulator(t, { webhookUrl: receiver.url, chaos: { drop: 0.5, seed } })
    for (let made = 0; made < 16; made++) await stripe.customers.create({})
    await emulator.settled()
    return emulator.deliveries().map(({ state }) => state)
  }
  deepEqual(await dropped(3), await dropped(3))
  notDeepEqual(await dropped(3), await dropped(4))
})

test('an endpoint gets the events it asked for, until it is switched off or taken away', async (t) => {
  const receiver = await startReceiver(t)
  const { stripe, emulator } = await openEmulator(t)
  const endpoint = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['customer.deleted'] })
  ok(endpoint.secret?.startsWith('whsec_'))
  equal((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret, undefined)
  const { id } = await stripe.customers.create({})
  await stripe.customers.del(id)
  await emulator.settled()
  // Signed under the endpoint's own secret, not under the one that the receiver knows.
  deepEqual([receiver.events.length, receiver.forged.length], [0, 1])
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true })
  await stripe.customers.del((await stripe.customers.create({})).id)
  await stripe.webhookEndpoints.del(endpoint.id)
  await emulator.settled()
  equal(receiver.forged.length, 1)
})

test('webhooks are sent to this machine alone', async (t) => {
  const { stripe } = await openEmulator(t)
  for (const url of [
    'https://example.com/hook',
    'http://10.0.0.1/hook',
    'http://localhost.example.com/',
    'ftp://127.0.0.1/',
  ])
    await rejects(stripe.webhookEndpoints.create({ url, enabled_events: ['*'] }), { code: 'url_invalid' })
})
