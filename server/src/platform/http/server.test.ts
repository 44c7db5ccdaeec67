import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { isObject, parseJson } from '../../core/json.ts'
import { listen, openNetworks } from './index.ts'

const timeout = 30_000
const short = { headersMs: 300, requestMs: 600, checkMs: 50 }

/** A server that echoes how much of a body it read, at a hot route and elsewhere. */
async function startEcho(t: TestContext, timeouts = short) {
  const heard: string[] = []
  const server = await listen({
    ...{ host: '127.0.0.1', port: 0, reusePort: false, makeRequestId: () => 'id', timeouts },
    trustedProxies: openNetworks([]),
    hotRoutes: {
      '/hot': (exchange) =>
        void exchange.readBody(1_000_000).then((read) => {
          heard.push(`hot ${read.kind}`)
          if (read.kind === 'read') exchange.send(200, {}, `${read.bytes.length} bytes`)
        }),
      '/stream': (exchange) => void trickle(exchange.begin, exchange.write, exchange.end),
    },
    fallback: (request, response: ServerResponse) => {
      heard.push(`${request.method} ${request.url}`)
      response.end('elsewhere')
    },
  })
  t.after(() => {
    server.closeNow()
    return server.close()
  })
  return { port: Number(new URL(server.url).port), heard }
}

async function trickle(
  begin: (status: number, headers: Record<string, string>) => void,
  write: (piece: string) => boolean,
  end: () => void,
): Promise<void> {
  begin(200, {})
  for (let piece = 0; piece < 12; piece++) {
    write(`piece ${piece}\n`)
    await sleep(150)
  }
  end()
}

/** Sends pieces, pausing between them, until the other side closes; gives all that came back. */
async function talk(port: number, pieces: readonly (string | Buffer)[], pauseMs = 0): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')))
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  await Promise.race([closed, sleep(5_000)])
  socket.destroy()
  return answer
}

/** The status of the only answer in what came back, whose body has the form of our errors. */
function refusalOf(answer: string): number {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  match(head, /^HTTP\/1\.1 4\d\d /, answer)
  match(head, /connection: close/i)
  const parsed = parseJson(body)
  ok(isObject(parsed) && isObject(parsed['error']) && typeof parsed['error']['code'] === 'string', answer)
  return Number(head.slice(9, 12))
}

test('headers and bodies that trickle are given up', { timeout }, async (t) => {
  const { port } = await startEcho(t)
  const drops = (text: string) => Array.from(text, (character) => character)
  equal(refusalOf(await talk(port, drops(`POST /hot HTTP/1.1\r\nhost: x\r\nx-slow: ${'y'.repeat(200)}`), 20)), 408)
  const head = 'POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n'
  equal(refusalOf(await talk(port, [head, ...drops('z'.repeat(400))], 20)), 408)
})

test('an answer that is slow is not: it may take longer than any request', { timeout }, async (t) => {
  const { port } = await startEcho(t)
  const request = 'POST /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
  const answer = await talk(port, [request])
  match(answer, /^HTTP\/1\.1 200/)
  for (let piece = 0; piece < 12; piece++) ok(answer.includes(`piece ${piece}\n`), answer)
})

const smuggled = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n'
const post = (headers: string, body = '') => `POST /hot HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}${smuggled}`

test(
  'a request whose end can be read in two ways is refused, and nothing behind it is served',
  { timeout },
  async (t) => {
    const { port, heard } = await startEcho(t)
    const requests = [
      post('content-length: 5\r\ncontent-length: 6', 'hello'),
      post('content-length: 5\r\ncontent-length: 5', 'hello'),
      post('content-length: 5, 5', 'hello'),
      post('content-length: +5', 'hello'),
      post('content-length: 0x5', 'hello'),
      post('content-length: -1'),
      post('content-length: 99999999999999999999999'),
      post('content-length : 5', 'hello'),
      post('content-length: 5\r\ntransfer-encoding: chunked', '0\r\n\r\n'),
      post('transfer-encoding: chunked\r\ncontent-length: 5', '0\r\n\r\n'),
      post('transfer-encoding: chunked, identity', '0\r\n\r\n'),
      post('transfer-encoding: xchunked', '0\r\n\r\n'),
      post('transfer-encoding: identity', 'hello'),
      post('transfer-encoding: chunked', 'zz\r\nhello\r\n0\r\n\r\n'),
      post('transfer-encoding: chunked', 'fffffffffffffffffff\r\nhello\r\n'),
      post('transfer-encoding: chunked', '5\r\nhelloworld\r\n0\r\n\r\n'),
      post('transfer-encoding: chunked', '5\nhello\n0\n\n'),
      post('content-length: 5\r\n x-folded: 1\r\n\tfolded: 2', 'hello'),
      post('x-nul: a\0b\r\ncontent-length: 0'),
      post('x-cr: a\rb\r\ncontent-length: 0'),
      post('x y: z\r\ncontent-length: 0'),
      'POST /hot HTTP/1.1\r\ncontent-length: 0\r\n\r\n',
      'POST /hot HTTP/7.7\r\nhost: x\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ]
    for (const request of requests) {
      heard.length = 0
      const answer = await talk(port, [Buffer.from(request, 'latin1')])
      const about = JSON.stringify(request.slice(0, 90))
      equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${about}: ${answer}`)
      match(answer, /^HTTP\/1\.1 400 /, about)
      deepEqual(
        heard.filter((line) => line.includes('smuggled') || line === 'hot read'),
        [],
        about,
      )
    }
  },
)

test('headers beyond 32 KiB are refused by name', { timeout }, async (t) => {
  const { port, heard } = await startEcho(t)
  equal(refusalOf(await talk(port, [`POST /hot HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(40_000)}\r\n\r\n`])), 431)
  const many = Array.from({ length: 10_000 }, (_, at) => `x-${at}: y`).join('\r\n')
  equal(refusalOf(await talk(port, [`POST /hot HTTP/1.1\r\nhost: x\r\n${many}\r\n\r\n`])), 431)
  deepEqual(heard, [])
})

test('an expectation that cannot be met is refused by name', { timeout }, async (t) => {
  const { port, heard } = await startEcho(t)
  const answer = await talk(port, ['POST /hot HTTP/1.1\r\nhost: x\r\nexpect: coffee\r\ncontent-length: 0\r\n\r\n'])
  match(answer, /^HTTP\/1\.1 417 [^]*"code":"invalid_request"/)
  deepEqual(heard, [])
})

test('whatever bytes come, the answer is whole HTTP or none, and the server lives on', { timeout }, async (t) => {
  const { port, heard } = await startEcho(t)
  const part = fc.constantFrom(
    'POST ',
    '/hot',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    '\r',
    'host: x',
    'content-length: ',
    '5',
    'transfer-encoding: chunked',
    ':',
    ' ',
    '\0',
    'hello',
    '0\r\n\r\n',
    'ffff',
    '\u00ff',
    'expect: 100-continue',
    'upgrade: websocket',
    'connection: upgrade',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 25 }), async (parts) => {
      const answer = await talk(port, [Buffer.from(`${parts.join('')}\r\n\r\n`, 'latin1')])
      ok(answer === '' || /^HTTP\/1\.1 \d\d\d .*\r\n[^]*\r\n\r\n/.test(answer), answer)
    }),
    { numRuns: 25 },
  )
  heard.length = 0
  match(
    await talk(port, ['POST /hot HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello']),
    /5 bytes$/,
  )
  deepEqual(heard, ['hot read'])
})
