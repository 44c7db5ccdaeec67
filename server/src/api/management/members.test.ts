import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import type { Mail } from '../../platform/mail.ts'
import { openApi } from '../index.ts'
import { openBrowser } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })

type Member = { readonly person_id: string; readonly role: string }

/** An organisation of its own for a test, with its owner. */
async function openOrganisation(name: string) {
  const owner = await api.makePerson(`${name}'s owner`, {})
  const made = await owner.browser.ask('POST', '/api/v1/organisations', { body: { name } })
  equal(made.status, 201)
  const id = made.textAt('data.id')
  await owner.browser.enter()
  const path = `/api/v1/accounts/${id}`
  const join = async (person: string, role: string) => {
    const { link } = await inviteTo(path, owner, role)
    const joined = await api.makePerson(person, {})
    equal((await joined.browser.ask('POST', '/api/v1/invitations/accept', { body: { token: link } })).status, 200)
    await joined.browser.enter()
    return joined
  }
  const rolesOf = async () =>
    ((await owner.browser.ask('GET', `${path}/members`)).at('data') as Member[]).map(({ role }) => role)
  return { id, path, owner, join, rolesOf }
}

type Person = Awaited<ReturnType<typeof api.makePerson>>

async function inviteTo(path: string, by: Person, role: string, email = 'ada@example.com') {
  const invited = await by.browser.ask('POST', `${path}/invitations`, { body: { email, role } })
  equal(invited.status, 201, JSON.stringify(invited.body))
  return { link: invited.textAt('link').split('#')[1]!, id: invited.textAt('data.id'), url: invited.textAt('link') }
}

const accept = (person: Person, token: string) =>
  person.browser.ask('POST', '/api/v1/invitations/accept', { body: { token } })

test('whoever makes an organisation owns it, and acts for it by naming it', async () => {
  const { id, owner } = await openOrganisation('Makers')
  const session = await owner.browser.enter()
  deepEqual(
    (session.at('data.accounts') as { id: string; role: string }[]).map((each) => [each.id, each.role]),
    [[id, 'owner']],
  )
  const key = await owner.browser.ask('POST', '/api/v1/keys', {
    body: { name: 'First' },
    headers: { 'x-redpill-account': id },
  })
  equal(key.at('data.account_id'), id)
  equal((await owner.browser.ask('GET', `/api/v1/accounts/${id}`)).at('data.credits.available'), '0')
})

test('an invitation is seen before signing in, accepted once, and makes a member', async () => {
  const { id, path, owner, rolesOf } = await openOrganisation('Inviters')
  const { link, url } = await inviteTo(path, owner, 'developer')
  match(url, /^http:\/\/localhost:8787\/join#/)
  const preview = await api.browser().ask('POST', '/api/v1/invitations/preview', { body: { token: link } })
  deepEqual(
    [preview.at('data.account_name'), preview.at('data.role'), preview.at('data.email')],
    ['Inviters', 'developer', 'a...@example.com'],
  )
  const [ada, bob] = [await api.makePerson('Ada', {}), await api.makePerson('Bob', {})]
  const answers = await Promise.all([accept(ada, link), accept(bob, link), accept(ada, link), accept(bob, link)])
  const refusals = answers.map(({ status }) => status).filter((status) => status !== 200)
  equal(refusals.length, 3)
  // Whoever was in already when they asked again is told so.
  ok(refusals.every((status) => status === 404 || status === 409))
  deepEqual(await rolesOf(), ['owner', 'developer'])
  const joined = answers.find(({ status }) => status === 200)!
  equal(joined.at('data.account_id'), id)
  const again = await inviteTo(path, owner, 'viewer')
  const member = joined.at('data.person_id') === ada.id ? ada : bob
  const refused = await accept(member, again.link)
  deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
})

test('an invitation is mailed where the operator set up mail, and lets somebody new in where only the invited may come', async () => {
  const mails: Mail[] = []
  const codes: { readonly code: string }[] = []
  const mailer = { send: (mail: Mail) => Promise.resolve(void mails.push(mail)), close: () => Promise.resolve() }
  const signIn = { ...api.options.signIn, rules: { ...api.options.signIn.rules, signUp: 'invited' as const } }
  const mailing = openApi({ ...api.options, signIn: { ...signIn, mailer } })
  const showing = openApi({ ...api.options, signIn: { ...signIn, onCode: (code) => void codes.push(code) } })
  const customer = await api.makeCustomer('Mailers')
  const body = { email: 'New@Example.com', role: 'viewer' }
  const invited = await mailing.request(`http://localhost:8787/api/v1/accounts/${customer.id}/invitations`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { authorization: `Bearer ${api.operator.secret}`, 'content-type': 'application/json' },
  })
  const { link, mailed } = (await invited.json()) as { readonly link: string; readonly mailed: boolean }
  deepEqual([mailed, mails.map(({ to }) => to)], [true, ['new@example.com']])
  ok(mails[0]!.text.includes(link))
  match(mails[0]!.text, /invites you as viewer to the account\n\n {2}Mailers\n/)

  const newcomer = openBrowser((request) => showing.request(request))
  for (const [email, told] of [
    ['stranger@example.com', 0],
    ['new@example.com', 1],
  ] as const) {
    const begun = await newcomer.ask('POST', '/api/v1/sign-in/email', { body: { email } })
    equal(codes.length, told, email)
    const answer = { challenge_id: begun.at('data.challenge_id'), code: codes.at(-1)?.code ?? '000000' }
    const entered = await newcomer.ask('POST', '/api/v1/sign-in/email/verify', { body: answer })
    equal(entered.status, told === 1 ? 200 : 403)
  }
  await newcomer.enter()
  const token = link.split('#')[1]
  equal((await newcomer.ask('POST', '/api/v1/invitations/accept', { body: { token } })).status, 200)
})

