import { deepEqual, equal, match } from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const [mine, others] = [await api.makeCustomer('Mine'), await api.makeCustomer('Others')]
const hook = { url: 'https://hooks.example.com/x?token=7', events: ['balance.low'] }

test('a webhook is made, found, changed and deleted, and its secret is told once', async () => {
  const made = await mine.manager.ask('POST', '/api/v1/webhooks', { body: hook })
  equal(made.status, 201)
  match(made.textAt('secret'), /^whsec_[A-Za-z0-9+/]{43}=$/)
  const path = `/api/v1/webhooks/${made.textAt('data.id')}`
  const found = await mine.manager.ask('GET', path)
  deepEqual(found.at('data'), made.at('data'))
  equal(JSON.stringify(found.body).includes('whsec_'), false)
  const changed = await mine.manager.ask('PATCH', path, { body: { events: ['key.limit_near'], disabled: true } })
  deepEqual(
    [changed.at('data.events.0'), changed.at('data.disabled'), changed.at('data.url')],
    ['key.limit_near', true, hook.url],
  )
  equal((await mine.manager.ask('POST', `${path}/test`)).at('error.code'), 'conflict')
  equal((await mine.manager.ask('PATCH', path, { body: { disabled: false } })).status, 200)
  const tested = await mine.manager.ask('POST', `${path}/test`)
  const deliveries = await mine.manager.ask('GET', `${path}/deliveries`)
  deepEqual(['data.0.id', 'data.0.type', 'data.0.status', 'data.0.attempts'].map(deliveries.at), [
    tested.at('data.delivery_id'),
    'webhook.test',
    'pending',
    0,
  ])
  for (const [method, at] of [
    ['GET', path],
    ['PATCH', path],
    ['DELETE', path],
    ['POST', `${path}/test`],
    ['GET', `${path}/deliveries`],
  ] as const)
    equal((await others.manager.ask(method, at, method === 'PATCH' ? { body: {} } : {})).status, 404, method)
  equal((await mine.manager.ask('DELETE', path)).status, 200)
  equal((await mine.manager.ask('GET', path)).status, 404)
  deepEqual((await mine.manager.ask('GET', '/api/v1/webhooks')).at('data'), [])
})

test('addresses inside, and hearing of other accounts, are for the operator alone', async () => {
  for (const url of [
    'http://127.0.0.1/x',
    'http://169.254.169.254/latest',
    'http://0x7f.1/',
    'ftp://example.com',
    'https://[::ffff:127.0.0.1]/',
    'https://a:b@example.com',
    'http://localhost/x',
  ]) {
    const refused = await mine.manager.ask('POST', '/api/v1/webhooks', { body: { ...hook, url } })
    deepEqual([refused.status, refused.at('error.param')], [400, 'url'], url)
  }
  for (const more of [{ all_accounts: true }, { allow_private: true }])
    equal((await mine.manager.ask('POST', '/api/v1/webhooks', { body: { ...hook, ...more } })).status, 403)
  const body = { ...hook, url: 'http://127.0.0.1:9/x', allow_private: true, account_id: mine.id }
  const inside = await api.operator.ask('POST', '/api/v1/webhooks', { body })
  equal(inside.status, 201)
  const path = `/api/v1/webhooks/${inside.textAt('data.id')}`
  equal((await mine.manager.ask('PATCH', path, { body: { url: 'http://10.0.0.1/' } })).status, 403)
  equal((await mine.manager.ask('PATCH', path, { body: { allow_private: true } })).status, 403)
  equal((await api.operator.ask('PATCH', path, { body: { url: 'http://169.254.169.254/' } })).status, 400)
})

test('an account has at most twenty webhooks', async () => {
  const customer = await api.makeCustomer('Many')
  for (let made = 0; made < 20; made++)
    equal((await customer.manager.ask('POST', '/api/v1/webhooks', { body: hook })).status, 201)
  equal((await customer.manager.ask('POST', '/api/v1/webhooks', { body: hook })).at('error.code'), 'conflict')
})

test('the balance below which an account is told is set, read and taken away', async () => {
  const path = `/api/v1/accounts/${mine.id}/alerts`
  deepEqual((await mine.manager.ask('GET', path)).at('data'), { low_balance_credits: null })
  for (const low of ['1000.5', null]) {
    equal((await mine.manager.ask('PATCH', path, { body: { low_balance_credits: low } })).status, 200)
    deepEqual((await mine.manager.ask('GET', path)).at('data'), { low_balance_credits: low })
  }
  for (const low of ['0', '-1', 'x', 7])
    equal((await mine.manager.ask('PATCH', path, { body: { low_balance_credits: low } })).status, 400)
  equal((await others.manager.ask('GET', path)).status, 404)
})
