import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { AddressRefusedError, checkHost, guardedLookup, type ResolveName } from './index.ts'

const answers =
  (...addresses: string[]): ResolveName =>
  (_, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

type Answer = { error: Error | null; address: unknown }

const look = (resolve: ResolveName, { allowPrivate = false, all = true, family = 0 } = {}) =>
  new Promise<Answer>((done) => {
    guardedLookup({ allowPrivate }, resolve)('example.com', { all, family }, (error, address) =>
      done({ error, address }),
    )
  })

test('a name with public answers resolves to exactly those', async () => {
  const both = answers('93.184.216.34', '2606:4700::1111')
  deepEqual((await look(both)).address, [
    { address: '93.184.216.34', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ])
  equal((await look(both, { all: false })).address, '93.184.216.34')
  equal((await look(both, { all: false, family: 6 })).address, '2606:4700::1111')
})

test('one private answer among public ones refuses the name', async () => {
  ok((await look(answers('93.184.216.34', '127.0.0.1'))).error instanceof AddressRefusedError)
  ok((await look(answers('93.184.216.34', '::ffff:10.0.0.1'), { family: 4 })).error instanceof AddressRefusedError)
  equal((await look(answers('127.0.0.1'), { allowPrivate: true })).error, null)
  ok((await look(answers('169.254.169.254'), { allowPrivate: true })).error instanceof AddressRefusedError)
})

test('a name without an address of the wanted family is not found', async () => {
  const { error } = await look(answers('93.184.216.34'), { family: 6 })
  equal((error as NodeJS.ErrnoException).code, 'ENOTFOUND')
})

test('a host written as an address is checked too, because sockets do not look it up', () => {
  ok(checkHost('127.0.0.1', { allowPrivate: false }) instanceof AddressRefusedError)
  equal(checkHost('127.0.0.1', { allowPrivate: true }), undefined)
  equal(checkHost('example.com', { allowPrivate: false }), undefined)
})

test('a name server that answers differently the second time gains nothing', async (t) => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  let asked = 0
  // First a good answer, then an address that must not be reached: a socket that asked twice would be refused or fail.
  const rebinding: ResolveName = (hostname, callback) =>
    answers(asked++ === 0 ? '127.0.0.1' : '169.254.169.254')(hostname, callback)
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: 'rebinding.test', port, lookup: guardedLookup({ allowPrivate: true }, rebinding) })
  await once(socket, 'connect')
  equal(socket.remoteAddress, '127.0.0.1')
  equal(asked, 1)
  socket.destroy()
})
