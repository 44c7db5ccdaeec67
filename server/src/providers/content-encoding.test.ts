import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { startMockUpstream, type Behaviour } from '../../test/support/mock-upstream.ts'
import { chat, openTestProvider, send } from './test/collect.ts'

const codings = {
  gzip: ['gzip', gzipSync],
  'x-gzip': ['x-gzip', gzipSync],
  'GZIP in capitals': ['GZIP', gzipSync],
  deflate: ['deflate', deflateSync],
  'bare deflate': ['deflate', deflateRawSync],
  br: ['br', brotliCompressSync],
  zstd: ['zstd', zstdCompressSync],
} as const

const text = `data: ${'Grüße 🌍 '.repeat(2_000)}\n\ndata: [DONE]\n\n`

/** Sends these bytes under this coding, a few at a time. */
const coded = (coding: string, bytes: Buffer, last: readonly 'stall'[] = []): Behaviour => ({
  headers: { 'content-encoding': coding },
  deliver: () => [
    ...Array.from({ length: Math.ceil(bytes.length / 97) }, (_, at) => bytes.subarray(at * 97, at * 97 + 97)),
    ...last,
  ],
})

for (const [name, [coding, encode]] of Object.entries(codings)) {
  test(`an answer in ${name} is handed on decoded`, async (t) => {
    const mock = await startMockUpstream(t)
    const provider = openTestProvider(t, { baseUrl: mock.baseUrl })
    mock.enqueue(coded(coding, encode(Buffer.from(text))))
    const answer = await send(provider, chat('m')).done
    equal(answer.fault, undefined)
    equal(answer.text, text)
    equal(answer.ends, 1)
    const { date: _date, ...headers } = answer.head!.headers
    deepEqual(headers, { 'content-type': 'text/event-stream', 'x-request-id': 'req_mock' })
  })
}

test('an answer that is damaged or ends inside its coding is a protocol fault, told once', async (t) => {
  const mock = await startMockUpstream(t)
  const provider = openTestProvider(t, { baseUrl: mock.baseUrl })
  const whole = gzipSync(Buffer.from(text))
  const damaged = Buffer.concat([whole.subarray(0, 40), Buffer.alloc(40), whole.subarray(80)])
  for (const bytes of [whole.subarray(0, -20), damaged, Buffer.from('not compressed at all')]) {
    mock.enqueue(coded('gzip', bytes))
    const { fault, ends } = await send(provider, chat('m')).done
    equal(fault?.kind, 'protocol')
    match(fault.message, /damaged/)
    equal(ends, 1)
  }
})

test('an empty answer under a coding is an empty answer', async (t) => {
  const mock = await startMockUpstream(t)
  const provider = openTestProvider(t, { baseUrl: mock.baseUrl })
  mock.enqueue(coded('gzip', Buffer.alloc(0)))
  const { text: got, ends, fault } = await send(provider, chat('m')).done
  deepEqual({ got, ends, fault }, { got: '', ends: 1, fault: undefined })
})

test('a small answer that unfolds to a huge one waits for its reader', async (t) => {
  const mock = await startMockUpstream(t)
  const provider = openTestProvider(t, { baseUrl: mock.baseUrl })
  const unfolded = 8_000_000
  mock.enqueue(coded('gzip', gzipSync(Buffer.alloc(unfolded))))
  const call = send(provider, chat('m'), () => false)
  await call.firstByte
  let lengthAtPause = -1
  while (lengthAtPause < call.soFar().bytes.length) {
    lengthAtPause = call.soFar().bytes.length
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  ok(lengthAtPause < 1_000_000, `${lengthAtPause} bytes came after the reader asked for silence`)
  const resuming = setInterval(() => call.flight.resume(), 1)
  equal((await call.done).bytes.length, unfolded)
  clearInterval(resuming)
})

test('a call cancelled inside its coding is heard of no more', async (t) => {
  const mock = await startMockUpstream(t)
  const provider = openTestProvider(t, { baseUrl: mock.baseUrl })
  mock.enqueue(coded('br', brotliCompressSync(Buffer.from(text.repeat(100))), ['stall']))
  const call = send(provider, chat('m'))
  await call.firstByte
  call.flight.cancel()
  await mock.waitFor('cancelled')
  equal(call.soFar().ends, 0)
})
