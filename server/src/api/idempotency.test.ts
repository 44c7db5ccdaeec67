import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../test/support/clock.ts'
import { testDatabase } from '../../test/support/database.ts'
import { AppError } from '../core/errors.ts'
import { openSecrets } from '../platform/secrets.ts'
import { type Answer, answerOnce, type Once, purgeIdempotency } from './idempotency.ts'
import { findIdempotency } from './store.ts'

const database = await testDatabase({ after })
const { db } = database
const secrets = openSecrets('a secret that is long enough for a test', { bytes: (length) => randomBytes(length) })
const edges = { db, secrets, clock, waitMs: 20_000 }

let keys = 0
const newId = () => ({ scope: 'account POST /things', key: `key-${++keys}` })

/** Work that counts itself and answers with its number. */
function counted() {
  const done = { times: 0 }
  const work = async (): Promise<Answer> => ({ status: 201, body: `{"thing":${++done.times}}` })
  return { done, work }
}

const ask = (once: Omit<Once, 'request'> & { request?: string }) => answerOnce(edges, { request: '{}', ...once })

const conflict = (error: unknown) => error instanceof AppError && error.code === 'idempotency_conflict'

for (const readsOnly of [false, true]) {
  const kind = readsOnly ? 'a request that only reads' : 'a request'

  test(`${kind} that is repeated is done once and answered alike`, async () => {
    const id = newId()
    const { done, work } = counted()
    deepEqual(await ask({ ...id, work, readsOnly }), { status: 201, body: '{"thing":1}', replayed: false })
    deepEqual(await ask({ ...id, work, readsOnly }), { status: 201, body: '{"thing":1}', replayed: true })
    equal(done.times, 1)
  })

  test(`${kind} under the key of another is refused, and does nothing`, async () => {
    const id = newId()
    const { done, work } = counted()
    await ask({ ...id, work, readsOnly, request: '{"a":1}' })
    await rejects(ask({ ...id, work, readsOnly, request: '{"a":2}' }), conflict)
    equal(done.times, 1)
  })

  test(`the answer to ${kind} that was refused is not kept: it may succeed later`, async () => {
    const id = newId()
    const refused = new AppError('not_found', { message: 'not yet' })
    await rejects(ask({ ...id, work: () => Promise.reject(refused), readsOnly }), (error) => error === refused)
    const { work } = counted()
    equal((await ask({ ...id, work, readsOnly })).replayed, false)
  })
}

test('of twenty equal requests at once one is done, and all are answered alike', async () => {
  const id = newId()
  const { done, work } = counted()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask({ ...id, work })))
  equal(done.times, 1)
  deepEqual(new Set(answers.map(({ body }) => body)), new Set(['{"thing":1}']))
  equal(answers.filter(({ replayed }) => !replayed).length, 1)
})

test('equal keys of other accounts and of other paths are other requests', async () => {
  const { done, work } = counted()
  for (const scope of ['a POST /x', 'b POST /x', 'a POST /y']) await ask({ scope, key: 'same', work })
  equal(done.times, 3)
})

test('work that failed half-way leaves nothing behind, and its key can be used again', async () => {
  const id = newId()
  const inner = newId()
  const row = { ...inner, request_hash: randomBytes(32), status: 200, sealed_body: '', created_at: new Date(0) }
  const work: Once['work'] = async (tx) => {
    await tx.withTables<{ idempotency: typeof row }>().insertInto('idempotency').values(row).execute()
    throw new Error('half-way')
  }
  await rejects(ask({ ...id, work }), /half-way/)
  equal(await findIdempotency(db, inner), undefined)
  equal(await findIdempotency(db, id), undefined)
})

test('a request whose first is still under way is told to come again', async () => {
  const id = newId()
  let finish: (answer: Answer) => void = () => {}
  const first = new Promise<void>((begun) => {
    const work = () => new Promise<Answer>((resolve) => ((finish = resolve), begun()))
    running = ask({ ...id, work })
  })
  await first
  const { done, work } = counted()
  const impatient = answerOnce({ ...edges, waitMs: 50 }, { ...id, request: '{}', work })
  await rejects(impatient, (error) => conflict(error) && (error as AppError).retryAfterSeconds === 1)
  finish({ status: 200, body: '{}' })
  equal((await running)?.replayed, false)
  equal(done.times, 0)
})
let running: ReturnType<typeof answerOnce> | undefined

test('what is kept can be read with the server secret only', async () => {
  const id = newId()
  const body = '{"key":"sk-rp-very-secret"}'
  await ask({ ...id, work: () => Promise.resolve({ status: 201, body }) })
  const row = await findIdempotency(db, id)
  ok(
    row &&
      !row.sealed_body.includes('very-secret') &&
      !Buffer.from(row.sealed_body, 'base64url').includes('very-secret'),
  )
  equal((await ask({ ...id, work: () => Promise.reject(new Error('not again')) })).body, body)
})

test('keys that are empty, long or not plain ASCII are refused', async () => {
  const { done, work } = counted()
  for (const key of ['', 'a b', 'ä', 'x'.repeat(256), 'a\nb']) {
    await rejects(ask({ scope: 's', key, work }), (error: AppError) => {
      match(error.message, /ASCII/)
      return error.code === 'invalid_request' && error.param === 'Idempotency-Key'
    })
  }
  equal(done.times, 0)
})

test('an answer is kept for at least 24 hours and forgotten after 48', async () => {
  const id = newId()
  const { done, work } = counted()
  await ask({ ...id, work })
  const hour = 3_600_000
  const later = (hours: number) => ({ nowMs: () => clock.nowMs() + hours * hour })
  await purgeIdempotency(db, later(24.1))
  await ask({ ...id, work })
  equal(done.times, 1)
  ok((await purgeIdempotency(db, later(48.1))) >= 1)
  await ask({ ...id, work })
  equal(done.times, 2)
})
