import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import pg from 'pg'
import { sql } from 'kysely'
import { isObject, type JsonObject } from '../../core/json.ts'
import { operationGroups } from '../operations.ts'
import { parseCsv } from '../test/parse-csv.ts'
import { type Client, openTestApi, readPages } from '../test/harness.ts'
import { keptFields } from './fields.ts'

const api = await openTestApi({ after })
const { operator, db } = api
const acme = await api.makeCustomer('Acme')
const other = await api.makeCustomer('Other')
const account = `/api/v1/accounts/${acme.id}`

type Entry = {
  readonly id: string
  readonly actor: { readonly kind: string; readonly id: string | null; readonly name: string | null }
  readonly address: string | null
  readonly action: string
  readonly target: { readonly kind: string; readonly id: string | null }
  readonly account_id: string | null
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

/** The newest entry of an account. */
async function newest(ask: Client = acme.manager.ask, path = `${account}/audit`): Promise<Entry> {
  const reply = await ask('GET', `${path}?limit=1`)
  return reply.at('data.0') as Entry
}

test('a change by key tells who made it, to what, and what differs', async () => {
  const made = await acme.manager.ask('POST', '/api/v1/keys', { body: { name: 'Web', limit_credits: '5' } })
  const id = made.textAt('data.id')
  const created = await newest()
  deepEqual(created.actor, {
    kind: 'key',
    id: acme.manager.id,
    name: 'management',
    label: created.actor['label' as 'id'],
  })
  deepEqual([created.action, created.target, created.account_id], ['createKey', { kind: 'key', id }, acme.id])
  deepEqual([created.before, created.after?.['name'], created.after?.['limit_credits']], [null, 'Web', '5'])

  await acme.manager.ask('PATCH', `/api/v1/keys/${id}`, { body: { limit_credits: '7', name: 'Web' } })
  const changed = await newest()
  deepEqual([changed.before, changed.after], [{ limit_credits: '5' }, { limit_credits: '7' }])

  await acme.manager.ask('DELETE', `/api/v1/keys/${id}`)
  const gone = await newest()
  deepEqual([gone.action, gone.before?.['limit_credits'], gone.after], ['deleteKey', '7', null])
})

test('a change by a person tells the person, who is nameless when the name is asked of nobody', async () => {
  const ada = await api.makePerson('Ada', { [acme.id]: 'developer' })
  equal((await ada.browser.ask('POST', '/api/v1/keys', { body: { name: 'Hers' } })).status, 201)
  const made = await newest()
  deepEqual([made.actor.kind, made.actor.id, made.actor.name], ['person', ada.id, 'Ada'])
  const rows = await sql<{ text: string }>`select row_to_json(audit)::text as text from audit`.execute(db)
  ok(rows.rows.every(({ text }) => !text.includes('Ada')))
})

test('signing in and out is in the log of the account that the person acts for', async () => {
  const { browser, id } = await api.makePerson('Bob', { [acme.id]: 'viewer' })
  const signedIn = await newest()
  deepEqual([signedIn.action, signedIn.actor.id, signedIn.after], ['signIn', id, { method: 'link' }])
  equal((await browser.ask('POST', '/api/v1/sign-out')).status, 200)
  const signedOut = await newest()
  deepEqual([signedOut.action, signedOut.target], ['signOut', signedIn.target])
})

test('the first run is in the log, done by the server itself', async () => {
  const entries = await readPages<Entry>(operator.ask, '/api/v1/audit?actor=system', 3)
  const done = entries.map(({ action, target }) => `${action} ${target.kind}`).toSorted()
  deepEqual(done, [
    'bootstrap account',
    'bootstrap account',
    'bootstrap key',
    'bootstrap key',
    'bootstrap member',
    'bootstrap member',
    'bootstrap transfer',
  ])
})

test('a change that fails leaves no entry, and one that is repeated under its Idempotency-Key one', async () => {
  const before = await newest()
  for (const [method, path, body] of [
    ['POST', '/api/v1/keys', { name: '' }],
    ['POST', '/api/v1/keys', { name: 'x', account_id: other.id }],
    ['DELETE', `/api/v1/keys/${other.inference.id}`, undefined],
    ['PATCH', account, { frozen: true }],
  ] as const)
    ok((await acme.manager.ask(method, path, { body })).status >= 400)
  equal((await newest()).id, before.id)
  const headers = { 'idempotency-key': 'once' }
  const ask = () => acme.manager.ask('POST', '/api/v1/keys', { headers, body: { name: 'Once' } })
  const answers = await Promise.all([ask(), ask(), ask()])
  equal(new Set(answers.map((reply) => reply.textAt('data.id'))).size, 1)
  const found = await acme.manager.ask('GET', `${account}/audit?target_id=${answers[0].textAt('data.id')}`)
  equal((found.at('data') as Entry[]).length, 1)
})

test('a change whose entry cannot be written is not made', async () => {
  const faults: unknown[] = []
  const broken = await openTestApi({ after }, ({ error }) => faults.push(error))
  await sql`alter table audit add constraint none check (action <> 'createAccount') not valid`.execute(broken.db)
  equal((await broken.operator.ask('POST', '/api/v1/accounts', { body: { name: 'Never' } })).status, 500)
  match(String(faults[0]), /none/)
  const { rows } = await sql`select from account where name = 'Never'`.execute(broken.db)
  equal(rows.length, 0)
})

test('a customer learns that the operator changed something, not which of its people; the operator learns all', async () => {
  equal((await operator.ask('PATCH', account, { body: { parallel_max: 5 } })).status, 200)
  const told = await newest()
  const nobody = { kind: 'operator', id: null, name: null, label: null }
  deepEqual([told.actor, told.action, told.after], [nobody, 'changeAccount', { parallel_max: 5 }])
  const known = await newest(operator.ask)
  deepEqual([known.actor.kind, known.actor.name], ['key', 'Operator'])
  equal((await newest(operator.ask, '/api/v1/audit')).id, told.id)
})

test('addresses are for those who manage members', async () => {
  const [admin, viewer] = [
    await api.makePerson('Admin', { [acme.id]: 'admin' }),
    await api.makePerson('Viewer', { [acme.id]: 'viewer' }),
  ]
  await db.transaction().execute(async (tx) => {
    await sql`insert into audit (id, at, actor, actor_id, actor_account_id, address, action, target, account_id)
      values (${api.makeId()}, now(), 'person', ${admin.id}, ${acme.id}, '192.0.2.7', 'signIn', 'session', ${acme.id})`.execute(
      tx,
    )
  })
  equal((await newest(admin.browser.ask)).address, '192.0.2.7')
  equal((await newest(viewer.browser.ask)).address, null)
  equal((await newest(acme.manager.ask)).address, '192.0.2.7')
})

test('the log is read a page at a time, searched, and exported under the same filters', async () => {
  const all = await readPages<Entry>(acme.manager.ask, `${account}/audit`, 200)
  deepEqual(await readPages<Entry>(acme.manager.ask, `${account}/audit`, 2), all)
  ok(all.every((entry) => entry.account_id === acme.id))
  for (const filter of [
    'action=createKey',
    'target=session',
    `actor_id=${acme.manager.id}`,
    'actor=person',
    `to=${encodeURIComponent(new Date(0).toISOString())}`,
  ]) {
    const found = await readPages<Entry>(acme.manager.ask, `${account}/audit?${filter}`, 50)
    const { body } = await acme.manager.ask('GET', `${account}/audit.csv?${filter}`)
    const [head, ...rows] = parseCsv(String(body))
    deepEqual(head?.slice(0, 3), ['id', 'time (UTC)', 'actor'])
    deepEqual(
      rows.map(([id]) => id),
      found.map(({ id }) => id),
      filter,
    )
    ok(found.length < all.length, filter)
  }
  equal((await acme.manager.ask('GET', `${account}/audit?target=secret`)).status, 400)
})

test('the one statement that the log costs a change is its insert', async () => {
  const id = acme.inference.id
  const statements = await statementsOf(() =>
    acme.manager.ask('PATCH', `/api/v1/keys/${id}`, { body: { name: 'Counted' } }),
  )
  equal(statements.filter((text) => /\baudit\b/.test(text)).length, 1)
  equal(statements.filter((text) => text.startsWith('insert into "audit"')).length, 1)
  // Found once by the request, locked once by the change, shown once by the answer.
  equal(statements.filter((text) => text.startsWith('select * from "api_key"')).length, 2)
  const reading = await statementsOf(() => acme.manager.ask('GET', `/api/v1/keys/${id}`))
  ok(!reading.some((text) => /\baudit\b|^begin/.test(text)))
})

/** The text of every statement that the pool is given meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const texts: string[] = []
  const spied = mock.method(pg.Client.prototype, 'query')
  await work()
  for (const { arguments: given } of spied.mock.calls) {
    const [asked] = given as readonly (string | { readonly text: string })[]
    texts.push(typeof asked === 'string' ? asked : String(asked?.text))
  }
  spied.mock.restore()
  return texts
}

/** Of what the answers of each kind have, what the log leaves out; a new field has to be put on one list or the other. */
const leftOut: Readonly<Record<string, string>> = {
  account: 'created_at credits deleted_at id',
  alerts: 'account_id created_at id',
  invitation: 'account_id created_at expired id invited_by',
  key:
    'account_id byok_usage byok_usage_daily byok_usage_monthly byok_usage_weekly created_at creator_user_id external_user ' +
    'hash id include_byok_in_limit last_used_app last_used_at limit limit_left_credits limit_remaining limit_reset spent_credits updated_at usage ' +
    'usage_daily usage_monthly usage_weekly window_held_credits window_spent_credits workspace_id',
  member: 'account_id email name since',
  model: 'created_at id',
  offer: 'available id',
  price: 'credits_per_unit id',
  provider: 'available created_at id',
  provider_key: 'account_id created_at id',
  code: 'created_at id label uses',
  identity: 'created_at id name used_at',
  person: 'created_at email id name',
  session: 'expires_at url',
  transfer: 'account_id balance_after id reference',
  webhook: 'account_id created_at id',
}

test('every field that the API shows of what can be changed is kept by the log or left out on purpose', () => {
  const seen: Record<string, Set<string>> = {}
  for (const { audit, answer } of operationGroups.flatMap(({ operations }) => operations)) {
    if (typeof audit !== 'object') continue
    const shape = (answer as { shape?: { data?: { shape?: JsonObject } } }).shape?.data?.shape ?? {}
    const names = Object.keys(shape).filter((name) => !Object.hasOwn(keptFields[audit.kind], name))
    seen[audit.kind] = new Set([...(seen[audit.kind] ?? []), ...names])
  }
  const found = Object.fromEntries(Object.entries(seen).map(([kind, names]) => [kind, [...names].toSorted().join(' ')]))
  deepEqual(found, leftOut)
})

test('no secret that was used here is anywhere in the log', async () => {
  const secrets = [operator.secret, acme.manager.secret, acme.inference.secret, 'sk-provider-secret-0123456789']
  const given = { api_key: 'sk-provider-secret-0123456789' }
  const provider = { name: 'acme-ai', dialect: 'openai', base_url: 'https://api.example.com/v1', ...given }
  const made = await operator.ask('POST', '/api/v1/providers', { body: provider })
  equal(made.status, 201)
  const path = `/api/v1/providers/${made.textAt('data.id')}`
  equal((await operator.ask('PATCH', path, { body: given })).status, 200)
  deepEqual((await newest(operator.ask, '/api/v1/audit')).after, { api_key_set: true })
  const own = await acme.manager.ask('POST', '/api/v1/provider-keys', { body: { provider: 'acme-ai', ...given } })
  equal(own.status, 201)
  const key = await acme.manager.ask('POST', '/api/v1/keys', { body: { name: 'Secret' } })
  const rotated = await acme.manager.ask('POST', `/api/v1/keys/${key.textAt('data.id')}/rotate`, { body: {} })
  const url = 'https://hooks.example.com/services/T0123/B0123/whispered'
  const webhook = { url, events: ['balance.low'] }
  const hook = await acme.manager.ask('POST', '/api/v1/webhooks', { body: webhook })
  const link = await operator.ask('POST', '/api/v1/sign-in/links')
  secrets.push(key.textAt('key'), rotated.textAt('key'), hook.textAt('secret'), 'whispered')
  secrets.push(new URL(link.textAt('data.url')).hash.split('=')[1]!)
  const { rows } = await sql<{ text: string }>`select row_to_json(audit)::text as text from audit`.execute(db)
  ok(rows.length > 20)
  for (const secret of secrets) ok(!rows.some(({ text }) => text.includes(secret)), `${secret.slice(0, 6)}...`)
  ok(rows.every(({ text }) => isObject(JSON.parse(text) as JsonObject)))
})
