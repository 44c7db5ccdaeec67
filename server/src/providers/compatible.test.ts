import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { clock } from '../../test/support/clock.ts'
import { startMockUpstream } from '../../test/support/mock-upstream.ts'
import { openProvider } from './index.ts'
import { chat, openTestProvider, send } from './test/collect.ts'

const secret = 'sk-upstream-secret'

async function mockAndProvider(t: TestContext) {
  const mock = await startMockUpstream(t)
  return { mock, provider: openTestProvider(t, { baseUrl: mock.baseUrl }) }
}

/** A server that answers every connection with these bytes, whatever is asked. */
async function rawServer(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

test('a call reaches the upstream with its body as decided, its key, and nothing of ours', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  const body = { model: 'm', messages: [{ role: 'user', content: 'Grüße' }], some_new_field: { a: [1] } }
  const { head, text, ends } = await send(provider, chat('m', false, { body })).done
  equal(head?.status, 200)
  equal(ends, 1)
  match(text, /Hello from the mock upstream/)
  const [request] = mock.requests
  deepEqual(request?.body, body)
  equal(request?.path, '/v1/chat/completions')
  deepEqual(Object.keys(request?.headers ?? {}).toSorted(), [
    'accept',
    'accept-encoding',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'user-agent',
  ])
  equal(request?.headers['authorization'], `Bearer ${secret}`)
  equal(request?.headers['accept-encoding'], 'identity')
})

test('each endpoint has its path', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  for (const endpoint of ['chat', 'completions', 'embeddings'] as const) {
    await send(provider, chat('m', false, { endpoint })).done
  }
  deepEqual(
    mock.requests.map(({ path }) => path),
    ['/v1/chat/completions', '/v1/completions', '/v1/embeddings'],
  )
})

test('only harmless headers of an upstream are handed on', async (t) => {
  const { provider } = await mockAndProvider(t)
  const { head } = await send(provider, chat('rate-limited', false)).done
  equal(head?.status, 429)
  const { date, ...headers } = head.headers
  match(date!, /GMT$/)
  deepEqual(headers, {
    'content-type': 'application/json',
    'retry-after': '7',
    'x-ratelimit-remaining-requests': '0',
    'x-request-id': 'req_mock',
  })
})

test('a redirect is an answer, not a place to go', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  const { head } = await send(provider, chat('redirect')).done
  equal(head?.status, 302)
  equal(head?.headers['location'], undefined)
  equal(mock.requests.length, 1)
})

test('a compressed answer is handed on as if it had never been', async (t) => {
  const { provider } = await mockAndProvider(t)
  const plain = await send(provider, chat('normal', false)).done
  const { text, head } = await send(provider, chat('gzip', false)).done
  equal(text.replace('"gzip"', '"normal"'), plain.text)
  equal(head?.headers['content-encoding'], undefined)
})

test('a cancelled call is seen by the upstream at once, and nothing more is heard of it', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  for (const model of ['stall-mid', 'slow-trickle']) {
    const call = send(provider, chat(model))
    await call.firstByte
    call.flight.cancel()
    const before = call.soFar()
    call.flight.cancel()
    call.flight.resume()
    await mock.waitFor('cancelled', mock.requests.length)
    deepEqual(call.soFar(), before)
    equal(before.ends, 0)
  }
})

test('a call that waits for its first byte can be cancelled', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  mock.enqueue('stall-before')
  const call = send(provider, chat('m'))
  while (mock.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  call.flight.cancel()
  await mock.waitFor('cancelled')
  equal(call.soFar().ends, 0)
})

test('a call cancelled before it was connected is never sent', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  send(provider, chat('m')).flight.cancel()
  await send(provider, chat('m')).done
  equal(mock.requests.length, 1)
})

test('a slow reader slows the upstream down, and still gets every byte', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  const call = send(provider, chat('long-line'), () => false)
  await call.firstByte
  let lengthAtPause = -1
  // Silence has fallen when nothing has come for a while, though ten megabytes are on their way.
  while (lengthAtPause < call.soFar().bytes.length) {
    lengthAtPause = call.soFar().bytes.length
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  ok(lengthAtPause < 1_000_000, `${lengthAtPause} bytes came after the reader asked for silence`)
  equal(mock.requests[0]?.outcome, 'open')
  const resuming = setInterval(() => call.flight.resume(), 1)
  const { bytes, ends } = await call.done
  clearInterval(resuming)
  equal(ends, 1)
  ok(bytes.length > 10_000_000)
  match(bytes.subarray(-20).toString(), /data: \[DONE\]\n\n$/)
})

test('a connection is used again after an answer', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  for (let round = 0; round < 5; round++) {
    await send(provider, chat('normal')).done
    // A connection is free one turn of the event loop after its answer.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  ok((await mock.connectionCount()) < 5)
})

