import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { eventually, hold, openTestApi, spend } from '../test/harness.ts'
import type { Reply } from '../test/reply.ts'

const api = await openTestApi({ after })
const { operator } = api

const fields = (reply: Reply, names: readonly string[]) => names.map((name) => reply.at(`data.${name}`))

test('a new key works at once, and its secret is told once', async () => {
  const { manager, id } = await api.makeCustomer('Keys')
  const made = await manager.ask('POST', '/api/v1/keys', { body: { name: 'Laptop' } })
  equal(made.status, 201)
  match(made.textAt('key'), /^sk-rp-[0-9A-Za-z]{48}$/)
  deepEqual(fields(made, ['name', 'kind', 'account_id', 'disabled', 'limit_credits', 'limit_window', 'expires_at']), [
    'Laptop',
    'inference',
    id,
    false,
    null,
    'total',
    null,
  ])
  equal((await api.as(made.textAt('key'))('GET', '/v1/key')).status, 200)
  const found = await manager.ask('GET', `/api/v1/keys/${made.textAt('data.id')}`)
  deepEqual(found.at('data'), made.at('data'))
  const middle = made.textAt('key').slice(10, -4)
  for (const path of ['', `/${made.textAt('data.id')}`]) {
    ok(!JSON.stringify((await manager.ask('GET', `/api/v1/keys${path}`)).body).includes(middle))
  }
})

test('a repeated request for a key tells the same secret again, and makes one key', async () => {
  const { manager } = await api.makeCustomer('Repeated')
  const ask = { body: { name: 'Once' }, headers: { 'idempotency-key': 'k1' } }
  const replies = await Promise.all(Array.from({ length: 8 }, () => manager.ask('POST', '/api/v1/keys', ask)))
  for (const reply of replies) deepEqual(reply.body, replies[0]!.body)
  const { rows } = await api.database.pool.query<{ sealed_body: string }>("select * from idempotency where key = 'k1'")
  ok(rows.every(({ sealed_body }) => !sealed_body.includes('sk-rp-')))
  const list = (await manager.ask('GET', '/api/v1/keys')).at('data') as { name: string }[]
  equal(list.filter(({ name }) => name === 'Once').length, 1)
  const other = await manager.ask('POST', '/api/v1/keys', { ...ask, body: { name: 'Another' } })
  deepEqual([other.status, other.at('error.code')], [409, 'idempotency_conflict'])
})

test('the same Idempotency-Key of two accounts makes two keys', async () => {
  const [a, b] = [await api.makeCustomer('A'), await api.makeCustomer('B')]
  const ask = { body: { name: 'Same' }, headers: { 'idempotency-key': 'same' } }
  const made = [await a.manager.ask('POST', '/api/v1/keys', ask), await b.manager.ask('POST', '/api/v1/keys', ask)]
  notEqual(made[0]!.at('key'), made[1]!.at('key'))
  deepEqual(
    made.map((reply) => reply.at('data.account_id')),
    [a.id, b.id],
  )
})

test('a key has limits in credits, told exactly and, for OpenRouter, in USD', async () => {
  const { manager } = await api.makeCustomer('Limits')
  const body = {
    name: 'Bounded',
    limit_credits: '2000000.5',
    limit_window: 'month',
    call_cap_credits: '1000',
    expires_at: '2999-01-01T00:00:00+02:00',
  }
  const made = await manager.ask('POST', '/api/v1/keys', { body })
  deepEqual(fields(made, ['limit_credits', 'limit_left_credits', 'call_cap_credits', 'limit_window', 'expires_at']), [
    '2000000.5',
    '2000000.5',
    '1000',
    'month',
    '2998-12-31T22:00:00.000Z',
  ])
  deepEqual(fields(made, ['limit', 'limit_remaining', 'limit_reset', 'usage']), [1.00000025, 1.00000025, 'monthly', 0])
})

test('a key tells what it spent, what it holds and what is left in its window', async () => {
  const { id, manager } = await api.makeCustomer('Spends')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '1000', reason: 'x' } })
  const body = { name: 'Spends', limit_credits: '100', limit_window: 'day' }
  const made = await manager.ask('POST', '/api/v1/keys', { body })
  const keyId = made.textAt('data.id')
  await spend(api.lane, api.makeId(), { accountId: id, keyId, cost: credits(30) })
  await hold(api.lane, api.makeId(), { accountId: id, keyId, cost: credits(20) })
  const names = ['spent_credits', 'window_spent_credits', 'window_held_credits', 'limit_left_credits', 'usage_daily']
  const expected = ['30', '30', '20', '50', 0.000015]
  deepEqual(fields(await manager.ask('GET', `/api/v1/keys/${keyId}`), names), expected)
  const list = (await manager.ask('GET', '/api/v1/keys')).at('data') as Record<string, unknown>[]
  const listed = list.find((key) => key['id'] === keyId)!
  deepEqual(
    names.map((name) => listed[name]),
    expected,
  )
  const own = await api.as(made.textAt('key'))('GET', '/v1/key')
  deepEqual(fields(own, names), expected)
})