test('an invitation ends by being revoked, replaced, and by time', async () => {
  const { path, owner } = await openOrganisation('Endings')
  const ada = await api.makePerson('Ada', {})
  const first = await inviteTo(path, owner, 'viewer')
  const second = await inviteTo(path, owner, 'viewer')
  equal((await accept(ada, first.link)).status, 404)
  equal((await owner.browser.ask('DELETE', `${path}/invitations/${second.id}`)).status, 200)
  equal((await accept(ada, second.link)).status, 404)
  const third = await inviteTo(path, owner, 'viewer')
  await sql`update invitation set expires_at = now() - interval '1 second' where id = ${third.id}`.execute(api.db)
  match((await accept(ada, third.link)).textAt('error.message'), /7 days/)
  const open = await owner.browser.ask('GET', `${path}/invitations`)
  deepEqual(
    (open.at('data') as { expired: boolean }[]).map(({ expired }) => expired),
    [true],
  )
})

test('somebody who may invite no more has no open invitations either', async () => {
  const { path, owner, join } = await openOrganisation('Leavers')
  for (const change of ['demote', 'remove'] as const) {
    const admin = await join('Admin', 'admin')
    const kept = await inviteTo(path, admin, 'admin', `${change}@example.com`)
    const member = `${path}/members/${admin.id}`
    const done =
      change === 'remove'
        ? await owner.browser.ask('DELETE', member)
        : await owner.browser.ask('PATCH', member, { body: { role: 'viewer' } })
    equal(done.status, 200)
    equal((await accept(await api.makePerson('Back door', {}), kept.link)).status, 404, change)
  }
})

test('a removed member sees nothing of the account from the next request on', async () => {
  const { id, path, owner, join } = await openOrganisation('Removers')
  const ada = await join('Ada', 'developer')
  equal((await ada.browser.ask('GET', path)).status, 200)
  equal((await owner.browser.ask('DELETE', `${path}/members/${ada.id}`)).status, 200)
  equal((await ada.browser.ask('GET', path)).status, 404)
  equal((await ada.browser.ask('GET', '/api/v1/keys', { headers: { 'x-redpill-account': id } })).status, 404)
})

test('the last owner can neither leave nor be demoted, whoever asks and however many at once', async () => {
  const { path, owner, join } = await openOrganisation('Owners')
  const self = `${path}/members/${owner.id}`
  for (const refused of [
    await owner.browser.ask('DELETE', self),
    await owner.browser.ask('PATCH', self, { body: { role: 'admin' } }),
    await api.operator.ask('DELETE', self),
  ])
    deepEqual([refused.status, refused.at('error.code')], [409, 'conflict'])
  const second = await join('Second', 'owner')
  const others = [
    owner.browser.ask('PATCH', `${path}/members/${second.id}`, { body: { role: 'viewer' } }),
    second.browser.ask('PATCH', self, { body: { role: 'viewer' } }),
    owner.browser.ask('DELETE', self),
    second.browser.ask('DELETE', `${path}/members/${second.id}`),
  ]
  await Promise.all(others)
  const left = (await api.operator.ask('GET', `${path}/members`)).at('data') as Member[]
  equal(left.filter(({ role }) => role === 'owner').length, 1)
})

