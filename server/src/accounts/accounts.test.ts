import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../test/support/clock.ts'
import { testDatabase } from '../../test/support/database.ts'
import { idSource } from '../core/ids.ts'
import { credits, toCredits } from '../core/money.ts'
import { balanceOf, findKeySpends } from '../credits/index.ts'
import { openSecrets } from '../platform/secrets.ts'
import {
  bootstrap,
  changeAccount,
  changeKey,
  createAccount,
  deleteKey,
  findAccount,
  findKey,
  findOperatorAccount,
  issueKey,
  listAccounts,
  listKeys,
  openKeyCache,
  reissueOperatorKey,
} from './index.ts'

const chance = { bytes: (length: number) => randomBytes(length) }
const secrets = openSecrets('a secret of at least thirty-two characters', chance)
const makeId = idSource(clock, chance)
const database = await testDatabase({ after })
const { db } = database

const newAccount = (name: string) =>
  createAccount(db, { id: makeId(), name, kind: 'customer', createdAt: new Date(clock.nowMs()) })

async function newKey(accountId: string, more: object = {}) {
  const key = { id: makeId(), accountId, kind: 'inference' as const, name: 'work', createdAt: new Date(clock.nowMs()) }
  const issued = await issueKey(db, { ...key, ...more }, { secrets, chance })
  assert.equal(issued.kind, 'issued')
  return issued
}

test('a new account has an empty balance and is found, listed newest first, renamed and frozen', async () => {
  const one = await newAccount('One')
  const two = await newAccount('Two')
  assert.deepEqual(await findAccount(db, one.id), one)
  assert.equal(toCredits((await balanceOf(db, one.id))!.available), '0')
  const listed = await listAccounts(db, { limit: 2 })
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['Two', 'One'],
  )
  assert.deepEqual(
    (await listAccounts(db, { beforeId: two.id, limit: 1 })).map(({ name }) => name),
    ['One'],
  )
  assert.deepEqual(await changeAccount(db, one.id, { name: 'Uno', frozen: true }), {
    ...one,
    name: 'Uno',
    frozen: true,
  })
  assert.equal((await changeAccount(db, one.id, {}))?.frozen, true)
  assert.equal(await changeAccount(db, makeId(), { name: 'Nobody' }), undefined)
  assert.equal(await findAccount(db, makeId()), undefined)
})

test('the secret of a key is stored nowhere, only its keyed hash', async () => {
  const account = await newAccount('Secretive')
  const { secret, key } = await newKey(account.id)
  assert.deepEqual(await findKey(db, key.id), key)
  const { rows } = await database.pool.query<{ text: string }>(
    'select api_key::text as text from api_key where id = $1',
    [key.id],
  )
  assert.equal(rows[0]!.text.includes(secret.slice(6)), false)
  assert.ok(rows[0]!.text.includes(secrets.hmac(secret).toString('hex')))
})

test('no key is made for an account that does not exist', async () => {
  const key = { id: makeId(), accountId: makeId(), kind: 'inference' as const, name: 'x', createdAt: new Date(0) }
  assert.deepEqual(await issueKey(db, key, { secrets, chance }), { kind: 'unknown-account' })
})

test('bounds of a key can be set, changed, kept and taken away, and the ledger knows them', async () => {
  const account = await newAccount('Bounded')
  const expiresAt = new Date('2030-01-02T03:04:05Z')
  const { key } = await newKey(account.id, { limit: credits(100), window: 'day', callCap: credits(5), expiresAt })
  assert.deepEqual([key.limit, key.window, key.callCap, key.expiresAt], [credits(100), 'day', credits(5), expiresAt])
  assert.equal((await findKeySpends(db, [key.id]))[0]?.limitLeft, credits(100))

  const renamed = await changeKey(db, key.id, { name: 'renamed' })
  assert.deepEqual(renamed, { ...key, name: 'renamed' })
  const lowered = await changeKey(db, key.id, { limit: credits(7), window: 'month' })
  assert.deepEqual(lowered, { ...key, name: 'renamed', limit: credits(7), window: 'month' })
  assert.equal((await findKeySpends(db, [key.id]))[0]?.limitLeft, credits(7))
  const free = await changeKey(db, key.id, { limit: null, callCap: null, expiresAt: null, disabled: true })
  assert.deepEqual(
    [free?.limit, free?.callCap, free?.expiresAt, free?.disabled],
    [undefined, undefined, undefined, true],
  )
  assert.deepEqual(await findKey(db, key.id), free)
  assert.equal(await changeKey(db, makeId(), { name: 'x' }), undefined)
})

