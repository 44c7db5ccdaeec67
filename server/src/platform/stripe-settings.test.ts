import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './config.ts'

const problemsOf = (variables: Readonly<Record<string, string>>) => {
  const read = readConfig(variables)
  return read.kind === 'invalid' ? read.problems : []
}
const stripeOf = (variables: Readonly<Record<string, string>>) => {
  const read = readConfig(variables)
  return read.kind === 'read' ? read.config.stripe : undefined
}

const emulator = 'http://127.0.0.1:12111'

test('without a key nobody pays by card, and nothing else is needed', () => {
  deepEqual(stripeOf({}), {
    ...{ secretKey: undefined, isLive: false, webhookSecret: undefined, apiUrl: undefined },
    ...{ tax: false, invoices: false },
  })
})

test('secret and restricted keys work, and it is known which move real money', () => {
  for (const [key, isLive] of [
    ['sk_test_abc', false],
    ['rk_test_abc', false],
    ['sk_live_abc', true],
    ['rk_live_abc', true],
  ] as const)
    equal(stripeOf({ STRIPE_SECRET_KEY: key })?.isLive, isLive, key)
})

test('a live key is never sent anywhere but to Stripe', () => {
  for (const key of ['sk_live_abc', 'rk_live_abc'])
    equal(problemsOf({ STRIPE_SECRET_KEY: key, REDPILL_STRIPE_API_URL: emulator }).length, 1, key)
  equal(stripeOf({ STRIPE_SECRET_KEY: 'sk_test_abc', REDPILL_STRIPE_API_URL: `${emulator}/` })?.apiUrl, emulator)
})

test('what is no secret key, no webhook secret or no origin is refused, and is not repeated', () => {
  for (const variables of [
    { STRIPE_SECRET_KEY: 'pk_test_abc' },
    { STRIPE_SECRET_KEY: 'sk_test_' },
    { STRIPE_SECRET_KEY: 'sk_test_a b' },
    { STRIPE_SECRET_KEY: 'sk_test_abc', STRIPE_WEBHOOK_SECRET: 'secret' },
    { STRIPE_SECRET_KEY: 'sk_test_abc', STRIPE_WEBHOOK_SECRET: 'whsec_' },
    { STRIPE_SECRET_KEY: 'sk_test_abc', REDPILL_STRIPE_API_URL: `${emulator}/v1` },
    { STRIPE_SECRET_KEY: 'sk_test_abc', REDPILL_STRIPE_TAX: 'yes' },
    { STRIPE_WEBHOOK_SECRET: 'whsec_0123456789' },
    { REDPILL_STRIPE_API_URL: emulator },
  ]) {
    const problems = problemsOf(variables)
    equal(problems.length, 1, JSON.stringify(variables))
    equal(problems.join().includes('abc'), false)
  }
})