test('admins neither make nor unmake owners; developers manage nobody, and all may leave', async () => {
  const { path, owner, join, rolesOf } = await openOrganisation('Ranks')
  const [admin, developer] = [await join('Admin', 'admin'), await join('Developer', 'developer')]
  const ask = (by: Person, method: string, whom: Person, role?: string) =>
    by.browser.ask(method, `${path}/members/${whom.id}`, role === undefined ? {} : { body: { role } })
  for (const refused of [
    await ask(admin, 'PATCH', admin, 'owner'),
    await ask(admin, 'PATCH', owner, 'viewer'),
    await ask(admin, 'DELETE', owner),
    await admin.browser.ask('POST', `${path}/invitations`, { body: { email: 'a@example.com', role: 'owner' } }),
    await ask(developer, 'PATCH', developer, 'admin'),
    await ask(developer, 'DELETE', admin),
  ])
    deepEqual([refused.status, refused.at('error.code')], [403, 'not_allowed'])
  match((await ask(admin, 'PATCH', admin, 'owner')).textAt('error.message'), /an owner of the account/)
  match(
    (await ask(developer, 'PATCH', admin, 'viewer')).textAt('error.message'),
    /an owner or admin.*you are developer/,
  )
  equal((await ask(admin, 'PATCH', developer, 'billing')).status, 200)
  deepEqual(await rolesOf(), ['owner', 'admin', 'billing'])
  for (const leaver of [developer, admin]) equal((await ask(leaver, 'DELETE', leaver)).status, 200)
  deepEqual(await rolesOf(), ['owner'])
})

test('ownership goes over in one step: one becomes an owner, the other an admin', async () => {
  const { path, owner, join } = await openOrganisation('Heirs')
  const heir = await join('Heir', 'viewer')
  const given = await owner.browser.ask('POST', `${path}/transfer-ownership`, { body: { person_id: heir.id } })
  deepEqual([given.status, given.at('data.role')], [200, 'owner'])
  const members = (await heir.browser.ask('GET', `${path}/members`)).at('data') as Member[]
  deepEqual(
    members.map(({ person_id: personId, role }) => [personId, role]),
    [
      [heir.id, 'owner'],
      [owner.id, 'admin'],
    ],
  )
  const again = await owner.browser.ask('POST', `${path}/transfer-ownership`, { body: { person_id: heir.id } })
  equal(again.status, 403)
})

test('what happens to members is in the audit log, with no address and no name written out', async () => {
  const { id, path, owner, join } = await openOrganisation('Logged')
  const ada = await join('Ada Lovelace', 'viewer')
  await owner.browser.ask('PATCH', `${path}/members/${ada.id}`, { body: { role: 'admin' } })
  await ada.browser.ask('DELETE', `${path}/members/${ada.id}`)
  const log = (await owner.browser.ask('GET', `${path}/audit`)).at('data') as Record<'action' | 'actor', unknown>[]
  deepEqual(
    log.map(({ action }) => action),
    ['removeMember', 'changeMember', 'acceptInvitation', 'invite', 'createOrganisation'],
  )
  deepEqual((log[2]!.actor as { name: string }).name, 'Ada Lovelace')
  const { rows } = await sql<{ text: string }>`
    select row_to_json(audit)::text as text from audit where account_id = ${id}`.execute(api.db)
  ok(rows.every(({ text }) => !/Lovelace|ada@/.test(text)))
})

test('the developers of the operator see what customers have, and change nothing of theirs', async () => {
  const customer = await api.makeCustomer('Watched')
  const developer = await api.makePerson('Dev', { [api.operator.id]: 'developer' })
  const path = `/api/v1/accounts/${customer.id}`
  equal((await developer.browser.ask('GET', path)).status, 200)
  equal((await developer.browser.ask('GET', '/api/v1/providers')).status, 200)
  const body = { name: 'Mine', account_id: customer.id }
  equal((await developer.browser.ask('POST', '/api/v1/keys', { body })).status, 404)
  equal((await developer.browser.ask('POST', '/api/v1/keys', { body: { name: 'Own' } })).status, 201)
  const management = { name: 'Up', kind: 'management' }
  const refused = await developer.browser.ask('POST', '/api/v1/keys', { body: management })
  deepEqual([refused.status, refused.at('error.param')], [403, 'kind'])
})
