import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { credits } from '../../core/money.ts'
import { foldPlatformAccounts, forfeitRests, grant, reconcile } from '../../credits/index.ts'
import { eventually, hold, openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator, db } = api

/** An account with an owner, keys, credits and what else there may be. */
async function openAccount(name: string) {
  const customer = await api.makeCustomer(name)
  const owner = await api.makePerson(`${name}'s owner`, { [customer.id]: 'owner' })
  const path = `/api/v1/accounts/${customer.id}`
  const body = { credits: '1000', reason: 'x' }
  equal((await operator.ask('POST', `${path}/grants`, { body })).status, 201)
  const remove = (query: string, by = owner.browser.ask) => by('DELETE', `${path}?${query}`)
  return { ...customer, owner, path, remove }
}

const buy = (accountId: string, amount: number) => {
  const transferId = api.makeId()
  const order = { transferId, accountId, amount: credits(amount), reference: transferId, kind: 'purchased' as const }
  return grant(db, order)
}

async function reconciles(): Promise<void> {
  await foldPlatformAccounts(db)
  const { ok: holds, invariants } = await reconcile(api.database)
  ok(holds, JSON.stringify(invariants.filter((each) => !each.ok)))
}

test('a deleted account has no key that works, no member, no webhook and no provider key; its history stays', async () => {
  const gone = await openAccount('Gone')
  const hook = { url: 'https://hooks.example', events: ['balance.low'] }
  equal((await gone.manager.ask('POST', '/api/v1/webhooks', { body: hook })).status, 201)
  equal((await gone.manager.ask('PATCH', `${gone.path}/alerts`, { body: { low_balance_credits: '5' } })).status, 200)
  const once = { body: { name: 'Once' }, headers: { 'idempotency-key': 'k' } }
  const kept = await gone.manager.ask('POST', '/api/v1/keys', once)
  const invitation = { email: 'ada@example.com', role: 'viewer' }
  const invited = await gone.owner.browser.ask('POST', `${gone.path}/invitations`, { body: invitation })
  const removed = await gone.remove('name=Gone')
  deepEqual([removed.status, removed.at('data.forfeited_credits')], [200, '1000'])

  for (const ask of [gone.manager.ask, gone.inference.ask, api.as(kept.textAt('key'))])
    await eventually(async () => (await ask('GET', '/api/v1/credits')).status === 401)
  equal((await gone.owner.browser.ask('GET', gone.path)).status, 404)
  const token = invited.textAt('link').split('#')[1]
  const ada = await api.makePerson('Ada', {})
  equal((await ada.browser.ask('POST', '/api/v1/invitations/accept', { body: { token } })).status, 404)

  const left = await sql<Record<string, number>>`select
    (select count(*)::int from webhook where account_id = ${gone.id} and deleted_at is null) as webhooks,
    (select count(*)::int from balance_alert where account_id = ${gone.id}) as alerts,
    (select count(*)::int from member where account_id = ${gone.id}) as members,
    (select count(*)::int from provider_key where account_id = ${gone.id}) as provider_keys,
    (select count(*)::int from idempotency where scope like ${`${gone.id}%`}) as answers,
    (select count(*)::int from invitation where email like 'ada@%') as invited`.execute(db)
  deepEqual(left.rows[0], { webhooks: 0, alerts: 0, members: 0, provider_keys: 0, answers: 0, invited: 0 })

  const seen = await operator.ask('GET', gone.path)
  deepEqual([seen.at('data.name'), seen.at('data.credits.available')], ['Deleted account', '0'])
  ok(seen.at('data.deleted_at'))
  equal((await operator.ask('GET', `${gone.path}/ledger`)).at('data.0.kind'), 'forfeiture')
  const [entry] = (await operator.ask('GET', `${gone.path}/audit`)).at('data') as Record<string, unknown>[]
  deepEqual([entry!['action'], (entry!['before'] as { name: string }).name], ['deleteAccount', 'Gone'])
  const listed = (await operator.ask('GET', '/api/v1/accounts')).at('data') as { id: string }[]
  ok(!listed.some(({ id }) => id === gone.id))
  await reconciles()
})

