import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyDatabase, testDatabase } from '../../../test/support/database.ts'
import { type Notice, openDatabase } from './index.ts'

/** Collects notices and hands them out in the order in which they came. */
function inbox() {
  const notices: Notice[] = []
  let arrived = Promise.withResolvers<void>()
  return {
    notices,
    handler: (notice: Notice): void => {
      notices.push(notice)
      arrived.resolve()
    },
    next: async (): Promise<Notice> => {
      while (notices.length === 0) await arrived.promise
      arrived = Promise.withResolvers()
      return notices.shift()!
    },
  }
}

test('a notification reaches every handler of its channel and no other', async (t) => {
  const database = await emptyDatabase(t)
  const [first, second, other] = [inbox(), inbox(), inbox()]
  await database.listen('fruit', first.handler)
  await database.listen('fruit', second.handler)
  await database.listen('other', other.handler)
  await database.pool.query(`select pg_notify('fruit', 'apple'), pg_notify('other', '')`)
  assert.deepEqual(await first.next(), { kind: 'message', payload: 'apple' })
  assert.deepEqual(await second.next(), { kind: 'message', payload: 'apple' })
  assert.deepEqual(await other.next(), { kind: 'message', payload: '' })
  assert.deepEqual(
    [first, second, other].flatMap(({ notices }) => notices),
    [],
  )
})

test('a handler that stopped hears nothing more, and the others of its channel still do', async (t) => {
  const database = await emptyDatabase(t)
  const [stays, leaves] = [inbox(), inbox()]
  await database.listen('fruit', stays.handler)
  const stop = await database.listen('fruit', leaves.handler)
  await stop()
  await database.pool.query(`select pg_notify('fruit', 'plum')`)
  assert.deepEqual(await stays.next(), { kind: 'message', payload: 'plum' })
  assert.deepEqual(leaves.notices, [])
})

test('after its connection was cut a listener says that it may have missed something, and hears again', async (t) => {
  const database = await emptyDatabase(t)
  const { handler, next } = inbox()
  await database.listen('fruit', handler)
  for (const payload of ['once', 'twice']) {
    await database.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like 'listen%'`)
    assert.deepEqual(await next(), { kind: 'reconnected' })
    await database.pool.query(`select pg_notify('fruit', $1)`, [payload])
    assert.deepEqual(await next(), { kind: 'message', payload })
  }
})

test('a handler that throws does not keep the others from hearing', async (t) => {
  const database = await emptyDatabase(t)
  const { handler, next } = inbox()
  await database.listen('fruit', () => {
    throw new Error('a fault of the handler')
  })
  await database.listen('fruit', handler)
  await database.pool.query(`select pg_notify('fruit', 'plum')`)
  assert.deepEqual(await next(), { kind: 'message', payload: 'plum' })
})

test('a channel that is not a plain name is refused', async (t) => {
  const database = await emptyDatabase(t)
  await assert.rejects(
    database.listen('fruit; drop table fruit', () => {}),
    RangeError,
  )
})

test('listening on a server that cannot be reached is an error', async (t) => {
  const { connection } = await testDatabase(t)
  const database = openDatabase({ connection: { ...(connection as object), host: '/nowhere' } as typeof connection })
  t.after(() => database.close())
  await assert.rejects(database.listen('fruit', () => {}))
})
