import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { debianCluster, hasDebianPostgres } from '../../../test/support/own-cluster.ts'
import { atEnd, type Scope } from '../../../test/support/scope.ts'
import { temporaryFolder } from '../../../test/support/scratch.ts'
import { type Connection, type Database, openDatabase, waitForDatabase } from './index.ts'

function open(scope: Scope, connection: Connection): Database {
  const database = openDatabase({ connection })
  atEnd(scope, database.close)
  return database
}

/** A message of PostgreSQL's protocol, version 3: a letter, a length and a body. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(letter), length, body])
}

/** A server that takes everybody in and answers every query with one text, as a PostgreSQL too old to be had here would. */
function answerAll(socket: Socket, text: string): void {
  const ready = message('Z', Buffer.from('I'))
  const column = Buffer.concat([Buffer.from('\0\x01server_version\0'), Buffer.alloc(18)])
  const value = Buffer.from(`\0\x01\0\0\0${String.fromCharCode(text.length)}${text}`, 'latin1')
  const answer = [message('T', column), message('D', value), message('C', Buffer.from('SHOW\0')), ready]
  let greeted = false
  socket.on('error', () => {})
  socket.on('data', (data) => {
    if (!greeted) socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]))
    else if (data[0] === 'Q'.charCodeAt(0)) socket.write(Buffer.concat(answer))
    greeted = true
  })
}

async function oldServer(scope: Scope, version: string): Promise<Connection> {
  const server: Server = createServer((socket) => answerAll(socket, version)).listen(0, '127.0.0.1')
  atEnd(scope, () => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return `postgres://redpill@127.0.0.1:${port}/redpill?sslmode=disable`
}

test('a database that answers is ready at once', async (t) => {
  const told: string[] = []
  await waitForDatabase(await testDatabase(t), { clock, progress: (line) => told.push(line) })
  assert.deepEqual(told, [])
})

test('PostgreSQL 15 is new enough', { skip: !hasDebianPostgres && 'no PostgreSQL 15' }, async (t) => {
  await waitForDatabase(open(t, await debianCluster(t)), { clock })
})

test('PostgreSQL 14 is refused in words', async (t) => {
  const database = open(t, await oldServer(t, '14.19 (Debian 14.19-1)'))
  await assert.rejects(waitForDatabase(database, { clock }), {
    code: 'ledger_unavailable',
    message: 'the database is PostgreSQL 14.19 (Debian 14.19-1); RedPill needs 15 or newer',
  })
})

test('a database that is not there yet is waited for, and the wait is told', async (t) => {
  const folder = await temporaryFolder(t)
  const told: string[] = []
  const connection = { host: folder, user: 'redpill', database: 'redpill' }
  const waiting = waitForDatabase(open(t, connection), { clock, progress: (line) => told.push(line) })
  while (told.length === 0) await sleep(10)
  const server = createServer((socket) => answerAll(socket, '18.4')).listen(join(folder, '.s.PGSQL.5432'))
  atEnd(t, () => server.close())
  await waiting
  assert.match(told[0]!, /^waiting for the database: connect ENOENT/)
})

test('a database that never comes is an error with the reason', async (t) => {
  const database = open(t, { host: await temporaryFolder(t), user: 'redpill', database: 'redpill' })
  await assert.rejects(
    waitForDatabase(database, { clock, timeoutMs: 100 }),
    /the database cannot be used: connect ENOENT/,
  )
})

test('what waiting does not mend is an error at once', async (t) => {
  const { connection } = await testDatabase(t)
  const missing = open(t, { ...(connection as Exclude<Connection, string>), database: 'nowhere' })
  await assert.rejects(waitForDatabase(missing, { clock }), /database "nowhere" does not exist/)
})
