import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { bearerKey } from './authorization.ts'
import { chat, send } from './test/collect.ts'
import { toyApi } from './test/toy-api.ts'
import { openTranslatedProvider } from './translated.ts'
import type { NativeApi } from './translation.ts'

const secret = 'toy-secret-key'
const clock = { nowMs: () => 1_700_000_000_500, monotonicMs: () => 0 }

type Seen = { readonly url: string | undefined; readonly headers: IncomingMessage['headers']; readonly body: string }

type Answering = (response: ServerResponse, request: IncomingMessage) => void

/** A provider whose server answers everything in one way, and what the server has seen. */
async function open(
  t: TestContext,
  answer: Answering,
  { api = toyApi, path = '' }: { api?: NativeApi; path?: string },
) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    seen.push({ url: request.url, headers: request.headers, body })
    answer(response, request)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const provider = openTranslatedProvider(
    { name: 'toy', dialect: 'toy', baseUrl, apiKey: secret, allowPrivate: true },
    api,
    { clock },
  )
  t.after(async () => {
    await provider.close()
    server.close()
    server.closeAllConnections()
  })
  return { provider, seen }
}

const events = (text: string): Answering => {
  return (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
}

const spoken = [
  'event: said\ndata: {"text":"Grüße"}\n\n',
  ': a comment\n\n',
  'event: said\r\ndata: {"text":\r\ndata: "Welt"}\r\n\r\n',
  'event: stop\ndata: {}\n\n',
].join('')

const chunkTexts = (text: string): readonly unknown[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => (event === 'data: [DONE]' ? 'done' : (JSON.parse(event.slice(6)) as unknown)))

const spokenChunks = [
  ...['Grüße', '!', 'Welt', '!'].map((content) => ({ choices: [{ index: 0, delta: { content } }] })),
  { choices: [], usage: { prompt_tokens: 1 } },
  'done',
]

test('a call reaches the provider in its own words, with its key, whether or not the base URL names the version', async (t) => {
  for (const path of ['', '/v1', '/proxy/v1', '/proxy']) {
    const { provider, seen } = await open(t, (response) => void response.end('{"said":"Hi"}'), { path })
    const { head, text } = await send(provider, chat('m', false)).done
    equal(head?.status, 200)
    deepEqual(JSON.parse(text), {
      created: 1_700_000_000,
      choices: [{ message: { content: 'Hi' } }],
      usage: { prompt_tokens: 1 },
    })
    equal(seen[0]?.url, path.startsWith('/proxy') ? '/proxy/v1/say' : '/v1/say')
    deepEqual(JSON.parse(seen[0]?.body ?? ''), { model: 'm', loud: true, stream: false })
    equal(seen[0]?.headers['x-toy-key'], secret)
    equal(seen[0]?.headers['toy-version'], '1')
    equal(seen[0]?.headers['authorization'], undefined)
  }
})

test('a stream cut at any byte gives the same chunks, and ends with [DONE]', async (t) => {
  const bytes = Buffer.from(spoken)
  for (let cut = 1; cut < bytes.length; cut++) {
    const { provider } = await open(
      t,
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
        response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))))
      },
      {},
    )
    const { head, text, ends } = await send(provider, chat('m')).done
    equal(head?.headers['content-type'], 'text/event-stream')
    deepEqual(chunkTexts(text), spokenChunks)
    equal(ends, 1)
    await provider.close()
  }
})

test('a stream that ends early has no [DONE] and no usage', async (t) => {
  const { provider } = await open(t, events(spoken.slice(0, spoken.indexOf('event: stop'))), {})
  deepEqual(chunkTexts((await send(provider, chat('m')).done).text), spokenChunks.slice(0, 4))
})

test('an error of the provider in mid-stream is an error event, and the last one', async (t) => {
  const { provider } = await open(t, events(`event: failed\ndata: {"why":"overloaded"}\n\n${spoken}`), {})
  deepEqual(chunkTexts((await send(provider, chat('m')).done).text), [{ error: { message: 'overloaded' } }])
})

