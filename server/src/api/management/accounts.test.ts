import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { openTestApi, readPages, spend } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api
const uuid = /^[0-9a-f-]{36}$/
const nobody = '01980f3e-7c1a-7000-8000-0123456789ab'

const nothing = { available: '0', held: '0', spent: '0', purchased: '0', granted: '0', earned: '0', owed: '0' }

test('a new account has a name, an id and nothing to spend', async () => {
  const made = await operator.ask('POST', '/api/v1/accounts', { body: { name: ' Acme  GmbH ' } })
  equal(made.status, 201)
  match(made.textAt('data.id'), uuid)
  equal(made.at('data.name'), 'Acme  GmbH')
  equal(made.at('data.kind'), 'customer')
  deepEqual(made.at('data.credits'), nothing)
  const found = await operator.ask('GET', `/api/v1/accounts/${made.textAt('data.id')}`)
  deepEqual(found.body, made.body)
})

test('a name must be a text of 1 to 200 characters without controls, and nothing else may be said', async () => {
  const bad: [unknown, RegExp, string | null][] = [
    [{}, /name/, 'name'],
    [{ name: '' }, /empty/, 'name'],
    [{ name: '   ' }, /empty/, 'name'],
    [{ name: 'x'.repeat(201) }, /200/, 'name'],
    [{ name: 'a\nb' }, /control/, 'name'],
    [{ name: 'a\u0000b' }, /control/, 'name'],
    [{ name: 7 }, /string/, 'name'],
    [{ name: 'a', credits: '5' }, /unknown field credits/, 'credits'],
    [[], /object/, null],
    ['a', /object/, null],
    [null, /object/, null],
  ]
  for (const [body, message, param] of bad) {
    const refused = await operator.ask('POST', '/api/v1/accounts', { body })
    equal(refused.status, 400, JSON.stringify(body))
    match(refused.textAt('error.message'), message)
    equal(refused.at('error.param'), param)
  }
})

test('an account is renamed, frozen and unfrozen; what is not said stays', async () => {
  const { id } = await api.makeCustomer('Before')
  const path = `/api/v1/accounts/${id}`
  equal((await operator.ask('PATCH', path, { body: { name: 'After' } })).at('data.name'), 'After')
  const frozen = await operator.ask('PATCH', path, { body: { frozen: true } })
  deepEqual([frozen.at('data.name'), frozen.at('data.frozen')], ['After', true])
  equal((await operator.ask('PATCH', path, { body: {} })).at('data.frozen'), true)
  equal((await operator.ask('PATCH', path, { body: { frozen: false } })).at('data.frozen'), false)
})

test('the operator cannot lock itself out', async () => {
  const refused = await operator.ask('PATCH', `/api/v1/accounts/${operator.id}`, { body: { frozen: true } })
  deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
})

test('accounts that do not exist are 404, ids that are none are 400', async () => {
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { name: 'x' }],
    ['GET', '/ledger', undefined],
    ['GET', '/lots', undefined],
    ['POST', '/grants', { credits: '1', reason: 'x' }],
    ['POST', '/corrections', { credits: '1', reason: 'x', transfer_id: nobody }],
  ] as const) {
    const ask = body === undefined ? {} : { body }
    equal((await operator.ask(method, `/api/v1/accounts/${nobody}${path}`, ask)).status, 404, path)
    const wrong = await operator.ask(method, `/api/v1/accounts/1${path}`, ask)
    deepEqual([wrong.status, wrong.at('error.param')], [400, 'id'], path)
  }
})

test('accounts are listed newest first, in pages without gaps or doubles', async () => {
  const made: string[] = []
  for (let count = 0; count < 5; count++) {
    const reply = await operator.ask('POST', '/api/v1/accounts', { body: { name: `n${count}` } })
    made.push(reply.textAt('data.id'))
  }
  const seen = (await readPages<{ id: string }>(operator.ask, '/api/v1/accounts', 2)).map(({ id }) => id)
  // Ids of one millisecond have no order among them but their own.
  deepEqual(seen.slice(0, 5), made.toSorted().toReversed())
  equal(new Set(seen).size, seen.length)
  ok(seen.includes(operator.id) && seen.includes(api.demo.id))
})

