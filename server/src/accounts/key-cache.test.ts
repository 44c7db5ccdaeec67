import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import type { KyselyPlugin } from 'kysely'
import { testDatabase } from '../../test/support/database.ts'
import type { Clock } from '../core/clock.ts'
import { idSource } from '../core/ids.ts'
import { type Database, openDatabase } from '../platform/database/index.ts'
import { openSecrets } from '../platform/secrets.ts'
import {
  changeAccount,
  changeKey,
  createAccount,
  deleteKey,
  issueKey,
  openKeyCache,
  type Authenticate,
} from './index.ts'
import { makeSecret } from './secret.ts'

const chance = { bytes: (length: number) => randomBytes(length) }
const secrets = openSecrets('a secret of at least thirty-two characters', chance)
let nowMs = Date.parse('2026-11-22T12:00:00Z')
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
const makeId = idSource(clock, chance)
const database = await testDatabase({ after })
const { db } = database

async function newKey(more: object = {}) {
  const account = await createAccount(db, { id: makeId(), name: 'A', kind: 'customer', createdAt: new Date(nowMs) })
  const key = { id: makeId(), accountId: account.id, kind: 'inference' as const, name: 'k', createdAt: new Date(nowMs) }
  const issued = await issueKey(db, { ...key, ...more }, { secrets, chance })
  assert.equal(issued.kind, 'issued')
  return { account, ...issued }
}

/** Counts the statements that a database is asked to run, so that a test can tell memory from a look-up. */
function counted(inner: Database): Database & { readonly selects: () => number } {
  let selects = 0
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (node.kind === 'SelectQueryNode') selects += 1
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  }
  return { ...inner, db: inner.db.withPlugin(plugin), selects: () => selects }
}

async function outcome(authenticate: Authenticate, secret: string | undefined): Promise<string> {
  const found = await authenticate(secret)
  return found.kind === 'refused' ? found.reason : found.kind
}

