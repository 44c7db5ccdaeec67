import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { bodyBytesMax } from './body.ts'
import { openDatabase } from '../platform/database/index.ts'
import { openApi } from './index.ts'
import { openTestApi } from './test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api
const post = (raw: string, headers: Record<string, string> = {}) =>
  operator.ask('POST', '/api/v1/accounts', { raw, headers })

test('a body that is not JSON, or not in UTF-8, is refused', async () => {
  for (const raw of ['{', '{name:"x"}', 'undefined', '{"name":"x"}}', '\u0000']) {
    const refused = await post(raw)
    deepEqual([refused.status, refused.at('error.code')], [400, 'invalid_request'], raw)
    match(refused.textAt('error.message'), /JSON/)
  }
  const bytes = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
  const response = await api.app.request('/api/v1/accounts', {
    method: 'POST',
    headers: { authorization: `Bearer ${operator.secret}`, 'content-type': 'application/json' },
    body: bytes,
  })
  equal(response.status, 400)
  match(await response.text(), /UTF-8/)
})

test('a body in another content type is refused with 400', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
    const refused = await post('{"name":"x"}', { 'content-type': type })
    equal(refused.status, 400, type)
    match(refused.textAt('error.message'), /application\/json/)
  }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
    equal((await post('{"name":"x"}', { 'content-type': type })).status, 201, type)
  }
})

test('a body above 1 MiB is refused, whether or not its length is announced', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(bodyBytesMax) })
  const refused = await post(large)
  deepEqual([refused.status, refused.at('error.code')], [413, 'request_too_large'])
  equal((await post('{}', { 'content-length': String(bodyBytesMax + 1) })).status, 413)
  equal((await post(`{"name":"${' '.repeat(bodyBytesMax - 20)}x"}`)).status, 201)
})

test('deep nesting, prototype names and doubled fields do no harm', async () => {
  equal((await post('['.repeat(100_000) + ']'.repeat(100_000))).status, 400)
  equal((await post(`${'{"name":'.repeat(50_000)}1${'}'.repeat(50_000)}`)).status, 400)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const refused = await post(`{"name":"x","${name}":{"polluted":true}}`)
    deepEqual([refused.status, refused.at('error.param')], [400, name])
  }
  equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('whatever JSON is sent, the answer is 201 or 400 and never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (body) => {
      for (const path of ['accounts', 'keys', 'models', 'prices', 'offers', 'providers']) {
        const { status } = await operator.ask('POST', `/api/v1/${path}`, { body })
        ok(status === 201 || status === 400, `${path} ${status}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('whatever stands in a query or a path, the answer is 200, 400 or 404 and never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
      const word = encodeURIComponent(text.toWellFormed())
      const paths = [
        'accounts?cursor=',
        'keys?account_id=',
        'usage?from=',
        'generation?id=',
        'generations?model=',
        'models/',
        'keys/',
        'nowhere/',
      ]
      for (const path of paths) {
        const { status } = await operator.ask('GET', `/api/v1/${path}${word}`)
        ok([200, 400, 404].includes(status), `${path} ${status}`)
      }
    }),
    { numRuns: 60 },
  )
})

test('a cursor of another list, or a page of no size, is refused', async () => {
  for (const path of [
    'accounts',
    'keys',
    'models',
    'offers',
    'prices',
    'generations',
    `accounts/${api.demo.id}/ledger`,
  ]) {
    const refused = await operator.ask('GET', `/api/v1/${path}?cursor=bm9wZQ`)
    deepEqual([refused.status, refused.at('error.param')], [400, 'cursor'], path)
    for (const limit of ['0', '-1', path === 'models' ? '1001' : '201', '1.5', '1e1', '0x5', 'ten', '']) {
      const bad = await operator.ask('GET', `/api/v1/${path}?limit=${limit}`)
      deepEqual([bad.status, bad.at('error.param')], [400, 'limit'], `${path} ${limit}`)
    }
  }
})

test('an unknown path is 404 and a wrong method 405 with those that are possible, in the error envelope', async () => {
  for (const path of ['/api/v1', '/api/v1/nothing', '/v1/keys', '/api/v1/accounts/1/2/3', '/']) {
    const missing = await operator.ask('GET', path)
    deepEqual([missing.status, missing.at('error.code')], [404, 'not_found'], path)
  }
  const wrong = [
    ['DELETE', '/api/v1/accounts', 'POST, GET'],
    ['PUT', '/api/v1/keys', 'POST, GET'],
    ['POST', '/v1/key', 'GET'],
    ['POST', '/api/v1/models/a/b', 'GET, PATCH, DELETE'],
    ['GET', '/api/v1/reconcile', 'POST'],
  ] as const
  for (const [method, path, allowed] of wrong) {
    const refused = await operator.ask(method, path)
    deepEqual([refused.status, refused.at('error.code')], [405, 'method_not_allowed'], path)
    equal(refused.headers.get('allow'), allowed)
  }
})

test('a fault of ours is told without its cause, and reaches the log', async () => {
  const heard: unknown[] = []
  const broken = await openTestApi({ after }, ({ error }) => void heard.push(error))
  await broken.operator.ask('GET', '/v1/key')
  await broken.database.pool.query('alter table account rename to elsewhere')
  const response = await broken.app.request('/api/v1/accounts', {
    headers: { authorization: `Bearer ${broken.operator.secret}` },
  })
  equal(response.status, 500)
  ok(!(await response.text()).includes('account'))
  match(String(heard[0]), /account/)
})

test('a database that is away is a 503 that says to come again, not a fault', async () => {
  const nowhere = openDatabase({ connection: { host: '/nowhere', user: 'nobody', database: 'none' } })
  const app = openApi({ ...api.options, database: nowhere, onFault: () => {} })
  const headers = { authorization: `Bearer ${operator.secret}` }
  for (const path of ['/v1/credits', '/api/v1/accounts', '/api/v1/usage']) {
    const response = await app.request(path, { headers })
    const body: unknown = await response.json()
    deepEqual([response.status, (body as { error: { code: string } }).error.code], [503, 'ledger_unavailable'], path)
  }
  await nowhere.close()
})

test('every POST that makes something takes an Idempotency-Key', async () => {
  const id = (await post('{"name":"Keyed"}')).textAt('data.id')
  const bodies: Record<string, object | undefined> = {
    accounts: { name: 'x' },
    [`accounts/${id}/grants`]: { credits: '1', reason: 'x' },
    keys: { name: 'x' },
    providers: { name: 'keyed', base_url: 'https://api.example.com' },
    models: { id: 'keyed/model' },
    prices: { model_id: 'keyed/model', class: 'input', usd_per_million: '1' },
  }
  for (const [path, body] of Object.entries(bodies)) {
    const ask = { ...(body && { body }), headers: { 'idempotency-key': 'all' } }
    const first = await operator.ask('POST', `/api/v1/${path}`, ask)
    equal(first.status, 201, path)
    const second = await operator.ask('POST', `/api/v1/${path}`, ask)
    deepEqual([second.body, second.headers.get('idempotent-replayed')], [first.body, 'true'], path)
  }
  const refused = await operator.ask('POST', '/api/v1/keys', {
    body: { name: 'x' },
    headers: { 'idempotency-key': 'a b' },
  })
  deepEqual([refused.status, refused.at('error.param')], [400, 'Idempotency-Key'])
})

test('answers are not to be cached, and say that they are JSON', async () => {
  const { headers } = await operator.ask('GET', '/api/v1/whoami')
  deepEqual([headers.get('content-type'), headers.get('cache-control')], ['application/json', 'no-store'])
})