test('a limit is raised by an amount, whatever it is by then; raises at once all count', async () => {
  const { manager } = await api.makeCustomer('Raised')
  const made = await manager.ask('POST', '/api/v1/keys', {
    body: { name: 'x', limit_credits: '5', limit_window: 'day' },
  })
  const path = `/api/v1/keys/${made.textAt('data.id')}`
  const raise = (body: object) => manager.ask('PATCH', path, { body })
  const raised = await Promise.all(Array.from({ length: 4 }, () => raise({ limit_add_credits: '0.5' })))
  ok(raised.every(({ status }) => status === 200))
  deepEqual(fields(await manager.ask('GET', path), ['limit_credits', 'limit_window']), ['7', 'day'])
  const both = await raise({ limit_add_credits: '1', limit_credits: '9' })
  deepEqual([both.status, both.at('error.param')], [400, 'limit_add_credits'])
  equal((await raise({ limit_add_credits: '0' })).status, 400)
  equal((await raise({ limit_credits: null })).status, 200)
  const none = await raise({ limit_add_credits: '1' })
  deepEqual([none.status, none.at('error.code')], [409, 'conflict'])
  equal((await manager.ask('GET', path)).at('data.limit_credits'), null)
})

test('a list of keys is narrowed by kind, by a part of the name or label, and by whether they work', async () => {
  const { manager } = await api.makeCustomer('Narrowed')
  const make = async (name: string, more: object = {}) => {
    const made = await manager.ask('POST', '/api/v1/keys', { body: { name, ...more } })
    return { id: made.textAt('data.id'), label: made.textAt('data.label') }
  }
  const [works, frozen, expired] = [await make('50% off'), await make('cold'), await make('gone_by')]
  equal((await manager.ask('PATCH', `/api/v1/keys/${frozen.id}`, { body: { disabled: true } })).status, 200)
  await api.database.pool.query("update api_key set expires_at = now() - interval '1 day' where id = $1", [expired.id])
  const names = async (query: string) =>
    ((await manager.ask('GET', `/api/v1/keys?${query}`)).at('data') as { name: string }[]).map(({ name }) => name)
  deepEqual(await names('kind=management'), ['management'])
  deepEqual(await names('kind=inference&state=active'), ['50% off', 'inference'])
  deepEqual(await names('state=frozen'), ['cold'])
  deepEqual(await names('state=expired'), ['gone_by'])
  deepEqual(await names('search=0%25'), ['50% off'])
  deepEqual(await names('search=E_B'), ['gone_by'])
  deepEqual(await names(`search=${encodeURIComponent(works.label.slice(3))}`), ['50% off'])
  equal((await manager.ask('GET', '/api/v1/keys?state=broken')).status, 400)
})

test('limits are changed and taken away; what is not said stays', async () => {
  const { manager } = await api.makeCustomer('Changes')
  const body = { name: 'Old', limit_credits: '5', limit_window: 'week', call_cap_credits: '2' }
  const path = `/api/v1/keys/${(await manager.ask('POST', '/api/v1/keys', { body })).textAt('data.id')}`
  const names = ['name', 'limit_credits', 'limit_window', 'call_cap_credits', 'disabled']
  const change = async (patch: object) => fields(await manager.ask('PATCH', path, { body: patch }), names)
  deepEqual(await change({}), ['Old', '5', 'week', '2', false])
  deepEqual(await change({ name: 'New', limit_credits: '7' }), ['New', '7', 'week', '2', false])
  deepEqual(await change({ limit_credits: null, call_cap_credits: null }), ['New', null, 'week', null, false])
  deepEqual(await change({ disabled: true, limit_window: 'day' }), ['New', null, 'day', null, true])
})