test('a hundred streams run at the same time', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  mock.enqueue(...Array.from({ length: 100 }, () => ({ before: { waitMs: 200 } })))
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(provider, chat('normal')).done))
  ok(answers.every(({ text, ends }) => ends === 1 && text.endsWith('data: [DONE]\n\n')))
  equal(await mock.connectionCount(), 100)
})

for (const model of ['reset-before', 'reset-mid'] as const) {
  test(`a connection that is cut (${model}) is a reset, told once`, async (t) => {
    const { provider } = await mockAndProvider(t)
    const { fault, ends } = await send(provider, chat(model)).done
    equal(fault?.kind, 'reset')
    equal(ends, 1)
  })
}

test('an answer that breaks off is a reset, whichever way its length was given', async (t) => {
  const heads = [
    'transfer-encoding: chunked\r\n\r\n20\r\nabc',
    'content-length: 20\r\n\r\nabc',
    'connection: close\r\ncontent-length: 9\r\n\r\nabc',
    'connection: close\r\ntransfer-encoding: chunked\r\n\r\n20\r\nabc',
    'connection: close\r\ntransfer-encoding: chunked\r\n\r\n20\r\nabc',
  ]
  for (const head of heads) {
    const provider = openTestProvider(t, {
      baseUrl: await rawServer(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\n${head}`)),
    })
    const { fault, ends } = await send(provider, chat('m')).done
    equal(fault?.kind, 'reset', head)
    equal(ends, 1)
  }
})

test('what is not HTTP, or has too long a head, is a protocol fault', async (t) => {
  const answers = [
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nbad header\r\n\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  ]
  for (const answer of answers) {
    const provider = openTestProvider(t, { baseUrl: await rawServer(t, (socket) => socket.write(answer)) })
    const { fault, ends } = await send(provider, chat('m')).done
    equal(fault?.kind, 'protocol', answer.slice(0, 40))
    equal(ends, 1)
  }
})

test('an unknown content coding is a protocol fault, and the upstream is let go', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  mock.enqueue({ headers: { 'content-encoding': 'compress' }, deliver: (frames) => [...frames, 'stall'] })
  const { fault, ends } = await send(provider, chat('m')).done
  equal(fault?.kind, 'protocol')
  equal(ends, 1)
  await mock.waitFor('cancelled')
})

test('nobody listening, or nobody answering in time, is a connect fault that comes after send has returned', async (t) => {
  const provider = openTestProvider(t, { baseUrl: 'http://127.0.0.1:9' })
  const { fault, ends } = await send(provider, chat('m')).done
  equal(fault?.kind, 'connect')
  equal(ends, 1)

  // A name server that never answers is the slowest connect there is.
  const opened = openProvider(
    { name: 'slow', dialect: 'compatible', baseUrl: 'http://slow.test', apiKey: secret, allowPrivate: false },
    { clock, resolve: () => undefined },
  )
  ok(opened.kind === 'ok')
  t.after(() => opened.provider.close())
  const late = await send(opened.provider, chat('m', true, { connectTimeoutMs: 50 })).done
  deepEqual(late.fault, { kind: 'connect', message: 'no connection within 50 ms' })
})

test('a name that points to a private address is refused, and nothing is sent', async (t) => {
  const mock = await startMockUpstream(t)
  const opened = openProvider(
    {
      name: 'sly',
      dialect: 'compatible',
      baseUrl: `http://sly.test:${mock.port}/v1`,
      apiKey: secret,
      allowPrivate: false,
    },
    { clock, resolve: (_, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) },
  )
  ok(opened.kind === 'ok')
  t.after(() => opened.provider.close())
  const { fault, ends } = await send(opened.provider, chat('m')).done
  equal(fault?.kind, 'refused-address')
  equal(ends, 1)
  equal(mock.requests.length, 0)
  equal(await mock.connectionCount(), 0)
})

test('closing a provider ends what is under way', async (t) => {
  const { mock, provider } = await mockAndProvider(t)
  const call = send(provider, chat('stall-mid'))
  await call.firstByte
  await provider.close()
  const { fault, ends } = await call.done
  equal(fault?.kind, 'reset')
  equal(ends, 1)
  await mock.waitFor('cancelled')
})

test('no fault shows the key', async (t) => {
  const { provider } = await mockAndProvider(t)
  const raw = openTestProvider(t, { baseUrl: await rawServer(t, (socket) => socket.end('nonsense\r\n\r\n')) })
  const answers = [await send(provider, chat('reset-mid')).done, await send(raw, chat('m')).done]
  for (const { fault } of answers) ok(fault && !JSON.stringify(fault).includes(secret))
})
