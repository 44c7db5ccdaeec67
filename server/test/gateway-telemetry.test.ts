import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { startCollector } from './support/otlp-collector.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '3', output: '5' }
const collector = await startCollector({ after })
const stage = await openStage(
  { after },
  {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  },
)
const mock = await startMockUpstream({ after }, { words: ['ANSWER-', 'NOBODY-', 'EXPORTS'] })
const other = await startMockUpstream({ after })
const [dear, cheap] = [
  await stage.addUpstream(mock, { name: 'mistral' }),
  await stage.addUpstream(other, { name: 'cheap' }),
]
await stage.addModel({ id: 'a/normal', prices, offers: [{ providerId: dear, upstreamModel: 'normal' }] })
await stage.addModel({ id: 'a/measured', prices, offers: [{ providerId: dear, upstreamModel: 'measured' }] })
await stage.addModel({ id: 'a/refused', prices, offers: [{ providerId: dear, upstreamModel: 'bad-request' }] })
await stage.addModel({
  id: 'a/failover',
  prices,
  offers: [
    { providerId: dear, upstreamModel: 'normal' },
    { providerId: cheap, upstreamModel: 'server-error', prices: { input: '1', output: '1' } },
  ],
})
const customer = await stage.addCustomer('1000000')
const messages = [{ role: 'user', content: 'PROMPT-NOBODY-EXPORTS' }]

const spansOfCall = async (generation: string) => {
  const server = () =>
    collector.spans().find((span) => span.kind === 2 && span.attributes['redpill.generation.id'] === generation)
  await eventually('the span has come', () => server() !== undefined)
  const span = server()!
  const below = () => collector.spans().filter(({ parentSpanId }) => parentSpanId === span.spanId)
  await eventually('its attempts have come', () => below().length === Number(span.attributes['redpill.attempts'] ?? 0))
  return { span, attempts: below() }
}

test('a call is one span with one below it for each attempt, as a child of the caller’s own', { timeout }, async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const headers = { traceparent, 'x-redpill-metadata': '{"team":"red"}', 'x-title': 'My app' }
  const asked = { model: 'a/failover', messages, stream: true, max_tokens: 50, user: 'u-7', session_id: 's-7' }
  const answer = await customer.chat(asked, { headers })
  const { span, attempts } = await spansOfCall(answer.generation)
  deepEqual(
    [span.name, span.traceId, span.parentSpanId, span.failed],
    ['chat a/failover', traceparent.slice(3, 35), '00f067aa0ba902b7', false],
  )
  const cost = Number(creditsFor({ input: 11, output: 3 }, prices))
  const {
    'gen_ai.response.time_to_first_chunk': firstChunk,
    'redpill.request.id': requestId,
    ...told
  } = span.attributes
  ok(typeof firstChunk === 'number' && firstChunk > 0)
  equal(requestId, answer.headers.get('x-request-id'))
  deepEqual(told, {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'mistral_ai',
    'gen_ai.request.model': 'a/failover',
    'gen_ai.response.model': 'normal',
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': 50,
    'gen_ai.response.id': answer.generation,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.conversation.id': 's-7',
    'gen_ai.usage.input_tokens': 11,
    'gen_ai.usage.output_tokens': 3,
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'url.path': '/v1/chat/completions',
    'user.id': 'u-7',
    'redpill.api': 'chat',
    'redpill.generation.id': answer.generation,
    'redpill.trace.id': traceparent.slice(3, 35),
    'redpill.account.id': customer.accountId,
    'redpill.key.id': customer.keyId,
    'redpill.app.title': 'My app',
    'redpill.metadata.team': 'red',
    'redpill.attempts': 2,
    'redpill.failover.reasons': ['cheap: 500'],
    'redpill.cost.credits': cost,
  })
  deepEqual(
    attempts.map(({ name, kind, failed, attributes }) => [
      name,
      kind,
      failed,
      attributes['gen_ai.provider.name'],
      attributes['error.type'],
    ]),
    [
      ['chat server-error', 3, true, 'cheap', '500'],
      ['chat normal', 3, false, 'mistral_ai', undefined],
    ],
  )
  for (const attempt of attempts) {
    equal(attempt.traceId, span.traceId)
    // Milliseconds are rounded, on both sides.
    ok(attempt.startNs >= span.startNs - 2_000_000n && attempt.endNs <= span.endNs + 2_000_000n)
  }
  deepEqual([span.resource['service.name'], span.resource['deployment.environment.name']], ['redpill', 'test'])
  for (const { headers: sent } of [...mock.requests, ...other.requests]) equal(sent['traceparent'], undefined)
})

