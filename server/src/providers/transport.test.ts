import { equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { collect } from './test/collect.ts'
import { openTransport, type TransportCall } from './transport.ts'

// A key and its certificate for upstream.test, signed by itself; they protect nothing.
const fixture = (name: string) => readFileSync(new URL(`test/tls/${name}.pem`, import.meta.url), 'utf8')

const call: TransportCall = {
  method: 'POST',
  path: '/v1/chat/completions',
  headers: ['authorization', 'Bearer sk-secret'],
  body: Buffer.from('{}'),
  connectTimeoutMs: 5_000,
}

/** Sends one call to `hostname`, which is this machine whatever its name is. */
async function exchange(t: TestContext, hostname: string, port: number) {
  const transport = openTransport({
    origin: `https://${hostname}:${port}`,
    allowPrivate: true,
    resolve: (_, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
  })
  t.after(() => transport.close())
  return collect((sink) => transport.send(call, sink)).done
}

test('over TLS, a key is sent only to an upstream that proves its name', async (t) => {
  let requests = 0
  const server = createTlsServer({ key: fixture('key'), cert: fixture('certificate') }, (_, response) => {
    requests += 1
    response.end('answered')
  }).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const unknown = await exchange(t, 'upstream.test', port)
  equal(unknown.fault?.kind, 'connect')
  match(unknown.fault.message, /CERT/)

  const usual = getCACertificates()
  setDefaultCACertificates([...usual, fixture('certificate')])
  t.after(() => setDefaultCACertificates(usual))
  const otherName = await exchange(t, 'other.test', port)
  equal(otherName.fault?.kind, 'connect')
  equal(requests, 0, 'nothing was sent to an upstream that could not prove its name')

  const proved = await exchange(t, 'upstream.test', port)
  equal(proved.text, 'answered')
  equal(requests, 1)
})

test('a call that breaks off is never sent a second time by itself', async (t) => {
  const sockets: Socket[] = []
  let requests = 0
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => {
      requests += 1
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      else socket.resetAndDestroy()
    })
  }).listen(0, '127.0.0.1')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const transport = openTransport({ origin: `http://127.0.0.1:${port}`, allowPrivate: true })
  t.after(() => transport.close())

  equal((await collect((sink) => transport.send(call, sink)).done).text, 'ok')
  const { fault } = await collect((sink) => transport.send(call, sink)).done
  equal(fault?.kind, 'reset')
  await new Promise((resolve) => setTimeout(resolve, 50))
  equal(requests, 2)
})

test('informational answers are not the answer', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () =>
      socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
    )
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const transport = openTransport({ origin: `http://127.0.0.1:${port}`, allowPrivate: true })
  t.after(() => transport.close())
  const { head, text } = await collect((sink) => transport.send(call, sink)).done
  equal(head?.status, 200)
  equal(text, 'ok')
})

test('a request that cannot be written is a fault after send has returned, and a cancel silences even that', async (t) => {
  const transport = openTransport({ origin: 'http://127.0.0.1:1', allowPrivate: true })
  t.after(() => transport.close())
  const unwritable = { ...call, headers: ['x', 'a\r\nb'] }
  const { fault, ends } = await collect((sink) => transport.send(unwritable, sink)).done
  equal(fault?.kind, 'connect')
  equal(ends, 1)
  const cancelled = collect((sink) => transport.send(unwritable, sink))
  cancelled.flight.cancel()
  await new Promise((resolve) => setTimeout(resolve, 20))
  ok(cancelled.soFar().ends === 0)
})
