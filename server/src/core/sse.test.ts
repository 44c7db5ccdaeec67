import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createSseFramer, type SseEvent } from './sse.ts'

const bound = { eventBytesMax: 1_000_000 }

/** Everything that a framer says of a stream given in these pieces. */
function frame(pieces: readonly Buffer[], options = bound): { events: SseEvent[]; overflow: boolean } {
  const framer = createSseFramer(options)
  const events: SseEvent[] = []
  let overflow = false
  for (const piece of pieces) {
    const frames = framer.push(piece)
    events.push(...frames.events)
    overflow = frames.overflow
  }
  const rest = framer.finish()
  return { events: rest ? [...events, rest] : events, overflow }
}

const frameText = (text: string) => frame([Buffer.from(text)]).events
const dataOf = (events: readonly SseEvent[]) => events.map(({ data }) => data?.toString())
const plain = ({ raw, data, name }: SseEvent) => ({ raw: raw.toString('latin1'), data: data?.toString('latin1'), name })

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const recorded = Buffer.from(
  [
    '\ufeffdata: {"id":"1","choices":[{"delta":{"role":"assistant"}}]}\n\n',
    ': OPENROUTER PROCESSING\n\n',
    'event: message\r\ndata: {"choices":[{"delta":{"content":"Grüße 🌍"}}]}\r\n\r\n',
    'id: 7\rretry: 10\rdata: one\rdata: two\r\r',
    'data:{"usage":{"prompt_tokens":3}}\n\r\n',
    '\n\n',
    'data\n\n',
    'data: [DONE]\n\n',
  ].join(''),
)

test('a recorded stream is framed as a browser would frame it', () => {
  const events = frame([recorded]).events
  deepEqual(
    dataOf(events).filter((data) => data !== undefined),
    [
      '{"id":"1","choices":[{"delta":{"role":"assistant"}}]}',
      '{"choices":[{"delta":{"content":"Grüße 🌍"}}]}',
      'one\ntwo',
      '{"usage":{"prompt_tokens":3}}',
      '',
      '[DONE]',
    ],
  )
  equal(events[2]?.name, 'message')
  equal(events[1]?.data, undefined, 'a comment carries no data')
})

test('a stream cut after every byte gives the same events as the whole', () => {
  const bytes = [...recorded].map((byte) => Buffer.of(byte))
  deepEqual(frame(bytes).events.map(plain), frame([recorded]).events.map(plain))
})

test('any stream cut anywhere gives the same events, and their raw bytes are the stream', () => {
  const part = fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    'data',
    ':',
    ' ',
    'data: x',
    'event: e',
    ': c',
    '\ufeff',
    '{"é":"🌍"}',
  )
  const stream = fc.oneof(
    fc.array(part).map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      const whole = frame([bytes]).events
      deepEqual(frame(cut(bytes, places)).events.map(plain), whole.map(plain))
      ok(Buffer.concat(whole.map(({ raw }) => raw)).equals(bytes))
    }),
    { numRuns: 2_000 },
  )
})

test('the bound on an event is kept wherever the stream is cut', () => {
  const options = { eventBytesMax: 24 }
  const stream = fc.array(
    fc.constantFrom('data: 12345678\n\n', 'data: 1234567890abcde\n\n', ': longer than the bound\n\n', 'data'),
  )
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (parts, places) => {
      const bytes = Buffer.from(parts.join(''))
      const whole = frame([bytes], options)
      const pieces = frame(cut(bytes, places), options)
      deepEqual(pieces.events.map(plain), whole.events.map(plain))
      equal(pieces.overflow, whole.overflow)
      ok(whole.events.every(({ raw }) => raw.length <= options.eventBytesMax))
    }),
  )
})

test('an event longer than the bound is an overflow, and the events before it are kept', () => {
  const framer = createSseFramer({ eventBytesMax: 100 })
  const { events, overflow } = framer.push(Buffer.from(`data: a\n\ndata: ${'b'.repeat(200)}`))
  deepEqual(dataOf(events), ['a'])
  equal(overflow, true)
  deepEqual(framer.push(Buffer.from('\n\ndata: c\n\n')), { events: [], overflow: true })
  equal(framer.finish(), undefined)
})

test('an event that its sender never closed is given at the end, so that its usage is not lost', () => {
  const framer = createSseFramer(bound)
  deepEqual(framer.push(Buffer.from('data: {"usage":{}}')).events, [])
  equal(framer.finish()?.data?.toString(), '{"usage":{}}')
  equal(framer.finish(), undefined)
})

test('a field is known by its whole name only, and one space after the colon is not part of its value', () => {
  deepEqual(dataOf(frameText('database: x\n\ndat: y\n\ndata:  z\n\ndata:\n\n data: w\n\n')), [
    undefined,
    undefined,
    ' z',
    '',
    undefined,
  ])
})

test('a whole event is a view of the bytes that came, not a copy', () => {
  const bytes = Buffer.from('data: a\n\n')
  equal(frame([bytes]).events[0]?.raw.buffer, bytes.buffer)
})

test('bytes that are not UTF-8 pass through unchanged', () => {
  const bytes = Buffer.concat([Buffer.from('data: '), Buffer.of(0xff, 0xfe, 0xc3), Buffer.from('\n\n')])
  const [event] = frame([bytes.subarray(0, 7), bytes.subarray(7)]).events
  ok(event?.raw.equals(bytes))
  ok(event?.data?.equals(bytes.subarray(6, 9)))
})
