import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import { listAudit, recordAudit } from './audit.ts'
import type { Actor, AuditEntry } from './types.ts'

const { db } = await testDatabase({ after })
const makeId = idSource(clock, { bytes: (length) => randomBytes(length) })
const [acme, other, key] = [makeId(), makeId(), makeId()]

const entry = (given: Partial<AuditEntry> = {}): AuditEntry => ({
  id: makeId(),
  at: new Date(clock.nowMs()),
  actor: { kind: 'key', id: key, accountId: acme },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  action: 'changeKey',
  target: { kind: 'key', id: key },
  accountId: acme,
  before: { name: 'Old' },
  after: { name: 'New' },
  ...given,
})

test('what is written down is read back as it was, newest first and a page at a time', async () => {
  const system: Actor = { kind: 'system' }
  const entries = [
    entry(),
    entry({ actor: system, origin: undefined, action: 'bootstrap', before: undefined }),
    entry({ accountId: undefined, actor: { kind: 'person', id: makeId(), accountId: undefined } }),
  ]
  await recordAudit(db, ...entries)
  const nobody = { actorName: undefined, actorLabel: undefined, byOperator: false }
  const nowhere = { address: undefined, requestId: undefined }
  const read = entries.map((each) => ({ ...each, origin: each.origin ?? nowhere, ...nobody }))
  const expected = read.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  deepEqual(await listAudit(db, { limit: 10 }), expected)
  const [first] = await listAudit(db, { limit: 1 })
  deepEqual(await listAudit(db, { limit: 10, beforeId: first!.id }), expected.slice(1))
})

test('a search finds by account, by who, by what was done and to what, and by when', async () => {
  const accountId = makeId()
  const person = makeId()
  const at = new Date('2026-01-31T10:00:00Z')
  const wanted = entry({ accountId, at, actor: { kind: 'person', id: person, accountId }, action: 'createKey' })
  await recordAudit(db, wanted, entry({ accountId: other }), entry({ accountId, target: { kind: 'webhook', id: 'w' } }))
  const found = async (search: Partial<Parameters<typeof listAudit>[1]>): Promise<Uuid[]> =>
    (await listAudit(db, { limit: 50, accountId, ...search })).map(({ id }) => id)
  equal((await found({})).length, 2)
  for (const search of [
    { actorId: person },
    { actor: 'person' as const },
    { action: 'createKey' },
    { target: 'key' as const },
    { targetId: key },
    { to: new Date('2026-02-01T00:00:00Z') },
    { from: at, to: new Date(at.getTime() + 1) },
  ])
    deepEqual(await found(search), [wanted.id], JSON.stringify(search))
  deepEqual(await found({ to: at }), [])
})

test('the database refuses to change the log, to shorten it and to empty it', async () => {
  await recordAudit(db, entry())
  const count = async () => (await listAudit(db, { limit: 200 })).length
  const before = await count()
  ok(before > 0)
  for (const statement of [
    sql`update audit set action = 'nothing'`,
    sql`delete from audit`,
    sql`truncate audit`,
    sql`truncate audit, account cascade`,
  ])
    await rejects(statement.execute(db), (error: Error) => {
      match(error.message, /only ever added to/)
      return true
    })
  equal(await count(), before)
})

test('an entry of a change that is taken back is not there either', async () => {
  const accountId = makeId()
  const work = db.transaction().execute(async (tx) => {
    await recordAudit(tx, entry({ accountId }))
    throw new Error('changed my mind')
  })
  await rejects(work, /changed my mind/)
  deepEqual(await listAudit(db, { accountId, limit: 1 }), [])
})
