import { deepEqual, equal, match, ok } from 'node:assert/strict'
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

test('a name that is public when it is checked and private a moment later leads nowhere inside', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answers = ['8.8.8.8', '127.0.0.1']
  let asked = 0
  const transport = openTransport({
    origin: `http://rebinding.test:${port}`,
    allowPrivate: false,
    resolve: (_, callback) => callback(null, [{ address: answers[Math.min(asked++, 1)]!, family: 4 }]),
  })
  t.after(() => transport.close())
  const first = await collect((sink) => transport.send({ ...call, connectTimeoutMs: 200 }, sink)).done
  deepEqual([first.fault?.kind, asked], ['connect', 1], 'it went to the address that was checked')
  const second = await collect((sink) => transport.send(call, sink)).done
  deepEqual([second.fault?.kind, connections], ['refused-address', 0])
})

test('addresses inside are refused at the connection too, in whatever form they come', async (t) => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '::')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const written = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '[::]',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
  ]
  const resolved = [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '100.100.0.1',
    '169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
  ]
  const origins = [
    ...written.map((host) => ({ host, address: '127.0.0.1' })),
    ...resolved.map((address) => ({ host: 'name.test', address })),
  ]
  for (const { host, address } of origins) {
    const transport = openTransport({
      origin: `http://${host}:${port}`,
      allowPrivate: false,
      resolve: (_, callback) => callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
    })
    const { fault } = await collect((sink) => transport.send(call, sink)).done
    await transport.close()
    equal(fault?.kind, 'refused-address', `${host} ${address}`)
  }
  equal(connections, 0)
})