test('keys are listed newest first, by account or all, without the deleted ones', async () => {
  const account = await newAccount('Lister')
  const keys = []
  for (const name of ['a', 'b', 'c']) keys.push((await newKey(account.id, { name })).key)
  const [a, b, c] = keys
  assert.deepEqual(await listKeys(db, { accountId: account.id, limit: 10 }), [c, b, a])
  assert.deepEqual(await listKeys(db, { accountId: account.id, beforeId: c!.id, limit: 1 }), [b])
  assert.deepEqual(await listKeys(db, { limit: 1 }), [c])
  assert.equal(await deleteKey(db, b!.id, new Date(0)), true)
  assert.equal(await deleteKey(db, b!.id, new Date(0)), false)
  assert.equal(await findKey(db, b!.id), undefined)
  assert.equal(await changeKey(db, b!.id, { disabled: false }), undefined)
  assert.deepEqual(await listKeys(db, { accountId: account.id, limit: 10 }), [c, a])
})

test('first runs that start at once make the operator and the demo account exactly once', async (t) => {
  const fresh = await testDatabase(t)
  const tools = { db: fresh.db, secrets, clock, chance, makeId }
  const runs = await Promise.all([1, 2, 3, 4].map(() => bootstrap(tools)))
  const created = runs.filter((run) => run.kind === 'created')
  assert.equal(created.length, 1)
  assert.equal((await listAccounts(fresh.db, { limit: 10 })).length, 2)
  assert.equal(toCredits((await balanceOf(fresh.db, created[0]!.demoId))!.available), '10000000')
  assert.deepEqual(await bootstrap(tools), { kind: 'existing', operatorId: created[0]!.operatorId })

  const cache = await openKeyCache({ database: fresh, secrets, clock })
  t.after(cache.close)
  const who = async (secret: string) => {
    const found = await cache.authenticate(secret)
    return found.kind === 'caller' ? [found.caller.accountKind, found.caller.key.kind] : found.kind
  }
  assert.deepEqual(await who(created[0]!.keys.operatorKey), ['operator', 'management'])
  assert.deepEqual(await who(created[0]!.keys.demoKey), ['customer', 'inference'])
  const reissued = await reissueOperatorKey(tools)
  assert.deepEqual(await who(reissued!), ['operator', 'management'])
  assert.deepEqual(await who(created[0]!.keys.operatorKey), ['operator', 'management'])
})

test('a first run whose keys could not be written down leaves nothing, and the next one makes them anew', async (t) => {
  const fresh = await testDatabase(t)
  const tools = { db: fresh.db, secrets, clock, chance, makeId }
  const full = () => Promise.reject(new Error('no space left'))
  await assert.rejects(bootstrap(tools, full), /no space left/)
  assert.equal(await findOperatorAccount(fresh.db), undefined)
  assert.equal(await reissueOperatorKey(tools), undefined)
  let written = ''
  const run = await bootstrap(tools, async (keys) => {
    assert.equal(
      await findOperatorAccount(fresh.db),
      undefined,
      'keys are written down before anyone sees the accounts',
    )
    written = keys.operatorKey
  })
  assert.equal(run.kind === 'created' && run.keys.operatorKey, written)
})