/** Notifications come by another connection than answers: asks until it is so, or the test times out. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a key is read from the database once, however many calls ask for it at once and after', async (t) => {
  const { secret } = await newKey()
  const watched = counted(database)
  const cache = await openKeyCache({ database: watched, secrets, clock })
  t.after(cache.close)
  const answers = await Promise.all(Array.from({ length: 50 }, () => outcome(cache.authenticate, secret)))
  assert.deepEqual(new Set(answers), new Set(['caller']))
  assert.equal(watched.selects(), 3, 'one for keys with accounts, one for budgets, one for provider keys of their own')
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  assert.equal(watched.selects(), 3)
})

test('texts that cannot be keys are refused without a look-up', async (t) => {
  const watched = counted(database)
  const cache = await openKeyCache({ database: watched, secrets, clock })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, undefined), 'missing')
  assert.equal(await outcome(cache.authenticate, ''), 'missing')
  assert.equal(await outcome(cache.authenticate, 'sk-rp-hello'), 'malformed')
  assert.equal(watched.selects(), 0)
})

test('a flood of unknown keys is looked up in few statements and remembered shortly', async (t) => {
  const watched = counted(database)
  const cache = await openKeyCache({ database: watched, secrets, clock, unknownMax: 10, unknownTtlMs: 1_000 })
  t.after(cache.close)
  const flood = Array.from({ length: 400 }, () => makeSecret('inference', chance))
  const answers = await Promise.all(flood.map((secret) => outcome(cache.authenticate, secret)))
  assert.deepEqual(new Set(answers), new Set(['unknown']))
  assert.ok(watched.selects() <= 3, `${watched.selects()} statements`)
  const before = watched.selects()
  await outcome(cache.authenticate, flood.at(-1))
  assert.equal(watched.selects(), before, 'remembered')
  await outcome(cache.authenticate, flood[0])
  assert.equal(watched.selects(), before + 1, 'more than ten are not remembered')
  nowMs += 1_001
  await outcome(cache.authenticate, flood[0])
  assert.equal(watched.selects(), before + 2, 'nor for longer than said')
})

test('a key works nowhere any more once its deletion is committed and told', { timeout: 20_000 }, async (t) => {
  const { secret, key } = await newKey()
  const caches = await Promise.all([1, 2].map(() => openKeyCache({ database, secrets, clock })))
  for (const cache of caches) {
    t.after(cache.close)
    assert.equal(await outcome(cache.authenticate, secret), 'caller')
  }
  await deleteKey(db, key.id, new Date(nowMs))
  for (const cache of caches) await eventually(async () => (await outcome(cache.authenticate, secret)) === 'unknown')
})

test('disabling, enabling and new bounds of a key arrive', { timeout: 20_000 }, async (t) => {
  const { secret, key } = await newKey()
  const cache = await openKeyCache({ database, secrets, clock })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  await changeKey(db, key.id, { disabled: true })
  await eventually(async () => (await outcome(cache.authenticate, secret)) === 'disabled')
  await changeKey(db, key.id, { disabled: false, window: 'week' })
  await eventually(async () => {
    const found = await cache.authenticate(secret)
    return found.kind === 'caller' && found.caller.key.window === 'week'
  })
})

test('freezing an account reaches all of its keys', { timeout: 20_000 }, async (t) => {
  const { secret, account } = await newKey()
  const cache = await openKeyCache({ database, secrets, clock })
  t.after(cache.close)
  const frozen = async () => {
    const found = await cache.authenticate(secret)
    return found.kind === 'caller' && found.caller.accountFrozen
  }
  assert.equal(await frozen(), false)
  await changeAccount(db, account.id, { frozen: true })
  await eventually(frozen)
})

test('a key that was just refused as unknown works as soon as it exists', { timeout: 20_000 }, async (t) => {
  const account = await createAccount(db, { id: makeId(), name: 'B', kind: 'customer', createdAt: new Date(nowMs) })
  const cache = await openKeyCache({ database, secrets, clock, unknownTtlMs: 3_600_000 })
  t.after(cache.close)
  let bytes = randomBytes(42)
  const repeated = { bytes: () => bytes }
  while (bytes.some((byte) => byte >= 248)) bytes = randomBytes(42)
  const secret = makeSecret('inference', repeated)
  assert.equal(await outcome(cache.authenticate, secret), 'unknown')
  const key = { id: makeId(), accountId: account.id, kind: 'inference' as const, name: 'k', createdAt: new Date(nowMs) }
  const issued = await issueKey(db, key, { secrets, chance: repeated })
  assert.equal(issued.kind === 'issued' && issued.secret, secret)
  await eventually(async () => (await outcome(cache.authenticate, secret)) === 'caller')
})

test('a key expires by the clock, in memory too', async (t) => {
  const { secret } = await newKey({ expiresAt: new Date(nowMs + 1_000) })
  const cache = await openKeyCache({ database, secrets, clock })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  nowMs += 999
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  nowMs += 1
  assert.equal(await outcome(cache.authenticate, secret), 'expired')
})

test('a notification that was lost does harm for a minute at most', async (t) => {
  const { secret, key } = await newKey()
  const deaf: Database = { ...database, listen: () => Promise.resolve(() => Promise.resolve()) }
  const cache = await openKeyCache({ database: deaf, secrets, clock })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  await deleteKey(db, key.id, new Date(nowMs))
  nowMs += 60_001
  assert.equal(await outcome(cache.authenticate, secret), 'unknown')
})

test('what changed while the connection for notifications was lost is noticed', { timeout: 20_000 }, async (t) => {
  const { secret, key } = await newKey()
  const cache = await openKeyCache({ database, secrets, clock, entryTtlMs: 3_600_000 })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  const { rowCount } = await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'`,
  )
  assert.equal(rowCount, 1)
  await deleteKey(db, key.id, new Date(nowMs))
  await eventually(async () => (await outcome(cache.authenticate, secret)) === 'unknown')
})

test('what was read before a change and arrives after it is not kept', { timeout: 20_000 }, async (t) => {
  const { secret, key } = await newKey()
  const read = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      read.resolve()
      await release.promise
      return result
    },
  }
  const slow: Database = {
    ...database,
    db: db.withPlugin(plugin),
    listen: (channel, handler) =>
      database.listen(channel, (notice) => {
        handler(notice)
        if (notice.kind === 'message' && notice.payload.endsWith(secrets.hmac(secret).toString('hex'))) told.resolve()
      }),
  }
  const cache = await openKeyCache({ database: slow, secrets, clock })
  t.after(cache.close)
  const early = outcome(cache.authenticate, secret)
  await read.promise
  await deleteKey(db, key.id, new Date(nowMs))
  await told.promise
  const late = outcome(cache.authenticate, secret)
  release.resolve()
  assert.deepEqual(await Promise.all([early, late]), ['caller', 'unknown'])
  assert.equal(await outcome(cache.authenticate, secret), 'unknown')
})

test('memory is bounded: the key that was loaded longest ago is dropped', async (t) => {
  const keys = [await newKey(), await newKey(), await newKey()]
  const watched = counted(database)
  const cache = await openKeyCache({ database: watched, secrets, clock, entriesMax: 2 })
  t.after(cache.close)
  for (const { secret } of keys) await cache.authenticate(secret)
  const before = watched.selects()
  await cache.authenticate(keys[2]!.secret)
  await cache.authenticate(keys[1]!.secret)
  assert.equal(watched.selects(), before)
  await cache.authenticate(keys[0]!.secret)
  assert.ok(watched.selects() > before)
})

test('while the database is away known keys work, and others get a fault that says to try again', async (t) => {
  const { secret } = await newKey()
  const { secret: other } = await newKey()
  const own = openDatabase({ connection: database.connection })
  const cache = await openKeyCache({ database: own, secrets, clock })
  t.after(cache.close)
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  await own.close()
  assert.equal(await outcome(cache.authenticate, secret), 'caller')
  await assert.rejects(cache.authenticate(other), { name: 'AppError', code: 'ledger_unavailable' })
})
