import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openLog } from '../log.ts'
import { clock } from '../../../test/support/clock.ts'
import { emptyDatabase } from '../../../test/support/database.ts'
import { atEnd } from '../../../test/support/scope.ts'
import { openDatabase } from './index.ts'

const othersOf = `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`

test('whole numbers of 64 bits are exact bigints, dates are text and times are Dates', async (t) => {
  const { pool } = await emptyDatabase(t)
  const { rows } =
    await pool.query(`select 9223372036854775807::int8 as big, '{1,null,-9007199254740993}'::int8[] as bigs,
    7::int4 as small, date '2026-02-28' as day, array[date '2026-02-28', null] as days,
    timestamptz '2026-02-28T23:59:59.5Z' as time, null::int8 as nothing`)
  assert.deepEqual(rows, [
    {
      big: 9223372036854775807n,
      bigs: [1n, null, -9007199254740993n],
      small: 7,
      day: '2026-02-28',
      days: ['2026-02-28', null],
      time: new Date('2026-02-28T23:59:59.500Z'),
      nothing: null,
    },
  ])
})

test('bigints are written exactly, alone and in arrays', async (t) => {
  const { pool } = await emptyDatabase(t)
  const values = [9007199254740993n, [9007199254740993n, -1n]]
  const { rows } = await pool.query('select $1::int8 as one, $2::int8[] as many', values)
  assert.deepEqual(rows, [{ one: values[0], many: values[1] }])
})

test('other users of the driver keep their own reading of numbers', async (t) => {
  const { connection } = await emptyDatabase(t)
  const other = new pg.Client(connection)
  await other.connect()
  const { rows } = await other.query('select 1::int8 as one')
  await other.end()
  assert.deepEqual(rows, [{ one: '1' }])
})

test('a feature queries its own tables with their types', async (t) => {
  const { pool, db } = await emptyDatabase(t)
  await pool.query('create table purse (id int primary key, amount bigint not null)')
  const purses = db.withTables<{ purse: { id: number; amount: bigint } }>()
  await purses.insertInto('purse').values({ id: 1, amount: 12n }).execute()
  const purse = await purses.selectFrom('purse').selectAll().executeTakeFirstOrThrow()
  const amount: bigint = purse.amount
  assert.equal(amount, 12n)
  await assert.rejects(
    db.transaction().execute(async (change) => {
      await change.withTables<{ purse: { id: number } }>().deleteFrom('purse').execute()
      throw new Error('undone')
    }),
    /undone/,
  )
  assert.equal((await purses.selectFrom('purse').selectAll().execute()).length, 1)
})

test('connections that the server cuts are reported and replaced, whether idle, at work or lent out', async (t) => {
  const lines: string[] = []
  const log = openLog({ write: (line) => lines.push(line), format: 'json', level: 'info', clock })
  const { pool, connection } = await emptyDatabase(t, { log, poolSize: 3 })
  const admin = openDatabase({ connection })
  t.after(() => admin.close())

  const lent = await pool.connect()
  const working = pool.query('select pg_sleep(60)')
  const idle = await pool.connect()
  idle.release()
  const cut = assert.rejects(working, /terminating connection|Connection terminated/)
  while ((await admin.pool.query(`${othersOf} and query like '%sleep(60)'`)).rowCount === 0) await sleep(10)
  await admin.pool.query(`select pg_terminate_backend(pid) from (${othersOf}) as others`)
  await cut
  await assert.rejects(lent.query('select 1'))
  lent.release()
  while (lines.length < 3) await sleep(10) // An idle connection that was cut is known as such once its end has arrived.
  assert.ok(lines.every((line) => line.includes('connection was lost')))
  assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})

test('a statement and a transaction that stand still are ended after the time that is set', async (t) => {
  const { pool } = await emptyDatabase(t, { statementTimeoutMs: 1_000 })
  await assert.rejects(pool.query('select pg_sleep(60)'), { code: '57014' })
  const client = await pool.connect()
  const cut = new Promise((resolve) => client.once('error', resolve))
  await client.query('begin')
  await cut
  client.release()
  assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})

test('a session of its own has no limit of time', async (t) => {
  const database = await emptyDatabase(t, { statementTimeoutMs: 50 })
  const session = await database.openSession()
  await session.query('select pg_sleep(0.2)')
  await session.end()
})

test('a connection that is idle stays, one whose server falls silent in a query is given up', async (t) => {
  const { connection } = await emptyDatabase(t)
  assert.ok(typeof connection === 'object')
  const proxy = await startProxy(t, `${connection.host}/.s.PGSQL.${connection.port ?? 5432}`)
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const log = { error: warn, warn, info: warn, debug: warn }
  const through = { ...connection, host: '127.0.0.1', port: proxy.port }
  const database = openDatabase({ connection: through, poolSize: 1, silenceMs: 1_500, log })
  atEnd(t, database.close)
  const backend = async () => (await database.pool.query('select pg_backend_pid() as pid')).rows[0] as unknown

  const first = await backend()
  await sleep(2_500)
  assert.deepEqual(await backend(), first)
  assert.deepEqual(warnings, [])

  proxy.freeze()
  await assert.rejects(backend(), /silent/)
})

/** Passes bytes on until it is frozen; then it takes them and says nothing, as a machine does that has lost its power. */
async function startProxy(t: TestContext, path: string) {
  let frozen = false
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(path)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes: Buffer) => frozen || to.write(bytes))
      from.on('close', () => to.destroy())
      from.on('error', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(t, async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { port: (server.address() as AddressInfo).port, freeze: () => (frozen = true) }
}