test('nothing comes back into a deleted account', async () => {
  const gone = await openAccount('Closed')
  equal((await gone.remove('name=Closed')).status, 200)
  for (const [method, path, body] of [
    ['POST', `${gone.path}/grants`, { credits: '1', reason: 'x' }],
    ['POST', '/api/v1/keys', { name: 'x', account_id: gone.id }],
    ['POST', '/api/v1/webhooks', { url: 'https://a.example', events: ['balance.low'], account_id: gone.id }],
    ['PATCH', gone.path, { name: 'Alive', frozen: false }],
    ['PATCH', `${gone.path}/alerts`, { low_balance_credits: '1' }],
    ['POST', `${gone.path}/invitations`, { email: 'a@example.com', role: 'viewer' }],
    ['DELETE', `${gone.path}?name=Deleted%20account`, undefined],
  ] as const)
    equal((await operator.ask(method, path, { body })).status, 404, `${method} ${path}`)
})

test('bought credits are given up only when that is said, and the ledger reconciles', async () => {
  const payer = await openAccount('Payer')
  await buy(payer.id, 500)
  const refused = await payer.remove('name=Payer')
  deepEqual([refused.status, refused.at('error.param')], [409, 'forfeit'])
  equal(refused.at('error.metadata.valuable_credits'), '500')
  equal((await payer.inference.ask('GET', '/api/v1/credits')).status, 200)
  equal((await payer.manager.ask('GET', `${payer.path}/lots`)).at('data.1.credits_left'), '500')
  const removed = await payer.remove('name=Payer&forfeit=true')
  deepEqual([removed.status, removed.at('data.forfeited_credits')], [200, '1500'])
  await reconciles()
})

test('a call that is under way when its account is deleted is finished and charged; the rest is given up then', async () => {
  const busy = await openAccount('Busy')
  const callId = api.makeId()
  await hold(api.lane, callId, { accountId: busy.id, keyId: busy.inference.id, cost: credits(300) })
  equal((await busy.remove('name=Busy')).at('data.forfeited_credits'), '700')
  const settled = await api.lane.settle({
    ...{ callId, cost: credits(100), providerShareBps: 0, state: 'ok', status: 200, modelId: 'local/echo' },
    ...{ provider: 'local', offerId: undefined, units: {}, usageSource: 'provider', promptBytes: 1 },
    ...{ firstByteMs: 1, durationMs: 1, detail: {} },
  })
  ok(settled.kind === 'settled')
  equal(settled.charged, credits(100))
  equal(await forfeitRests(db, api.makeId, new Date()), credits(200))
  equal((await operator.ask('GET', busy.path)).at('data.credits.available'), '0')
  await reconciles()
})

test('only an owner deletes, who types the name; the account of the operator stays', async () => {
  const kept = await openAccount('Kept')
  const admin = await api.makePerson('Admin', { [kept.id]: 'admin' })
  const refused = await kept.remove('name=Kept', admin.browser.ask)
  deepEqual([refused.status, refused.at('error.code')], [403, 'not_allowed'])
  match(refused.textAt('error.message'), /an owner of the account/)
  equal((await kept.remove('name=Kept', kept.manager.ask)).status, 403)
  equal((await kept.remove('name=kept')).at('error.param'), 'name')
  equal((await kept.owner.browser.ask('DELETE', kept.path)).status, 400)
  const chief = await api.makePerson('Chief', { [operator.id]: 'owner' })
  const own = await chief.browser.ask('DELETE', `/api/v1/accounts/${operator.id}?name=Operator`)
  deepEqual([own.status, own.at('error.code')], [409, 'conflict'])
  const deputy = await api.makePerson('Deputy', { [operator.id]: 'admin' })
  equal((await deputy.browser.ask('DELETE', `/api/v1/accounts/${operator.id}?name=Operator`)).status, 403)
  equal((await deputy.browser.ask('DELETE', `${kept.path}?name=Kept`)).status, 200)
})

test('keys that are made while their account is deleted do not outlive it', async () => {
  for (let turn = 0; turn < 5; turn++) {
    const racing = await openAccount('Racing')
    const makeKey = () => operator.ask('POST', '/api/v1/keys', { body: { name: 'x', account_id: racing.id } })
    await Promise.all([makeKey(), racing.remove('name=Racing'), makeKey(), racing.remove('name=Racing')])
    const { rows } = await sql`select from api_key where account_id = ${racing.id} and deleted_at is null`.execute(db)
    equal(rows.length, 0)
  }
})
