import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { Stripe } from 'stripe'
import { hear, noticeIn } from './notice.ts'

const secret = 'whsec_a_secret_of_a_test_endpoint'
const { webhooks } = new Stripe('sk_test_never_used')
const nowMs = Date.UTC(2026, 0, 31, 12)
const seconds = nowMs / 1_000

const event = {
  id: 'evt_1',
  object: 'event',
  livemode: false,
  type: 'charge.refunded',
  created: seconds,
  data: { object: { id: 'ch_1', object: 'charge', payment_intent: 'pi_1', amount: 100 } },
}
const payload = JSON.stringify(event)

const sign = (text: string, { at = seconds, by = secret } = {}) =>
  webhooks.generateTestHeaderString({ payload: text, secret: by, timestamp: at })

const heardOf = (text: string, signature: string | undefined) =>
  hear({ webhooks }, { bytes: Buffer.from(text), signature, secret }, nowMs)

test('a webhook that Stripe signed is heard: what happened to which object, and nothing of its state', () => {
  deepEqual(heardOf(payload, sign(payload)), {
    kind: 'heard',
    notice: {
      ...{ id: 'evt_1', livemode: false, type: 'charge.refunded', happenedAt: new Date(nowMs) },
      object: { kind: 'charge', id: 'ch_1' },
      ...{ intentId: 'pi_1', chargeId: 'ch_1' },
    },
  })
})

test('a webhook is refused without a signature, with a forged one, altered by a byte, or signed by another secret', () => {
  const good = sign(payload)
  const forged = good.replace(/v1=../, (start) => `v1=${start.endsWith('00') ? '11' : '00'}`)
  const refusals = [
    heardOf(payload, undefined),
    heardOf(payload, ''),
    heardOf(payload, 'v1=abc'),
    heardOf(payload, `t=${seconds}`),
    heardOf(payload, `t=${seconds},v0=${good.split('v1=')[1]}`),
    heardOf(payload, forged),
    heardOf(payload, sign(payload, { by: 'whsec_another_secret' })),
    heardOf(payload.replace('"amount":100', '"amount":900'), good),
    heardOf(`${payload} `, good),
    heardOf(JSON.stringify(event, null, 1), good),
    heardOf(payload, good.replace(String(seconds), String(seconds + 1))),
  ]
  deepEqual(
    refusals.map(({ kind }) => kind),
    refusals.map(() => 'refused'),
  )
})

test('a webhook of more than five minutes ago, or hence, is refused though it is signed', () => {
  for (const [at, kind] of [
    [seconds - 300, 'heard'],
    [seconds - 301, 'refused'],
    [seconds + 300, 'heard'],
    [seconds + 301, 'refused'],
    [0, 'refused'],
  ] as const)
    equal(heardOf(payload, sign(payload, { at })).kind, kind, String(at))
  const old = heardOf(payload, sign(payload, { at: seconds - 301 }))
  match(old.kind === 'refused' ? old.why : '', /older than five minutes/)
})

test('what is signed and is no event of an object is taken and let lie', () => {
  for (const text of ['{}', '[]', '7', JSON.stringify({ ...event, object: 'v2.core.event' })]) {
    const { kind } = heardOf(text, sign(text))
    equal(kind === 'idle' || kind === 'refused', true, text)
  }
  equal(noticeIn({ ...event, data: { object: { object: 'balance' } } }).kind, 'idle')
})

test('the payment that an object belongs to is found, be it a name or the whole of it', () => {
  for (const payment_intent of ['pi_1', { id: 'pi_1', object: 'payment_intent' }]) {
    const object = { id: 'dp_1', object: 'dispute', charge: 'ch_1', payment_intent }
    const heard = noticeIn({ ...event, data: { object } })
    deepEqual(heard.kind === 'heard' && [heard.notice.intentId, heard.notice.chargeId], ['pi_1', 'ch_1'])
  }
})