test('a grant can be spent at once, and says what it left', async () => {
  const { id, inference } = await api.makeCustomer('Granted')
  const body = { credits: '1000000.002', reason: 'Welcome' }
  const granted = await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body })
  equal(granted.status, 201)
  deepEqual(
    ['kind', 'credits', 'reason', 'balance_after', 'account_id'].map((name) => granted.at(`data.${name}`)),
    ['grant', '1000000.002', 'Welcome', '1000000.002', id],
  )
  await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: credits(1_000_000) })
  const account = await operator.ask('GET', `/api/v1/accounts/${id}`)
  deepEqual(account.at('data.credits'), { ...nothing, available: '0.002', spent: '1000000', granted: '1000000.002' })
})

test('credits are decimal text: numbers, zero, negatives and parts of a nano-dollar are refused', async () => {
  const { id } = await api.makeCustomer('Refused')
  const amounts = [5, 0.1, '0', '-1', '0.001', '1e3', '1,000', ' 1', '', null, '1'.repeat(30), 'NaN', '0x10', '٣']
  for (const amount of amounts) {
    const refused = await operator.ask('POST', `/api/v1/accounts/${id}/grants`, {
      body: { credits: amount, reason: 'x' },
    })
    deepEqual([refused.status, refused.at('error.param')], [400, 'credits'], String(amount))
  }
  const number = await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: 5, reason: 'x' } })
  match(number.textAt('error.message'), /decimal text such as "1000"/)
  equal((await operator.ask('GET', `/api/v1/accounts/${id}/ledger`)).at('data.0'), undefined)
})

test('a grant that no balance could hold is refused, and the account stays as it was', async () => {
  const { id } = await api.makeCustomer('Rich')
  const grant = (amount: string) =>
    operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: amount, reason: 'x' } })
  for (let time = 0; time < 20; time++) equal((await grant('900000000000000')).status, 201)
  const refused = await grant('900000000000000')
  deepEqual([refused.status, refused.at('error.code'), refused.at('error.param')], [400, 'invalid_request', 'credits'])
  equal((await operator.ask('GET', `/api/v1/accounts/${id}`)).at('data.credits.available'), '18000000000000000')
})

test('a grant that is repeated under its key is one transfer, even when the key was forgotten long ago', async () => {
  const { id } = await api.makeCustomer('Twice')
  const ask = (amount: string) =>
    operator.ask('POST', `/api/v1/accounts/${id}/grants`, {
      body: { credits: amount, reason: 'Once' },
      headers: { 'idempotency-key': 'order-17' },
    })
  const [first, second] = [await ask('500'), await ask('500')]
  deepEqual(second.body, first.body)
  equal(first.headers.get('idempotent-replayed'), null)
  equal(second.headers.get('idempotent-replayed'), 'true')
  await api.database.pool.query('delete from idempotency')
  deepEqual((await ask('500')).body, first.body)
  await api.database.pool.query('delete from idempotency')
  const other = await ask('501')
  deepEqual([other.status, other.at('error.code')], [409, 'idempotency_conflict'])
  equal((await operator.ask('GET', `/api/v1/accounts/${id}`)).at('data.credits.granted'), '500')
})

test('twenty equal grants at once move the credits once', async () => {
  const { id } = await api.makeCustomer('Race')
  const ask = {
    body: { credits: '7', reason: 'Race' },
    headers: { 'idempotency-key': 'race' },
  }
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => operator.ask('POST', `/api/v1/accounts/${id}/grants`, ask)),
  )
  deepEqual(new Set(replies.map(({ status }) => status)), new Set([201]))
  equal(new Set(replies.map((reply) => reply.at('data.id'))).size, 1)
  equal((await operator.ask('GET', `/api/v1/accounts/${id}`)).at('data.credits.granted'), '7')
})

