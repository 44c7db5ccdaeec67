/** Whom keys may reach, and from where; who guesses keys. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { makeSecret } from '../src/accounts/secret.ts'
import { ask, at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const stage = await openStage({ after }, { REDPILL_TRUSTED_PROXIES: '127.0.0.1, ::1' })
const mock = await startMockUpstream({ after })
const providers = [await stage.addUpstream(mock, { name: 'red' }), await stage.addUpstream(mock, { name: 'blue' })]
const prices = { input: '1', output: '1' }
const offers = providers.map((providerId) => ({ providerId, upstreamModel: 'normal' }))
await stage.addModel({ id: 'acme/one', prices, offers })
await stage.addModel({ id: 'acme/two', prices, offers: [offers[1]!] })
await stage.addModel({ id: 'other/one', prices, offers })

const kept = async (policy: object): Promise<Customer> => {
  const customer = await stage.addCustomer('1000000')
  await stage.server().manage('PATCH', `/keys/${customer.keyId}`, policy)
  return customer
}

test('a key that is kept to models calls those alone, by whatever name, through every API', { timeout }, async () => {
  const customer = await kept({ allowed_models: ['acme/*'] })
  equal((await customer.chat({ model: 'acme/one', max_tokens: 9 })).status, 200)
  equal((await customer.chat({ model: 'ACME/Two', max_tokens: 9 })).status, 200)
  const refused = await customer.chat({ model: 'other/one', max_tokens: 9 })
  deepEqual(
    [refused.status, at(refused.json, 'error.code'), at(refused.json, 'error.param')],
    [403, 'not_allowed', 'model'],
  )
  match(String(at(refused.json, 'error.message')), /other\/one/)
  equal((await customer.chat({ model: 'no/such' })).status, 404)
  const body = { model: 'other/one', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
  const other = await customer.ask('/v1/messages', body)
  deepEqual([other.status, at(other.json, 'error.type')], [403, 'permission_error'])
  equal((await customer.ask('/v1/messages/count_tokens', body)).status, 403)
})

test('a key that is kept to providers is served by those alone', { timeout }, async () => {
  const customer = await kept({ allowed_providers: ['red'] })
  for (let count = 0; count < 4; count++) {
    const answer = await customer.chat({ model: 'acme/one', max_tokens: 9 })
    equal((await customer.receipt(answer))['provider_name'], 'red')
  }
  mock.enqueue('server-error')
  const failed = await customer.chat({ model: 'acme/one', max_tokens: 9 })
  const attempts = (await customer.receipt(failed))['attempts'] as readonly { provider: string }[]
  deepEqual(new Set(attempts.map(({ provider }) => provider)), new Set(['red']))
  const refused = await customer.chat({ model: 'acme/two', max_tokens: 9 })
  deepEqual([refused.status, at(refused.json, 'error.code')], [403, 'not_allowed'])
})

test(
  'a key that is kept to addresses works from there alone; only a trusted proxy is believed',
  { timeout },
  async () => {
    const customer = await kept({ allowed_addresses: ['203.0.113.0/24', '2001:db8::/32'] })
    const from = (address: string) =>
      customer.chat({ model: 'acme/one', max_tokens: 9 }, { headers: { 'x-forwarded-for': address } })
    for (const address of ['203.0.113.9', '6.6.6.6, 203.0.113.9', '2001:db8::7'])
      equal((await from(address)).status, 200)
    for (const address of ['203.0.114.9', '203.0.113.9, 6.6.6.6', 'garbage', ''])
      equal((await from(address)).status, 403)
    const own = async (address: string) => {
      const headers = { authorization: `Bearer ${customer.key}`, 'x-forwarded-for': address }
      return (await fetch(`${stage.server().url}/v1/key`, { headers })).status
    }
    deepEqual([await own('203.0.113.9'), await own('6.6.6.6')], [200, 403])

    const strict = await stage.startSibling({ REDPILL_TRUSTED_PROXIES: '' })
    const there = stage.at(strict.url, customer)
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    equal((await there.chat({ model: 'acme/one', max_tokens: 9 }, { headers })).status, 403)
  },
)

test('a frozen key and a frozen account call nothing until they are thawed', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const statusIs = (status: number) => async () =>
    (await customer.chat({ model: 'acme/one', max_tokens: 9 })).status === status
  const { manage } = stage.server()
  await manage('PATCH', `/keys/${customer.keyId}`, { disabled: true })
  await eventually('the key is frozen', statusIs(401))
  await manage('PATCH', `/keys/${customer.keyId}`, { disabled: false })
  await eventually('the key is thawed', statusIs(200))
  await manage('PATCH', `/accounts/${customer.accountId}`, { frozen: true })
  await eventually('the account is frozen', statusIs(403))
  await manage('PATCH', `/accounts/${customer.accountId}`, { frozen: false })
  await eventually('the account is thawed', statusIs(200))
})

test(
  'who tries key after key from one address is slowed down; keys in use go on working there',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const headers = { 'x-forwarded-for': '198.51.100.7' }
    const hello = { model: 'acme/one', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
    const asked = (key: string, from = headers) =>
      ask(stage.server().url, key, '/v1/chat/completions', hello, { headers: from })
    equal((await asked(customer.key)).status, 200)
    const guess = () => makeSecret('inference', { bytes: (length) => randomBytes(length) })
    const statuses = []
    for (let count = 0; count < 25; count++) statuses.push((await asked(guess())).status)
    deepEqual([statuses.filter((status) => status === 401).length, statuses.at(-1)], [20, 429])
    const slowed = await asked(guess())
    deepEqual(
      [at(slowed.json, 'error.code'), at(slowed.json, 'error.metadata.limit')],
      ['rate_limit_exceeded', 'wrong_keys'],
    )
    ok(Number(slowed.headers.get('retry-after')) > 0)
    const management = await fetch(`${stage.server().url}/api/v1/keys`, {
      headers: { authorization: `Bearer ${guess()}`, ...headers },
    })
    equal(management.status, 429)
    await stage.server().manage('PATCH', `/keys/${customer.keyId}`, { name: 'changed meanwhile' })
    for (let count = 0; count < 10; count++) equal((await asked(customer.key)).status, 200)
    equal((await asked(guess(), { 'x-forwarded-for': '198.51.100.8' })).status, 401)
  },
)
