import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const made = await api.operator.ask('POST', '/api/v1/providers', {
  body: { name: 'acme', dialect: 'compatible', base_url: 'https://api.acme.example/v1' },
})
const providerId = made.textAt('data.id')
const secret = 'sk-customers-own-0123456789'

test('an own key is kept sealed and told by its last characters alone', async () => {
  const { manager, id } = await api.makeCustomer('Own')
  const kept = await manager.ask('POST', '/api/v1/provider-keys', {
    body: { provider_id: providerId, api_key: secret },
  })
  deepEqual(
    [
      kept.status,
      kept.at('data.provider'),
      kept.at('data.label'),
      kept.at('data.fallback'),
      kept.at('data.account_id'),
    ],
    [201, 'acme', '...6789', true, id],
  )
  const listed = await manager.ask('GET', '/api/v1/provider-keys')
  deepEqual(listed.at('data.0'), kept.at('data'))
  for (const reply of [kept, listed]) ok(!JSON.stringify(reply.body).includes('own-01234'))
  const { rows } = await api.database.pool.query<{ api_key_sealed: string }>('select * from provider_key')
  ok(rows.length > 0 && rows.every((row) => !JSON.stringify(row).includes('own-01234')))
})

test('an account has one key at each provider: another takes its place', async () => {
  const { manager } = await api.makeCustomer('Twice')
  const set = (apiKey: string, more = {}) =>
    manager.ask('POST', '/api/v1/provider-keys', { body: { provider: 'acme', api_key: apiKey, ...more } })
  const first = await set(secret)
  const second = await set('short', { fallback: false })
  equal(second.at('data.id'), first.at('data.id'))
  const listed = await manager.ask('GET', '/api/v1/provider-keys')
  deepEqual(
    [(listed.at('data') as unknown[]).length, listed.at('data.0.label'), listed.at('data.0.fallback')],
    [1, '...', false],
  )
})

test('an own key can be forgotten by its account and by the operator, and by nobody else', async () => {
  const [one, other] = [await api.makeCustomer('One'), await api.makeCustomer('Other')]
  const set = () => one.manager.ask('POST', '/api/v1/provider-keys', { body: { provider: 'acme', api_key: secret } })
  for (const owner of [one.manager, api.operator]) {
    const path = `/api/v1/provider-keys/${(await set()).textAt('data.id')}`
    equal((await other.manager.ask('DELETE', path)).status, 404)
    equal((await owner.ask('DELETE', path)).status, 200)
    equal((await owner.ask('DELETE', path)).status, 404)
  }
})

test('what cannot be a key of that provider is refused before it is kept', async () => {
  const { manager } = await api.makeCustomer('Wrong')
  const set = (body: object) => manager.ask('POST', '/api/v1/provider-keys', { body })
  for (const [body, status, param] of [
    [{ provider: 'acme', api_key: 'with space' }, 400, 'api_key'],
    [{ provider: 'acme', api_key: '' }, 400, 'api_key'],
    [{ provider: 'nobody', api_key: 'k' }, 404, 'provider'],
    [{ api_key: 'k' }, 400, 'provider_id'],
    [{ provider: 'acme', provider_id: providerId, api_key: 'k' }, 400, 'provider_id'],
  ] as const) {
    const reply = await set(body)
    deepEqual([reply.status, reply.at('error.param')], [status, param])
    match(reply.textAt('error.message'), /./)
  }
})
