import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import type { Stripe } from 'stripe'
import { clientOf, openEmulator } from './test/variants.ts'

const charge = async (stripe: Stripe, idempotencyKey: string) =>
  stripe.paymentIntents.create(
    {
      ...{ amount: 1_000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true },
      allowed_payment_method_types: ['card'],
    },
    { idempotencyKey },
  )

test('a request that fails before it is done has done nothing, and its key can be used again', async (t) => {
  const { stripe, emulator } = await openEmulator(t, { chaos: { fail_before: 1 } })
  await rejects(charge(stripe, 'one'), { type: 'StripeAPIError', statusCode: 500 })
  emulator.setChaos({ fail_before: 0 })
  deepEqual((await stripe.charges.list()).data, [])
  equal((await charge(stripe, 'one')).status, 'succeeded')
})

test('an answer that is lost was nevertheless true: asked again under its key, it comes, and the card is charged once', async (t) => {
  const { stripe, emulator } = await openEmulator(t, { chaos: { lose_answer: 1 } })
  await rejects(charge(stripe, 'one'), { type: 'StripeConnectionError' })
  emulator.setChaos({ lose_answer: 0 })
  const replayed = await charge(stripe, 'one')
  deepEqual([replayed.status, replayed.lastResponse.headers['idempotent-replayed']], ['succeeded', 'true'])
  equal((await stripe.charges.list()).data.length, 1)
})

test("through failures and lost answers Stripe's own client charges each card once", async (t) => {
  const { emulator } = await openEmulator(t, { chaos: { fail_before: 0.3, lose_answer: 0.3, seed: 11 } })
  const patient = clientOf(emulator, 12)
  const keys = Array.from({ length: 10 }, (_, at) => `payment-${at}`)
  await Promise.all(keys.map((key) => charge(patient, key)))
  emulator.setChaos({ fail_before: 0, lose_answer: 0 })
  equal((await patient.charges.list({ limit: 100 })).data.length, 10)
})

test('while a request is under way its key is taken', async (t) => {
  const hour = 3_600_000
  const { stripe, emulator } = await openEmulator(t, { chaos: { latency_ms: hour } })
  const both = [charge(stripe, 'one'), charge(stripe, 'one')]
  await rejects(Promise.race(both), { statusCode: 409, code: 'idempotency_key_in_use' })
  emulator.advance(hour)
  equal((await Promise.any(both)).status, 'succeeded')
  emulator.setChaos({ latency_ms: 0 })
  equal((await stripe.charges.list()).data.length, 1)
})

test('a declined payment is remembered under its key: the card is not tried again', async (t) => {
  const { stripe } = await openEmulator(t)
  const decline = () =>
    stripe.paymentIntents.create(
      {
        ...{ amount: 1_000, currency: 'usd', payment_method: 'pm_card_chargeDeclined', confirm: true },
        allowed_payment_method_types: ['card'],
      },
      { idempotencyKey: 'one' },
    )
  await rejects(decline, { statusCode: 402, code: 'card_declined' })
  await rejects(decline, { statusCode: 402, code: 'card_declined' })
  equal((await stripe.charges.list()).data.length, 1)
})

test('a switch that makes no sense is refused, and nothing is changed', async (t) => {
  const { emulator } = await openEmulator(t)
  throws(() => emulator.setChaos({ drop: 2 }), /a chance between 0 and 1/)
  throws(() => emulator.setChaos({ explode: 1 } as object), /There is no switch explode/)
  const post = (body: string) => fetch(`${emulator.url}/_emulator/chaos`, { method: 'POST', body })
  equal((await post('{"drop":"much"}')).status, 400)
  equal((await post('not json')).status, 400)
  const set = await post('{"drop":0.25,"seed":5}')
  equal(set.status, 200)
  match(await set.text(), /"drop": 0.25/)
})
