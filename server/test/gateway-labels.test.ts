import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { isObject, parseJson, type JsonObject } from '../src/core/json.ts'
import { ask, at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '1', output: '1' }
const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
for (const id of ['normal', 'server-error'])
  await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel: id }] })
await stage.addModel({ id: 'embedder', prices: { input: '1' }, offers: [{ providerId, upstreamModel: 'e' }] })

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const inbound = [
  { path: '/v1/chat/completions', body: { model: 'normal', messages: [{ role: 'user', content: 'Hi' }] } },
  { path: '/v1/completions', body: { model: 'normal', prompt: 'Hi' } },
  { path: '/v1/embeddings', body: { model: 'embedder', input: 'Hi' } },
  { path: '/v1/messages', body: { model: 'normal', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] } },
] as const

test(
  'a trace id comes back in the answer, and stands in the log line and the receipt, in every API, streamed and not, and when it fails',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const failing = { path: '/v1/chat/completions', body: { ...inbound[0].body, model: 'server-error' } }
    for (const [index, { path, body }] of [...inbound, failing].entries()) {
      for (const stream of path === '/v1/embeddings' ? [false] : [false, true]) {
        const traceId = `trace-${index}-${stream}`
        const answer = await customer.ask(
          path,
          { ...body, stream },
          { headers: { 'x-redpill-trace-id': traceId, traceparent } },
        )
        equal(answer.headers.get('x-redpill-trace-id'), traceId, path)
        equal((await customer.receipt(answer))['trace_id'], traceId, path)
        await eventually('it is logged', () => stage.server().output().includes(`"trace":"${traceId}"`))
      }
    }
    const answer = await customer.chat({ model: 'normal' }, { headers: { traceparent } })
    equal(answer.headers.get('x-redpill-trace-id'), traceparent.slice(3, 35))
    const counted = await customer.ask('/v1/messages/count_tokens', inbound[3].body, { headers: { traceparent } })
    equal(counted.headers.get('x-redpill-trace-id'), traceparent.slice(3, 35))
    const bad = await customer.chat({ model: 'normal' }, { headers: { 'x-redpill-trace-id': 'no spaces' } })
    deepEqual([bad.status, at(bad.json, 'error.param')], [400, 'x-redpill-trace-id'])
    const stranger = await ask(stage.server().url, 'sk-rp-nobody', '/v1/messages', {}, { headers: { traceparent } })
    deepEqual([stranger.status, stranger.headers.get('x-redpill-trace-id')], [401, traceparent.slice(3, 35)])
  },
)

const headers = {
  'x-redpill-metadata': '{"team":"red"}',
  'http-referer': 'https://app.example/?q=private',
  'x-title': 'My app',
}

test(
  'what a caller attaches is in the receipt; headers stay here, and nothing of it goes into the log',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const before = mock.requests.length
    for (const { path, body } of inbound) {
      const labelled =
        path === '/v1/messages'
          ? { metadata: { user_id: 'user-7' } }
          : { user: 'user-7', session_id: 'session-7', metadata: { job: '7' } }
      const answer = await customer.ask(path, { ...body, ...labelled }, { headers })
      equal(answer.status, 200, answer.text)
      const receipt = await customer.receipt(answer)
      deepEqual(
        [receipt['http_referer'], receipt['app_title'], at(receipt, 'metadata.team')],
        ['https://app.example', 'My app', 'red'],
      )
      if (path === '/v1/messages') equal(at(receipt, 'metadata.user_id'), 'user-7')
      else
        deepEqual(
          [receipt['external_user'], receipt['session_id'], at(receipt, 'metadata.job')],
          ['user-7', 'session-7', '7'],
        )
    }
    for (const { headers: sent, body } of mock.requests.slice(before)) {
      const everything = JSON.stringify([sent, { ...body, user: undefined, metadata: undefined }])
      ok(!/private|app\.example|My app|session-7|"team"/.test(everything), everything)
    }
    ok(!/app\.example|My app|session-7|user-7/.test(stage.server().output()))
  },
)

test('receipts, usage and activity are found by what was attached', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const chat = (user: string, team: string) =>
    customer.chat(
      { model: 'normal', user },
      {
        headers: {
          ...headers,
          'x-redpill-metadata': JSON.stringify({ team, env: 'live' }),
          'x-redpill-trace-id': `t-${user}`,
        },
      },
    )
  for (const [user, team] of [
    ['ann', 'red'],
    ['ann', 'blue'],
    ['bob', 'red'],
  ] as const)
    equal((await chat(user, team)).status, 200)
  await customer.chat({ model: 'normal' })
  const get = async (path: string) => {
    const response = await fetch(stage.server().url + path, {
      headers: { authorization: `Bearer ${path.startsWith('/v1') ? customer.key : stage.server().operatorKey}` },
    })
    const body = parseJson(await response.text())
    ok(isObject(body), path)
    return { status: response.status, body, data: (body['data'] ?? []) as readonly JsonObject[] }
  }
  const red = `metadata=${encodeURIComponent('{"team":"red"}')}`
  const found = async (query: string) =>
    (await get(`/api/v1/generations?account_id=${customer.accountId}&${query}`)).data.length
  deepEqual(
    await Promise.all(
      [red, 'user=ann', `user=ann&${red}`, 'trace_id=t-bob', 'app_title=My%20app', 'session_id=x'].map(found),
    ),
    [2, 2, 1, 1, 3, 0],
  )
  const activity = await get(`/v1/activity?user=ann`)
  deepEqual(
    activity.data.map((row) => row['requests']),
    [2],
  )
  const { data } = await get(`/api/v1/usage?account_id=${customer.accountId}&group_by=user,app`)
  deepEqual(
    data.map(({ user, app, calls }) => [user, app, calls]),
    [
      ['', '', 1],
      ['ann', 'My app', 2],
      ['bob', 'My app', 1],
    ],
  )
  const bad = await get(`/api/v1/generations?metadata=red`)
  equal(bad.status, 400)
  match(JSON.stringify(bad.body), /metadata: must be a JSON object/)
})