test('a disabled, deleted or expired key stops working', async () => {
  const { manager } = await api.makeCustomer('Stops')
  const make = async () => {
    const made = await manager.ask('POST', '/api/v1/keys', { body: { name: 'x' } })
    const ask = api.as(made.textAt('key'))
    equal((await ask('GET', '/v1/key')).status, 200)
    return { path: `/api/v1/keys/${made.textAt('data.id')}`, status: async () => (await ask('GET', '/v1/key')).status }
  }
  const disabled = await make()
  await manager.ask('PATCH', disabled.path, { body: { disabled: true } })
  await eventually(async () => (await disabled.status()) === 401)
  await manager.ask('PATCH', disabled.path, { body: { disabled: false } })
  await eventually(async () => (await disabled.status()) === 200)

  const gone = await make()
  deepEqual((await manager.ask('DELETE', gone.path)).body, { deleted: true })
  await eventually(async () => (await gone.status()) === 401)
  for (const method of ['GET', 'DELETE']) equal((await manager.ask(method, gone.path)).status, 404)
  equal((await manager.ask('PATCH', gone.path, { body: { name: 'back' } })).status, 404)

  const expired = await make()
  await manager.ask('PATCH', expired.path, { body: { expires_at: '2020-01-01T00:00:00Z' } })
  await eventually(async () => (await expired.status()) === 401)
})

test('bad limits, windows, times and fields are refused with the field named', async () => {
  const { manager } = await api.makeCustomer('Bad')
  const bad: [Record<string, unknown>, string][] = [
    [{ limit_credits: 5 }, 'limit_credits'],
    [{ limit_credits: '-1' }, 'limit_credits'],
    [{ limit_credits: '0.001' }, 'limit_credits'],
    [{ limit_window: 'year' }, 'limit_window'],
    [{ call_cap_credits: '1e9' }, 'call_cap_credits'],
    [{ expires_at: 'tomorrow' }, 'expires_at'],
    [{ expires_at: '2999-01-01T00:00:00' }, 'expires_at'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ limit: '5' }, 'limit'],
    [{ limit: -5 }, 'limit'],
    [{ limit: 1e-10 }, 'limit'],
    [{ limit: 5, limit_credits: '5' }, 'limit'],
    [{ limit_reset: 'daily', limit_window: 'day' }, 'limit_reset'],
    [{ kind: 'root' }, 'kind'],
    [{ account_id: 'me' }, 'account_id'],
    [{ name: '' }, 'name'],
  ]
  for (const [fault, param] of bad) {
    const refused = await manager.ask('POST', '/api/v1/keys', { body: { name: 'x', ...fault } })
    deepEqual([refused.status, refused.at('error.param')], [400, param], JSON.stringify(fault))
  }
  equal(((await manager.ask('GET', '/api/v1/keys')).at('data') as unknown[]).length, 2)
})

test('the operator makes and lists keys of any account', async () => {
  const { id } = await api.makeCustomer('Ruled')
  const made = await operator.ask('POST', '/api/v1/keys', { body: { name: 'Given', account_id: id } })
  equal(made.at('data.account_id'), id)
  const list = (await operator.ask('GET', `/api/v1/keys?account_id=${id}`)).at('data') as { id: string }[]
  equal(list.length, 3)
  ok(list.some((key) => key.id === made.at('data.id')))
  const unknown = { name: 'x', account_id: '01980f3e-7c1a-7000-8000-0123456789ab' }
  equal((await operator.ask('POST', '/api/v1/keys', { body: unknown })).status, 404)
})

test("limits per minute are the key's own, or those of the server (null), or none (0); they can be changed and taken back", async () => {
  const { manager } = await api.makeCustomer('Rates')
  const names = ['requests_per_minute', 'tokens_per_minute', 'parallel_max']
  const made = await manager.ask('POST', '/api/v1/keys', { body: { name: 'K', requests_per_minute: 60 } })
  deepEqual(fields(made, names), [60, null, null])
  const path = `/api/v1/keys/${made.textAt('data.id')}`
  const change = { tokens_per_minute: 100_000, parallel_max: 0 }
  deepEqual(fields(await manager.ask('PATCH', path, { body: change }), names), [60, 100_000, 0])
  deepEqual(fields(await manager.ask('PATCH', path, { body: { requests_per_minute: null } }), names), [
    null,
    100_000,
    0,
  ])
  for (const wrong of [-1, 1.5, '60', 1e12]) {
    const reply = await manager.ask('PATCH', path, { body: { tokens_per_minute: wrong } })
    deepEqual([reply.status, reply.at('error.param')], [400, 'tokens_per_minute'])
  }
  const own = await api.as(made.textAt('key'))('GET', '/v1/key')
  equal(own.at('data.rate_limit.requests'), -1)
})

test('the operator limits an account; its keys show the tightest limit of requests', async () => {
  const { id, inference } = await api.makeCustomer('Limited')
  const body = { requests_per_minute: 30, tokens_per_minute: 9_000, parallel_max: 3 }
  const changed = await operator.ask('PATCH', `/api/v1/accounts/${id}`, { body })
  deepEqual(fields(changed, ['requests_per_minute', 'tokens_per_minute', 'parallel_max']), [30, 9_000, 3])
  await eventually(async () => (await inference.ask('GET', '/v1/key')).at('data.rate_limit.requests') === 30)
})