test('a grant must not expire before it is made', async () => {
  const { id } = await api.makeCustomer('Expired')
  const expired = { credits: '1', reason: 'x', expires_at: '2020-01-01T00:00:00Z' }
  const refused = await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: expired })
  deepEqual([refused.status, refused.at('error.param')], [400, 'expires_at'])
})

test('the ledger tells every movement, newest first, with the balance after it, in pages', async () => {
  const { id, inference, manager } = await api.makeCustomer('Movements')
  const grants = `/api/v1/accounts/${id}/grants`
  await operator.ask('POST', grants, { body: { credits: '100', reason: 'first' } })
  const callId = api.makeId()
  await spend(api.lane, callId, { accountId: id, keyId: inference.id, cost: credits(10) })
  await operator.ask('POST', grants, { body: { credits: '5.5', reason: 'second' } })
  const rows = await readPages<Record<string, unknown>>(manager.ask, `/api/v1/accounts/${id}/ledger`, 1)
  deepEqual(
    rows.map((row) => ['kind', 'credits', 'balance_after', 'note'].map((name) => row[name])),
    [
      ['grant', '5.5', '95.5', 'second'],
      ['usage', '-10', '90', null],
      ['grant', '100', '100', 'first'],
    ],
  )
  equal(rows[1]?.['reference'], `gen-${callId}`)
})

test('what is left of each lot is told, those that expire first used first', async () => {
  const { id, inference, manager } = await api.makeCustomer('Lots')
  const grants = `/api/v1/accounts/${id}/grants`
  await operator.ask('POST', grants, { body: { credits: '10', reason: 'lasting' } })
  const expires_at = '2999-01-01T00:00:00.000Z'
  await operator.ask('POST', grants, { body: { credits: '10', reason: 'expiring', expires_at } })
  await spend(api.lane, api.makeId(), {
    accountId: id,
    keyId: inference.id,
    cost: credits(5),
  })
  const lots = (await manager.ask('GET', `/api/v1/accounts/${id}/lots`)).at('data') as Record<string, unknown>[]
  deepEqual(
    lots.map((lot) => [lot['credits'], lot['credits_left'], lot['expires_at']]),
    [
      ['10', '10', null],
      ['10', '5', expires_at],
    ],
  )
})

test('a grant is taken back by a transfer that names it, at most what is there', async () => {
  const { id, inference } = await api.makeCustomer('Taken back')
  const granted = await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '10', reason: 'x' } })
  await spend(api.lane, api.makeId(), {
    accountId: id,
    keyId: inference.id,
    cost: credits(5),
  })
  const transfer_id = granted.textAt('data.id')
  const path = `/api/v1/accounts/${id}/corrections`
  const tooMuch = await operator.ask('POST', path, { body: { transfer_id, credits: '6', reason: 'Mistake' } })
  deepEqual([tooMuch.status, tooMuch.at('error.metadata.available_credits')], [409, '5'])
  const taken = await operator.ask('POST', path, { body: { transfer_id, credits: '5', reason: 'Mistake' } })
  deepEqual([taken.status, taken.at('data.kind'), taken.at('data.balance_after')], [201, 'correction', '0'])
  const others = `/api/v1/accounts/${api.demo.id}/corrections`
  const foreign = await operator.ask('POST', others, { body: { transfer_id, credits: '1', reason: 'x' } })
  deepEqual([foreign.status, foreign.at('error.param')], [404, 'transfer_id'])
})

test('accounts are found by a part of their name in any case, or by their id, each with its balance', async () => {
  const { id } = await api.makeCustomer('Zebra & Söhne 100%_')
  const body = { credits: '7', reason: 'x' }
  equal((await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body })).status, 201)
  for (const q of ['zebra', 'SÖHNE', '0%_', id, id.toUpperCase()]) {
    const found = await operator.ask('GET', `/api/v1/accounts?q=${encodeURIComponent(q)}`)
    deepEqual([found.at('data.0.id'), found.at('data.1')], [id, undefined], q)
    equal(found.at('data.0.credits.available'), '7')
  }
  const none = await operator.ask('GET', `/api/v1/accounts?q=${encodeURIComponent('1%0')}`)
  deepEqual(none.at('data'), [])
})
