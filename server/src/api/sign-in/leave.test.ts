import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const { db } = api

const named = (name: string) => `/api/v1/me?name=${encodeURIComponent(name)}`

test('whoever deletes themselves is signed out everywhere, in no account, and nameless in what they did', async () => {
  const shared = await api.makeCustomer('Shared')
  const owner = await api.makePerson('Owner', { [shared.id]: 'owner' })
  const ada = await api.makePerson('Ada Lovelace', { [shared.id]: 'admin' })
  const path = `/api/v1/accounts/${shared.id}`
  const key = await ada.browser.ask('POST', '/api/v1/keys', { body: { name: 'Hers' } })
  const invitation = { email: 'bob@example.com', role: 'viewer' }
  const invited = await ada.browser.ask('POST', `${path}/invitations`, { body: invitation })
  equal((await ada.browser.ask('DELETE', named('Ada'))).at('error.param'), 'name')
  equal((await ada.browser.ask('DELETE', named('Ada Lovelace'))).status, 200)

  ok(!ada.browser.cookies.has('redpill_session'))
  const { rows } = await sql<Record<string, unknown>>`select person.name, person.email,
    (select count(*)::int from session where person_id = person.id) as sessions,
    (select count(*)::int from identity where person_id = person.id) as identities,
    (select count(*)::int from member where person_id = person.id) as memberships
    from person where id = ${ada.id}`.execute(db)
  deepEqual(rows[0], { name: 'Deleted person', email: null, sessions: 0, identities: 0, memberships: 0 })

  const log = (await owner.browser.ask('GET', `${path}/audit?actor_id=${ada.id}`)).at('data') as {
    readonly action: string
    readonly actor: { readonly name: string }
  }[]
  deepEqual(
    log.map(({ action, actor }) => `${action} by ${actor.name}`),
    ['deleteMe', 'invite', 'createKey', 'signIn'].map((action) => `${action} by Deleted person`),
  )
  const everything = await sql<{ text: string }>`select row_to_json(audit)::text as text from audit`.execute(db)
  ok(everything.rows.every(({ text }) => !/Lovelace|bob@/.test(text)))
  equal((await api.as(key.textAt('key'))('GET', '/api/v1/credits')).status, 200)
  const token = invited.textAt('link').split('#')[1]
  const bob = await api.makePerson('Bob', {})
  equal((await bob.browser.ask('POST', '/api/v1/invitations/accept', { body: { token } })).status, 404)
})

test('the last owner of an account hands it over or deletes it first', async () => {
  const [mine, alone] = [await api.makeCustomer('Mine'), await api.makeCustomer('Alone')]
  const eve = await api.makePerson('Eve', { [mine.id]: 'owner', [alone.id]: 'owner' })
  const heir = await api.makePerson('Heir', { [mine.id]: 'viewer' })
  const refused = await eve.browser.ask('DELETE', named('Eve'))
  deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
  match(refused.textAt('error.message'), /Mine, Alone/)
  const headers = { 'x-redpill-account': mine.id }
  const given = { headers, body: { person_id: heir.id } }
  equal((await eve.browser.ask('POST', `/api/v1/accounts/${mine.id}/transfer-ownership`, given)).status, 200)
  const gone = await eve.browser.ask('DELETE', `/api/v1/accounts/${alone.id}?name=Alone`, {
    headers: { 'x-redpill-account': alone.id },
  })
  equal(gone.status, 200)
  equal((await eve.browser.ask('DELETE', named('Eve'))).status, 200)
  equal((await heir.browser.ask('GET', `/api/v1/accounts/${mine.id}/members`)).at('data.0.role'), 'owner')
})

test('two owners who delete themselves at once do not leave an account to nobody', async () => {
  const shared = await api.makeCustomer('Both')
  const people = [
    await api.makePerson('First', { [shared.id]: 'owner' }),
    await api.makePerson('Second', { [shared.id]: 'owner' }),
  ]
  const [first, second] = await Promise.all([
    people[0]!.browser.ask('DELETE', named('First')),
    people[1]!.browser.ask('DELETE', named('Second')),
  ])
  deepEqual(
    [first.status, second.status].toSorted((a, b) => a - b),
    [200, 409],
  )
})
