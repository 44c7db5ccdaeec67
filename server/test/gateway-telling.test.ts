import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { isObject, parseJson, type JsonObject } from '../src/core/json.ts'
import type { Answer } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { getAnywhere, offeredEverywhere } from './support/processes.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '0.01', output: '0.01' }
const stage = await openStage({ after }, { REDPILL_PROCESSES: '4' })
const mock = await startMockUpstream({ after }, { words: ['ANSWER-', 'NOBODY-', 'LOGS'] })
const providerId = await stage.addUpstream(mock)
for (const name of ['normal', 'server-error', 'error-event', 'bad-request']) {
  await stage.addModel({ id: name, prices, offers: [{ providerId, upstreamModel: name }] })
}
const customer = await stage.addCustomer('1000000')
const poor = await stage.addCustomer('0')

const messages = [{ role: 'user', content: 'PROMPT-NOBODY-LOGS' }]
const asked: Answer[] = []
const ask = async (body: object, caller = customer) => {
  const answer = await caller.chat({ messages, ...body })
  asked.push(answer)
  return answer
}

await offeredEverywhere(stage.server(), 'bad-request')

const get = (path: string, key?: string) => getAnywhere(stage.server().url + path, key)

const linesOf = (message: string): JsonObject[] =>
  stage
    .server()
    .output()
    .split('\n')
    .map((line) => parseJson(line))
    .filter(isObject)
    .filter((line) => line['message'] === message)

test(
  'every call is one line of the log, with who, what and how much, and never what was said',
  { timeout },
  async () => {
    const [streamed] = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ask({ model: 'normal', stream: index % 2 === 0 })),
    )
    for (const body of [
      { model: 'server-error' },
      { model: 'error-event', stream: true },
      { model: 'bad-request' },
      { model: 'no/such' },
      { model: 'normal', max_tokens: 'PROMPT-NOBODY-LOGS' },
    ])
      await ask(body)
    await ask({ model: 'normal' }, poor)
    const lineOf = ({ generation }: Answer) => linesOf('call').filter((line) => line['generation'] === generation)
    await eventually('every call is logged', () => asked.every((answer) => lineOf(answer).length > 0))
    for (const answer of asked) {
      const [line, another] = lineOf(answer)
      equal(another, undefined)
      equal(line!['request'], answer.headers.get('x-request-id'))
      equal(line!['status'], answer.text.includes('upstream_error') ? 502 : answer.status)
      ok([customer.keyId, poor.keyId].some((id) => id === line!['key']))
      match(line!['time'] as string, /^\d{4}-\d\d-\d\dT.*Z$/)
      equal(typeof line!['ms'], 'number')
    }
    const line = lineOf(streamed!)[0]!
    deepEqual(
      ['model', 'provider', 'stream', 'tries', 'tokens_in', 'tokens_out', 'credits'].map((field) => line[field]),
      ['normal', 'upstream-1', true, 1, 11, 3, creditsFor({ input: 11, output: 3 }, prices)],
    )
    const { output } = stage.server()
    for (const secret of ['NOBODY-', customer.key, poor.key]) ok(!output().includes(secret), secret)
  },
)

test(
  'every other request is one line of the log too, with who and what, and without the values of its query',
  { timeout },
  async () => {
    const { operatorKey, output } = stage.server()
    const asks = [
      { path: '/v1/models', key: undefined },
      { path: '/api/v1/accounts', key: customer.key },
      { path: '/api/v1/accounts', key: operatorKey },
      { path: '/api/v1/sign-in/oauth/github/callback', key: undefined },
      { path: '/no/such/page', key: undefined },
      { path: '/v1/chat/completions', key: undefined },
    ]
    for (const { path, key } of asks) {
      const answer = await get(`${path}?code=CODE-NOBODY-LOGS&state=1`, key)
      const lines = () => linesOf('request').filter((line) => line['request'] === answer.request)
      await eventually('it is logged', () => lines().length > 0)
      const [line, another] = lines()
      equal(another, undefined)
      deepEqual([line!['method'], line!['path'], line!['query']], ['GET', path, 'code,state'])
      equal(line!['status'], answer.status)
      if (key !== operatorKey) equal(line!['key'], key && customer.keyId)
      equal(typeof line!['ms'], 'number')
    }
    ok(!output().includes('CODE-NOBODY-LOGS'))
    await get('/healthz')
    deepEqual(
      linesOf('request').filter((line) => line['path'] === '/healthz'),
      [],
      'probes are told to those who debug alone',
    )
  },
)

test('the metrics are for the operator alone, unless the server is told otherwise', { timeout }, async () => {
  equal((await get('/metrics')).status, 401)
  equal((await get('/metrics', customer.key)).status, 403)
  equal((await get('/metrics', stage.server().operatorKey)).status, 200)
  for (const access of ['local', 'open']) {
    const { url } = await stage.startSibling({ REDPILL_METRICS: access, REDPILL_TRUSTED_PROXIES: '127.0.0.1' })
    const near = await fetch(`${url}/metrics`)
    match(await near.text(), /redpill_/)
    const far = await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } })
    equal(far.status, access === 'open' ? 200 : 401)
  }
})

test('the metrics add up over all processes, whichever of them is asked', { timeout }, async () => {
  const before = await metricsNow()
  await Promise.all(Array.from({ length: 40 }, () => ask({ model: 'normal' })))
  const requests = 'redpill_requests_total{endpoint="chat",model="normal",status="200"}'
  // A call is counted when all of it is over, a moment after its last byte.
  await eventually('all are counted', async () => {
    return ((await metricsNow()).get(requests) ?? 0) - (before.get(requests) ?? 0) >= 40
  })
  for (let look = 0; look < 6; look++) {
    const now = await metricsNow()
    const gained = (name: string) => (now.get(name) ?? 0) - (before.get(name) ?? 0)
    equal(gained(requests), 40)
    equal(gained('redpill_tokens_total{model="normal",direction="in"}'), 440)
    equal(gained('redpill_tokens_total{model="normal",direction="out"}'), 120)
    equal(gained('redpill_call_seconds_count{endpoint="chat"}'), 40)
    equal(now.get('redpill_holds_open') ?? 0, 0)
    ok((now.get('redpill_ledger_batch_operations_count') ?? 0) > 0)
  }
  ok(
    [...before.keys()].every((name) => !name.includes('no/such')),
    'what callers type is no label',
  )
})

async function metricsNow(): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await get('/metrics', stage.server().operatorKey)
  equal(status, 200)
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

test('every process says that it lives and is ready', { timeout }, async () => {
  for (let look = 0; look < 8; look++) {
    for (const path of ['/healthz', '/readyz']) {
      const { status, text } = await get(path)
      deepEqual({ status, text }, { status: 200, text: '{"ok":true}' })
    }
  }
})