test('a rotated key has a new secret; the one before works for as long as it was told, limits and spend stay', async () => {
  const { manager, inference, id } = await api.makeCustomer('Rotated')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '1000', reason: 'x' } })
  await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: credits(7) })
  const path = `/api/v1/keys/${inference.id}`
  const statusOf = async (secret: string) => (await api.as(secret)('GET', '/v1/key')).status
  const rotate = (seconds: number) => manager.ask('POST', `${path}/rotate`, { body: { overlap_seconds: seconds } })
  equal(await statusOf(inference.secret), 200)

  const first = await rotate(3_600)
  deepEqual([first.at('data.id'), first.at('data.spent_credits')], [inference.id, '7'])
  notEqual(first.textAt('data.previous_secret_until'), null)
  deepEqual([await statusOf(inference.secret), await statusOf(first.textAt('key'))], [200, 200])
  equal((await api.as(inference.secret)('GET', '/v1/key')).at('data.id'), inference.id)

  const second = await rotate(0)
  equal(second.at('data.previous_secret_until'), null)
  await eventually(async () => (await statusOf(inference.secret)) === 401)
  await eventually(async () => (await statusOf(first.textAt('key'))) === 401)
  equal(await statusOf(second.textAt('key')), 200)
  const refused = await api.as(first.textAt('key'))('GET', '/v1/key')
  match(refused.textAt('error.message'), /replaced by a newer one/)
})

test('a rotation that is repeated with its Idempotency-Key tells the same secret and rotates once', async () => {
  const { manager, inference } = await api.makeCustomer('Rotated once')
  const ask = { body: {}, headers: { 'idempotency-key': 'rotate-1' } }
  const path = `/api/v1/keys/${inference.id}/rotate`
  const [one, two] = [await manager.ask('POST', path, ask), await manager.ask('POST', path, ask)]
  equal(one.status, 201)
  deepEqual(two.body, one.body)
  equal((await inference.ask('GET', '/v1/key')).status, 200)
})

test('which answers a key has kept can be said, changed and left to the server again', async () => {
  const { manager } = await api.makeCustomer('Keeping')
  const names = ['cache_seconds', 'store_answers']
  const made = await manager.ask('POST', '/api/v1/keys', {
    body: { name: 'K', cache_seconds: 60, store_answers: true },
  })
  deepEqual(fields(made, names), [60, true])
  const path = `/api/v1/keys/${made.textAt('data.id')}`
  const change = (body: object) => manager.ask('PATCH', path, { body })
  deepEqual(fields(await change({ store_answers: false }), names), [60, false])
  deepEqual(fields(await change({ cache_seconds: null, store_answers: null }), names), [null, null])
  deepEqual(fields(await manager.ask('GET', path), names), [null, null])
  for (const wrong of [
    { cache_seconds: 0 },
    { cache_seconds: 86_401 },
    { cache_seconds: 1.5 },
    { store_answers: 'on' },
  ]) {
    const reply = await change(wrong)
    deepEqual([reply.status, reply.at('error.param')], [400, Object.keys(wrong)[0]])
  }
})

test('a key may be kept to models, providers and addresses; what makes no sense is refused', async () => {
  const { manager } = await api.makeCustomer('Policies')
  const names = ['allowed_models', 'allowed_providers', 'allowed_addresses']
  const policy = {
    allowed_models: ['openai/*', 'local/nano'],
    allowed_providers: ['openai'],
    allowed_addresses: ['10.0.0.0/8', '2001:db8::1'],
  }
  const made = await manager.ask('POST', '/api/v1/keys', { body: { name: 'K', ...policy } })
  deepEqual(fields(made, names), Object.values(policy))
  const path = `/api/v1/keys/${made.textAt('data.id')}`
  const changed = await manager.ask('PATCH', path, { body: { allowed_models: null, allowed_providers: ['*'] } })
  deepEqual(fields(changed, names), [null, ['*'], policy.allowed_addresses])
  for (const wrong of [
    { allowed_models: [] },
    { allowed_models: ['a b'] },
    { allowed_providers: [''] },
    { allowed_addresses: ['10.0.0.0/33'] },
    { allowed_addresses: ['example.com'] },
    { allowed_addresses: '10.0.0.1' },
  ]) {
    const reply = await manager.ask('PATCH', path, { body: wrong })
    deepEqual([reply.status, reply.textAt('error.param').split('.')[0]], [400, Object.keys(wrong)[0]])
  }
  // Here nobody knows the caller's address, so a key that is kept to some may do nothing.
  equal((await api.as(made.textAt('key'))('GET', '/v1/key')).status, 403)
})