test('calls that fail are spans with the code of their error, whatever the caller typed', { timeout }, async () => {
  const refused = await customer.chat({ model: 'a/refused', messages })
  const { span, attempts } = await spansOfCall(refused.generation)
  deepEqual(
    [span.failed, span.attributes['error.type'], span.attributes['http.response.status_code']],
    [true, 'invalid_request', 400],
  )
  deepEqual(
    attempts.map(({ attributes }) => attributes['error.type']),
    ['400'],
  )
  const unknown = await customer.chat({ model: 'PROMPT-NOBODY-EXPORTS', messages })
  const { span: nameless } = await spansOfCall(unknown.generation)
  deepEqual([nameless.name, nameless.attributes['error.type']], ['chat', 'model_not_found'])
})

test('a caller whose trace is not sampled is not exported', { timeout }, async () => {
  const traceparent = '00-11111111111111111111111111111111-2222222222222222-00'
  const silent = await customer.chat({ model: 'a/normal', messages }, { headers: { traceparent } })
  const loud = await customer.chat({ model: 'a/normal', messages })
  await spansOfCall(loud.generation)
  ok(!collector.text().includes(silent.generation))
})

test('tokens, durations and costs are measured under the names of the conventions', { timeout }, async () => {
  await Promise.all(Array.from({ length: 5 }, () => customer.chat({ model: 'a/measured', messages })))
  const of = (metric: string, model: string, type?: string) => {
    const points = collector
      .points(metric)
      .filter(({ attributes }) => attributes['gen_ai.request.model'] === model)
      .filter(({ attributes }) => attributes['gen_ai.token.type'] === type)
    return points.map(({ count, sum }) => ({ count, sum }))
  }
  await eventually('the metrics have come', () => of('gen_ai.server.request.duration', 'a/measured')[0]?.count === 5)
  deepEqual(of('gen_ai.client.token.usage', 'a/measured', 'input'), [{ count: 5, sum: 55 }])
  deepEqual(of('gen_ai.client.token.usage', 'a/measured', 'output'), [{ count: 5, sum: 15 }])
  equal(of('gen_ai.client.operation.duration', 'measured')[0]?.count, 5)
  equal(of('gen_ai.server.time_to_first_token', 'a/measured')[0]?.count, 5)
  const cost = of('redpill.call.cost', 'a/measured')[0]!
  equal(Math.round(cost.sum * 1_000), Math.round(5_000 * Number(creditsFor({ input: 11, output: 3 }, prices))))
})

test('what is exported has no prompt, no answer and no key', { timeout }, async () => {
  await eventually('metrics came too', () => collector.paths().includes('/v1/metrics'))
  const everything = collector.text()
  match(everything, /gen_ai\.client\.token\.usage/)
  for (const secret of ['NOBODY-', customer.key, 'sk-upstream-key']) ok(!everything.includes(secret), secret)
})

test(
  'spans that were not sent yet are sent when the server stops, and a collector that is away stops nothing',
  { timeout },
  async () => {
    const late = await stage.startSibling({ OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_METRIC_EXPORT_INTERVAL: '600000' })
    const answer = await stage.at(late.url, customer).chat({ model: 'a/normal', messages })
    ok(!collector.text().includes(answer.generation))
    equal(await late.stop(), 0)
    ok(collector.text().includes(answer.generation))

    const alone = await stage.startSibling({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    equal((await stage.at(alone.url, customer).chat({ model: 'a/normal', messages })).status, 200)
    equal(await alone.stop(), 0)
  },
)