test('what is no stream of this API ends as a fault of the provider', async (t) => {
  const cases: readonly (readonly [Answering, RegExp])[] = [
    [events(`${spoken}data: nonsense\n\n`), /not a JSON object/],
    [events('event: absurd\ndata: {}\n\n'), /cannot be read: absurd/],
    [events(`data: ${'x'.repeat(9 * 1_048_576)}`), /more than 8388608 bytes/],
    [(response) => void response.end('{"said":"Hi"}'), /^$/],
    [(response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'), /a stream of type/],
  ]
  for (const [answer, why] of cases) {
    const { provider } = await open(t, answer, {})
    const { fault, text, ends } = await send(provider, chat('m')).done
    equal(ends, 1)
    if (why.source === '^$') deepEqual(chunkTexts(text), [])
    else match(fault?.message ?? '', why)
  }
  const { provider } = await open(t, (response) => void response.end('{"unsaid":1}'), {})
  match((await send(provider, chat('m', false)).done).fault?.message ?? '', /12 bytes that are not an answer/)
})

test("an error keeps its status and says why in OpenAI's envelope, however the call was to be answered", async (t) => {
  const refuse = (body: string) => (response: ServerResponse) =>
    void response.writeHead(529, { 'retry-after': '3', 'set-cookie': 'no', 'content-type': 'text/plain' }).end(body)
  for (const stream of [true, false]) {
    const { provider } = await open(t, refuse('{"a":1}'), {})
    const { head, text } = await send(provider, chat('m', stream)).done
    const { date: _date, ...headers } = head!.headers
    deepEqual([head!.status, headers], [529, { 'content-type': 'application/json', 'retry-after': '3' }])
    deepEqual(JSON.parse(text), { error: { message: '{"a":1}', type: 'upstream_error', code: null, param: null } })
  }
  const { provider } = await open(t, refuse('<'.repeat(1_000_000)), {})
  match((await send(provider, chat('m')).done).text, /toy 529/)
})

test('silence that is asked for is kept, and an answer that is cancelled is over', async (t) => {
  const endless: Answering = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const more = () => {
      while (!response.destroyed && response.write(`event: said\ndata: {"text":"${'x'.repeat(10_000)}"}\n\n`));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  const { provider } = await open(t, endless, {})
  const collecting = send(provider, chat('m'), () => false)
  await collecting.firstByte
  const before = collecting.soFar().bytes.length
  ok(before < 4_000_000)
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  equal(collecting.soFar().bytes.length, before)
  collecting.flight.cancel()
  collecting.flight.resume()
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  equal(collecting.soFar().bytes.length, before)
  equal(collecting.soFar().ends, 0)
})

test('a provider that says nothing a chunk could carry shows that it is alive', async (t) => {
  const { provider } = await open(t, events('event: ping\ndata: {}\n\n'), {})
  equal((await send(provider, chat('m')).done).text, ':\n\n')
})

test('what cannot be said is refused before anything is sent', async (t) => {
  const { provider, seen } = await open(t, events(spoken), {})
  const call = chat('m', true, { body: { model: 'm', n: 2 } })
  equal(provider.refuses?.(call), 'n: one answer only')
  const { head, text } = await send(provider, call).done
  equal(head?.status, 400)
  match(text, /n: one answer only/)
  deepEqual(provider.leavesOut?.(chat('m', true, { body: { model: 'm', seed: 1 } })), ['seed is left out'])
  const cancelled = send(provider, call)
  cancelled.flight.cancel()
  await new Promise(setImmediate)
  equal(cancelled.soFar().head, undefined)
  equal(seen.length, 0)
})

test('an authorization may take its time, may fail, and may not be needed any more', async (t) => {
  const answer: Answering = (response) => void response.end('{"said":"Hi"}')
  const fresh = Promise.withResolvers<readonly string[]>()
  const slow = await open(t, answer, { api: { ...toyApi, openAuthorization: () => () => fresh.promise } })
  const [kept, dropped] = [send(slow.provider, chat('m', false)), send(slow.provider, chat('m', false))]
  dropped.flight.cancel()
  fresh.resolve(['authorization', 'Bearer fresh'])
  equal((await kept.done).head?.status, 200)
  equal(slow.seen.length, 1)
  equal(slow.seen[0]?.headers['authorization'], 'Bearer fresh')

  for (const fail of [() => Promise.reject(new Error('token expired')), () => failNow()]) {
    const { provider } = await open(t, answer, { api: { ...toyApi, openAuthorization: () => fail } })
    const { fault, ends } = await send(provider, chat('m')).done
    deepEqual(fault, { kind: 'connect', message: 'the call could not be authorized: token expired' })
    equal(ends, 1)
  }

  const bearer = await open(t, answer, { api: { ...toyApi, openAuthorization: bearerKey } })
  await send(bearer.provider, chat('m', false)).done
  equal(bearer.seen[0]?.headers['authorization'], `Bearer ${secret}`)
})

function failNow(): never {
  throw new Error('token expired')
}

test('the key stands nowhere in what a provider tells', async (t) => {
  const faults: readonly Answering[] = [
    (response) => void response.writeHead(401).end('no'),
    (response) => void response.destroy(),
    (response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('no'),
  ]
  for (const answer of faults) {
    const { provider } = await open(t, answer, {})
    ok(!everything(provider, await send(provider, chat('m')).done).includes(secret))
  }
})

const everything = (...said: readonly unknown[]): string => JSON.stringify(said)
