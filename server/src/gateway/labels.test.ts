import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../core/json.ts'
import { AppError } from '../core/errors.ts'
import { readLabels } from './labels.ts'
import { parseTraceparent, readTraceContext } from './trace-context.ts'

const exchange = (headers: Readonly<Record<string, string>>) => ({
  header: (name: string) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
})
const labels = (headers: Readonly<Record<string, string>>, asked: JsonObject = {}) =>
  readLabels(exchange(headers), asked, undefined)

test('a call to which nothing was attached has no labels', () => {
  equal(labels({}), undefined)
  equal(labels({ 'http-referer': 'not a url', 'x-title': ' ' }, { user: 7, metadata: [], session_id: null }), undefined)
})

test('app, user, session and metadata are taken from headers and body, each where its API has it', () => {
  const headers = {
    'http-referer': 'https://user:secret@app.example/chat?token=private#x',
    'x-title': 'Other',
    'x-openrouter-title': Buffer.from('Café').toString('latin1'),
    'x-session-id': 'from the header',
    'x-redpill-metadata': '{"team":"red","env":"live"}',
  }
  deepEqual(
    labels(headers, { user: 'u-1', session_id: 's-1', metadata: { team: 'blue', job: '7', deep: {}, count: 3 } }),
    {
      user: 'u-1',
      session_id: 's-1',
      http_referer: 'https://app.example/chat',
      app_title: 'Café',
      metadata: { team: 'red', job: '7', env: 'live' },
    },
  )
})

test('metadata in our own header is an object of bounded texts, or the call is refused', () => {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`name${at}`, 'x']))
  const wrong = ['', 'x', '[]', 'null', '{"a":1}', '{"":"x"}', '{"a":"\\u0000"}', '{"a":"\\ud800"}']
  for (const header of [...wrong, JSON.stringify(many), JSON.stringify({ a: 'x'.repeat(513) })]) {
    throws(
      () => labels({ 'x-redpill-metadata': header }),
      (error) => error instanceof AppError && error.param === 'x-redpill-metadata',
    )
  }
})

test('whatever is attached, labels are bounded and storable, or the header is refused by name', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.webUrl({ withQueryParameters: true }))
  fc.assert(
    fc.property(
      fc.record({ 'x-title': anyText, 'http-referer': anyText, 'x-session-id': anyText }),
      anyText,
      fc.jsonValue(),
      (headers, metadata, body) => {
        const asked = { metadata: body, user: body, session_id: body } as unknown as JsonObject
        try {
          const found = readLabels(exchange({ ...headers, 'x-redpill-metadata': metadata }), asked, undefined)
          const json = JSON.stringify(found ?? {})
          ok(json.length < 16 * 1_024 && json.isWellFormed() && !/\\u(0000|d[89a-f])/.test(json), json)
        } catch (error) {
          ok(error instanceof AppError && error.code === 'invalid_request', String(error))
        }
      },
    ),
  )
})

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

test('a trace id is the own one, else that of the traceparent', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  equal(readTraceContext(exchange({ traceparent: parent })).id, traceId)
  const both = readTraceContext(exchange({ traceparent: parent, 'x-redpill-trace-id': 'mine:7' }))
  deepEqual(both, { id: 'mine:7', parent: { traceId, spanId: '00f067aa0ba902b7', sampled: true } })
  for (const wrong of ['', 'a b', 'x'.repeat(129), 'é', 'a"b'])
    throws(() => readTraceContext(exchange({ 'x-redpill-trace-id': wrong })), AppError)
})

test('a traceparent that makes no sense counts as absent, and one of a later version is read', () => {
  for (const wrong of [
    '',
    parent.toUpperCase(),
    `${parent}-more`,
    parent.replace(/^00/, 'ff'),
    parent.replace(/-[0-9a-f]{32}/, `-${'0'.repeat(32)}`),
    parent.replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`),
  ])
    equal(parseTraceparent(wrong), undefined, wrong)
  equal(parseTraceparent(`cc${parent.slice(2)}-more`)?.sampled, true)
  equal(parseTraceparent(parent.replace(/01$/, '00'))?.sampled, false)
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => equal(parseTraceparent(text), undefined)))
})
