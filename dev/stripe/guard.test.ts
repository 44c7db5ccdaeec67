/** Whom the emulator answers, and when it does not even start. */
import { equal, match, rejects } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { Stripe } from 'stripe'
import { clientOf, openEmulator } from './test/variants.ts'

function statusOf(url: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', reject)
    asked.end()
  })
}

test('it does not start in production', () => {
  const main = join(import.meta.dirname, 'main.ts')
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: { ...process.env, NODE_ENV: 'production' },
    encoding: 'utf8',
  })
  equal(status, 2)
  match(stderr, /does not run where NODE_ENV is production/)
})

test('pages of other sites, and names that only lead here, are refused', async (t) => {
  const { emulator } = await openEmulator(t)
  const { host } = new URL(emulator.url)
  equal(await statusOf(emulator.url, { host: 'attacker.example' }), 403)
  equal(await statusOf(emulator.url, { host: `${host}.attacker.example` }), 403)
  const chaos = `${emulator.url}/_emulator/chaos`
  equal(await statusOf(chaos, { origin: 'https://attacker.example' }, 'POST'), 403)
  equal(await statusOf(chaos, { origin: 'null' }, 'POST'), 403)
  equal(await statusOf(chaos, { origin: `http://${host}` }, 'POST'), 200)
})

test('who has no key, another key, a public or a live key gets nothing', async (t) => {
  const { emulator } = await openEmulator(t)
  const asked = (secretKey: string) => clientOf({ url: emulator.url, secretKey }).customers.list()
  equal(await statusOf(`${emulator.url}/v1/customers`, {}), 401)
  await rejects(asked('sk_test_another'), { type: 'StripeAuthenticationError', statusCode: 401 })
  await rejects(asked('pk_test_public'), { type: 'StripePermissionError', statusCode: 403 })
  await rejects(asked('sk_live_0123456789'), {
    type: 'StripeAuthenticationError',
    message: /a live key has no business here/,
  })
})

test('a client of another version of the API is told so, and served nothing', async (t) => {
  const { emulator } = await openEmulator(t)
  const { hostname, port } = new URL(emulator.url)
  const other = new Stripe(emulator.secretKey, {
    ...{ host: hostname, port, protocol: 'http', maxNetworkRetries: 0 },
    apiVersion: '2020-08-27' as '2026-10-28.endive',
  })
  await rejects(other.customers.list(), { message: /Invalid Stripe API version: 2020-08-27/ })
})

test('what is no address at all is told so', async (t) => {
  const { emulator } = await openEmulator(t)
  const { hostname, port } = new URL(emulator.url)
  const status = await new Promise<number>((resolve, reject) => {
    const asked = request({ hostname, port, path: '//', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.once('error', reject)
    asked.end()
  })
  equal(status, 400)
})

test('what is asked for another account is not done for this one', async (t) => {
  const { stripe } = await openEmulator(t)
  await rejects(stripe.customers.create({}, { stripeAccount: 'acct_1' }), { statusCode: 403 })
})

test('a body that is longer than any real one is refused', async (t) => {
  const { stripe } = await openEmulator(t)
  await rejects(stripe.customers.create({ description: 'x'.repeat(1_100_000) }), { statusCode: 400 })
})
