import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { apiDocument } from '../src/api/document.ts'
import { operationGroups } from '../src/api/operations.ts'
import type { JsonObject } from '../src/core/json.ts'
import { inboundApis } from '../src/gateway/index.ts'
import { behaviourNames, startMockUpstream } from './support/mock-upstream.ts'
import { startCollector } from './support/otlp-collector.ts'
import { openStage, upstreamKey } from './support/stage.ts'
import { textOrBeginning } from './support/stream-beginning.ts'

/** What may pass between callers and providers, and what never does. */
const timeout = 180_000
const collector = await startCollector({ after })
const stage = await openStage(
  { after },
  {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    REDPILL_LOG_LEVEL: 'debug',
    REDPILL_FIRST_BYTE_TIMEOUT_SECONDS: '3',
    REDPILL_IDLE_TIMEOUT_SECONDS: '3',
  },
)
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
const prices = { input: '1', output: '1', request: '0' }
for (const id of behaviourNames) await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel: id }] })
const customer = await stage.addCustomer('100000000')

const message = { role: 'user', content: 'Hi' }
const bodies: Readonly<Record<string, JsonObject>> = {
  'chat/completions': { messages: [message] },
  completions: { prompt: 'Hi' },
  embeddings: { input: 'Hi' },
  messages: { max_tokens: 50, messages: [message] },
  responses: { input: 'Hi' },
}
/** Every path that is charged for and whose answers the mock upstream knows, with a body that it takes. */
const inbound = Object.keys(inboundApis).flatMap((path) => {
  const body = bodies[path.replace(/^(\/api)?\/v1\//, '')]
  return body ? [{ path, body, streams: !path.endsWith('embeddings') }] : []
})

const sentByCallers = {
  cookie: 'session=private-cookie',
  'x-api-key': 'private-other-key',
  'openai-organization': 'private-org',
  'x-forwarded-for': '203.0.113.7',
  forwarded: 'for=203.0.113.7',
  'x-real-ip': '203.0.113.7',
  'http-referer': 'https://private.example',
  'x-title': 'private-title',
  'x-session-id': 'private-session',
  'x-redpill-metadata': '{"private":"private-metadata"}',
  'x-redpill-trace-id': 'private-trace',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'private=1',
  baggage: 'private=1',
  'user-agent': 'private-agent',
  'accept-language': 'private-language',
  origin: 'https://private.example',
  'x-stainless-lang': 'private-lang',
  'anthropic-beta': 'private-beta',
}

test(
  'of what callers send in headers nothing reaches a provider, in any API, streamed or not',
  { timeout },
  async () => {
    const before = mock.requests.length
    let asked = 0
    for (const { path, body, streams } of inbound) {
      for (const stream of streams ? [false, true] : [false]) {
        const answer = await customer.ask(path, { ...body, model: 'normal', stream }, { headers: sentByCallers })
        equal(answer.status, 200, `${path} ${answer.text}`)
        asked += 1
      }
    }
    equal(mock.requests.length - before, asked)
    const allowed = new Set([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ])
    for (const { headers } of mock.requests.slice(before)) {
      deepEqual(
        Object.keys(headers).filter((name) => !allowed.has(name)),
        [],
      )
      equal(headers['authorization'], `Bearer ${upstreamKey}`)
      ok(!/private|203\.0\.113|sk-rp-/.test(JSON.stringify(headers)), JSON.stringify(headers))
    }
  },
)

const sentByProviders = {
  'set-cookie': 'provider=secret-cookie',
  server: 'secret-server',
  'x-inner-name': 'secret-cluster',
  'openai-organization': 'secret-org',
  'openai-processing-ms': '7',
  'x-ratelimit-remaining-requests': '12345',
  'www-authenticate': 'secret-realm',
  location: 'http://secret.example',
  'x-request-id': 'secret-request',
  'x-generation-id': 'secret-generation',
  'x-redpill-trace-id': 'secret-trace',
  'access-control-allow-origin': '*',
  'strict-transport-security': 'max-age=0',
  'content-security-policy': 'secret-policy',
  'x-should-retry': 'false',
}

test(
  'of what providers send in headers nothing reaches a caller, in any API, streamed or not, well or failed',
  { timeout },
  async () => {
    const known =
      /^(cache-control|connection|content-length|content-type|date|keep-alive|retry-after|transfer-encoding|x-accel-buffering|x-generation-id|request-id|x-request-id|x-redpill-[a-z-]+)$/
    for (const { path, body, streams } of inbound) {
      for (const stream of streams ? [false, true] : [false]) {
        for (const status of [200, 400, 500]) {
          const said = {
            headers: sentByProviders,
            ...(status !== 200 && { status, deliver: () => [Buffer.from('{"error":{"message":"No"}}')] }),
          }
          mock.enqueue(said)
          const answer = await customer.ask(path, { ...body, model: 'normal', stream })
          const names = [...answer.headers.keys()].filter((name) => !known.test(name))
          deepEqual(names, [], `${path} ${status}`)
          ok(!/secret|12345/.test(JSON.stringify([...answer.headers])), JSON.stringify([...answer.headers]))
        }
      }
    }
  },
)

test(
  'a provider’s key is in no answer, log line, error, metric, span or receipt, whatever the provider does and wherever one looks',
  { timeout },
  async () => {
    const calls = inbound
      .filter(({ path }) => path.startsWith('/v1/'))
      .flatMap(({ path, body, streams }) =>
        behaviourNames.flatMap((model) =>
          (streams ? [false, true] : [false]).map((stream) => ({ path, asked: { ...body, model, stream } })),
        ),
      )
    const answers = []
    for (let at = 0; at < calls.length; at += 40) {
      answers.push(...(await Promise.all(calls.slice(at, at + 40).map(({ path, asked }) => customer.ask(path, asked)))))
    }
    // A provider that repeats what it was sent.
    const echo = `{"error":{"message":"Incorrect API key provided: ${upstreamKey}","param":"${upstreamKey}"}}`
    for (const status of [200, 400, 401, 422, 500]) {
      for (const stream of [false, true]) {
        mock.enqueue({ status, deliver: () => [Buffer.from(stream && status === 200 ? `data: ${echo}\n\n` : echo)] })
        answers.push(await customer.chat({ model: 'normal', stream }))
      }
    }
    const seen: string[] = [stage.everythingSaid()]
    const { operatorKey, url } = stage.server()
    const look = async (path: string, key: string) => {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
      seen.push(JSON.stringify([...response.headers]), await textOrBeginning(response))
    }
    for (const { generation } of answers) await look(`/v1/generation?id=${generation}`, customer.key)
    const ids = { accounts: customer.accountId, keys: customer.keyId, providers: providerId }
    for (const [path, item] of Object.entries(apiDocument(operationGroups).paths ?? {})) {
      if (!Object.hasOwn(item, 'get')) continue
      const room = /^\/api\/v1\/(\w+)\//.exec(path)?.[1]
      const id = room !== undefined && Object.hasOwn(ids, room) ? ids[room as keyof typeof ids] : 'normal'
      await look(path.replaceAll(/\{\w+\}/g, id), operatorKey)
    }
    await look('/metrics', operatorKey)
    await look(`/api/v1/generations?account_id=${customer.accountId}&limit=200`, operatorKey)
    const tested = await fetch(`${url}/api/v1/providers/${providerId}/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorKey}` },
    })
    seen.push(await tested.text())
    const everything = [...seen, collector.text()].join('\n')
    match(everything, /redpill_requests_total/)
    match(everything, /gen_ai\.provider\.name/)
    ok(
      !everything.includes(upstreamKey),
      `...${everything.slice(Math.max(0, everything.indexOf(upstreamKey) - 300), everything.indexOf(upstreamKey) + 100)}`,
    )
    ok(!everything.includes(Buffer.from(upstreamKey).toString('base64')))
    const { rows } = await stage.database.pool.query<{ text: string }>(
      `select string_agg(detail::text, ' ') as text from charge union all select string_agg(c::text, ' ') from provider c`,
    )
    ok(rows.length === 2 && rows.every(({ text }) => !text.includes(upstreamKey)))
    equal((await customer.balance()).held, '0')
    await stage.reconcile()
  },
)
