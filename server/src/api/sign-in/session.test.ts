import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { findSession, openSession, purgeSignIns } from '../../accounts/index.ts'
import { openApi } from '../index.ts'
import { openBrowser, openSignedIn } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator, demo, tools } = api
const mine = await api.makeCustomer('Mine')
const others = await api.makeCustomer('Others')

const makeLink = async (): Promise<string> => {
  const url = (await operator.ask('POST', '/api/v1/sign-in/links')).textAt('data.url')
  return url.slice(url.indexOf('#link=') + '#link='.length)
}

const enterByLink = async () => {
  const browser = api.browser()
  equal((await browser.ask('POST', '/api/v1/sign-in/link', { body: { token: await makeLink() } })).status, 200)
  await browser.enter()
  return browser
}

test("the operator's link signs in as the owner of the operator's and of the demo account", async () => {
  const browser = await enterByLink()
  const session = await browser.ask('GET', '/api/v1/session')
  deepEqual(session.at('data.person.name'), 'Operator')
  equal(session.at('data.account_id'), operator.id)
  const accounts = session.at('data.accounts') as { id: string; role: string; permissions: string[] }[]
  deepEqual(
    accounts.map(({ id, role }) => [id, role]),
    [
      [operator.id, 'owner'],
      [demo.id, 'owner'],
    ],
  )
  ok(accounts[0]!.permissions.includes('operate') && !accounts[1]!.permissions.includes('operate'))
  equal((await browser.ask('POST', '/api/v1/accounts', { body: { name: 'By session' } })).status, 201)
})

test('a link works once: of ten browsers that use it at once, one gets in', async () => {
  const token = await makeLink()
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => api.browser().ask('POST', '/api/v1/sign-in/link', { body: { token } })),
  )
  deepEqual(
    replies.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, ...Array.from({ length: 9 }, () => 403)],
  )
})

test('a link leads to localhost, by name, or to the public address', async () => {
  const urlAt = async (publicUrl: string | undefined) => {
    const app = openApi({ ...api.options, publicUrl })
    const request = new Request('http://127.0.0.1:9000/api/v1/sign-in/links', {
      method: 'POST',
      headers: { authorization: `Bearer ${operator.secret}` },
    })
    const answer = (await (await app.request(request)).json()) as { data: { url: string } }
    return answer.data.url.split('#')[0]
  }
  equal(await urlAt(undefined), 'http://localhost:9000/sign-in')
  equal(await urlAt('https://redpill.example'), 'https://redpill.example/sign-in')
})

test("an admin of the operator's account cannot become its owner by a link", async () => {
  const { browser } = await api.makePerson('Admin', { [operator.id]: 'admin' })
  const refused = await browser.ask('POST', '/api/v1/sign-in/links')
  equal(refused.status, 403)
  match(refused.textAt('error.message'), /for an owner of the account; you are admin/)
})

test('signing in makes a new session and ends the one that the browser had', async () => {
  const browser = await enterByLink()
  const before = browser.cookies.get('redpill_session')!
  equal((await browser.ask('POST', '/api/v1/sign-in/link', { body: { token: await makeLink() } })).status, 200)
  notEqual(browser.cookies.get('redpill_session'), before)
  equal(await findSession(tools, before, undefined), undefined)
})

test('a token that an attacker chose for a browser never becomes a session', async () => {
  const browser = api.browser()
  browser.cookies.set('redpill_session', 'chosen-by-an-attacker')
  equal((await browser.ask('GET', '/api/v1/session')).status, 401)
  equal((await browser.ask('POST', '/api/v1/sign-in/link', { body: { token: await makeLink() } })).status, 200)
  notEqual(browser.cookies.get('redpill_session'), 'chosen-by-an-attacker')
  equal(await findSession(tools, 'chosen-by-an-attacker', undefined), undefined)
})

test('signing out ends the session, not only its cookie', async () => {
  const browser = await enterByLink()
  const token = browser.cookies.get('redpill_session')!
  equal((await browser.ask('POST', '/api/v1/sign-out')).status, 200)
  equal(browser.cookies.has('redpill_session'), false)
  browser.cookies.set('redpill_session', token)
  equal((await browser.ask('GET', '/api/v1/session')).at('error.code'), 'not_signed_in')
})

test('nothing in the database is of use as a token or as a link', async () => {
  const browser = await enterByLink()
  const token = browser.cookies.get('redpill_session')!
  const link = await makeLink()
  const { rows } = await api.database.pool.query(
    'select to_jsonb(s)::text as t from session s union all select to_jsonb(c)::text from sign_in_challenge c',
  )
  const kept = rows.map(({ t }: { t: string }) => t).join('\n')
  for (const secret of [token, link]) equal(kept.includes(secret), false)
  const { rows: hashes } = await api.database.pool.query(`select encode(token_hmac, 'hex') as hex from session`)
  for (const { hex } of hashes as { hex: string }[]) {
    for (const text of [hex, Buffer.from(hex, 'hex').toString('base64url')])
      equal(await findSession(tools, text, undefined), undefined)
  }
})

test('the cookie is unreadable for scripts, sent to this site alone and, over https, bound to its host', async () => {
  const lineAt = async (publicUrl: string | undefined, origin: string) => {
    const app = openApi({ ...api.options, publicUrl })
    const browser = openBrowser((request) => app.request(request), { origin })
    const reply = await browser.ask('POST', '/api/v1/sign-in/link', { body: { token: await makeLink() } })
    return reply.headers.getSetCookie()[0] ?? ''
  }
  const plain = await lineAt(undefined, 'http://localhost:8787')
  match(plain, /^redpill_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
  const secure = await lineAt('https://redpill.example', 'https://redpill.example')
  match(secure, /^__Host-redpill_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

test('a page of another origin can neither sign somebody in nor act for whoever is signed in', async () => {
  const browser = await enterByLink()
  const token = await makeLink()
  const tellings: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:9999' },
    { origin: 'https://localhost:8787' },
  ]
  for (const headers of tellings) {
    equal((await browser.ask('GET', '/api/v1/keys', { headers })).status, 403, JSON.stringify(headers))
    equal((await browser.ask('POST', '/api/v1/keys', { headers, body: { name: 'x' } })).status, 403)
    equal((await api.browser().ask('POST', '/api/v1/sign-in/link', { headers, body: { token } })).status, 403)
  }
  equal(
    (await api.browser().ask('POST', '/api/v1/sign-in/link', { body: { token } })).status,
    200,
    'it was not used up',
  )
})

test('a request that changes something needs the token of this very session', async () => {
  const browser = await enterByLink()
  const other = await enterByLink()
  const ask = (csrf: string) =>
    browser.ask('POST', '/api/v1/keys', { body: { name: 'x' }, headers: { 'x-csrf-token': csrf } })
  for (const wrong of ['', 'x', other.csrf()!, browser.csrf()!.slice(0, -1)]) {
    const refused = await ask(wrong)
    deepEqual([refused.status, refused.at('error.metadata.reason')], [403, 'csrf'])
  }
  equal((await ask(browser.csrf()!)).status, 201)
})

test('a host that only leads here by a name server gets no session', async () => {
  const browser = await enterByLink()
  for (const host of [
    'evil.example',
    'evil.example:8787',
    '192.168.1.2:8787',
    'localhost.evil.example',
    '0.0.0.0:8787',
  ]) {
    const origin = `http://${host}`
    const refused = await browser.ask('GET', '/api/v1/session', { headers: { host, origin } })
    equal(refused.at('error.code'), 'not_signed_in', host)
    match(refused.textAt('error.message'), /REDPILL_PUBLIC_URL/)
    const keys = await browser.ask('GET', '/api/v1/keys', { headers: { host, origin } })
    equal(keys.status, 401, host)
    const link = { body: { token: await makeLink() }, headers: { host, origin } }
    equal((await browser.ask('POST', '/api/v1/sign-in/link', link)).status, 403, host)
  }
})

test('behind https only the public address and this machine itself are heard', async () => {
  const app = openApi({ ...api.options, publicUrl: 'https://redpill.example' })
  const serve = (request: Request) => app.request(request)
  const { id } = await api.makePerson('Public', { [mine.id]: 'viewer' })
  for (const origin of ['https://redpill.example', 'http://localhost:8787']) {
    const browser = await openSignedIn(serve, tools, id, { origin })
    equal((await browser.ask('GET', '/api/v1/session')).status, 200)
  }
  const browser = await openSignedIn(serve, tools, id, { origin: 'https://redpill.example' })
  const headers = { host: 'other.example', origin: 'https://other.example' }
  equal((await browser.ask('GET', '/api/v1/session', { headers })).status, 401)
})

test('the session is heard under /api/v1 only, and never beside a key', async () => {
  const { browser } = await api.makePerson('Mixed', { [mine.id]: 'owner' })
  equal((await browser.ask('GET', '/api/v1/credits')).status, 200)
  equal((await browser.ask('GET', '/v1/credits')).status, 401)
  const wrongKey = { headers: { authorization: 'Bearer sk-rp-garbage' } }
  equal((await browser.ask('GET', '/api/v1/credits', wrongKey)).at('error.code'), 'invalid_api_key')
  const key = { headers: { authorization: `Bearer ${others.inference.secret}` } }
  equal((await browser.ask('GET', '/api/v1/keys', key)).status, 403)
  equal((await browser.ask('GET', '/api/v1/key')).at('error.code'), 'not_allowed')
})

test('a session acts for the account that it names, and for none of others', async () => {
  const { browser } = await api.makePerson('Two', { [mine.id]: 'owner', [others.id]: 'viewer' })
  const accountsOf = async (headers: Record<string, string>, query = '') => {
    const reply = await browser.ask('GET', `/api/v1/keys${query}`, { headers })
    if (reply.status !== 200) return reply.status
    return [...new Set((reply.at('data') as { account_id: string }[]).map(({ account_id }) => account_id))]
  }
  deepEqual(await accountsOf({ 'x-redpill-account': mine.id }), [mine.id])
  deepEqual(await accountsOf({ 'x-redpill-account': others.id }), [others.id])
  deepEqual(await accountsOf({}, `?account_id=${others.id}`), [others.id])
  deepEqual(await accountsOf({ 'x-redpill-account': demo.id }), 404)
  deepEqual(await accountsOf({ 'x-redpill-account': 'x' }), 404)
  deepEqual(await accountsOf({}, `?account_id=${demo.id}`), 404)
  // A link to a file has no header: it is the account in its path that is meant.
  equal((await browser.ask('GET', `/api/v1/accounts/${others.id}/lots`)).status, 200)
  equal((await browser.ask('GET', `/api/v1/accounts/${demo.id}/lots`)).status, 404)
  deepEqual(await accountsOf({ 'x-redpill-account': mine.id }, `?account_id=${others.id}`), 404)
  const post = { body: { name: 'x' }, headers: { 'x-redpill-account': others.id } }
  const refused = await browser.ask('POST', '/api/v1/keys', post)
  equal(refused.status, 403)
  match(refused.textAt('error.message'), /owner, admin or developer of the account; you are viewer/)
})

test('the operator acts on every account; a developer in the account of the operator looks at them', async () => {
  const admin = await api.makePerson('Admin', { [operator.id]: 'admin' })
  equal((await admin.browser.ask('GET', `/api/v1/keys?account_id=${mine.id}`)).status, 200)
  equal((await admin.browser.ask('GET', '/api/v1/providers')).status, 200)
  const developer = await api.makePerson('Developer', { [operator.id]: 'developer' })
  equal((await developer.browser.ask('GET', `/api/v1/keys?account_id=${mine.id}`)).status, 200)
  equal((await developer.browser.ask('GET', '/api/v1/providers')).status, 200)
  const key = { body: { name: 'x', account_id: mine.id } }
  equal((await developer.browser.ask('POST', '/api/v1/keys', key)).status, 404)
  equal((await developer.browser.ask('POST', '/api/v1/reconcile')).status, 403)
})

test('somebody without any account is known, and finds no account', async () => {
  const { browser } = await api.makePerson('Alone', {})
  equal((await browser.ask('GET', '/api/v1/session')).at('data.account_id'), null)
  equal((await browser.ask('GET', '/api/v1/keys')).status, 404)
})

test('a page asks how people sign in here, and where they cannot, why', async () => {
  const here = await api.browser().ask('GET', '/api/v1/sign-in/methods')
  deepEqual(
    ['origin', 'why_not', 'sign_up', 'email.delivered_by', 'passkey.possible'].map((path) => here.at(`data.${path}`)),
    ['http://localhost:8787', null, 'open', 'operator', true],
  )
  const origin = 'http://evil.example'
  const there = await api.browser({ origin }).ask('GET', '/api/v1/sign-in/methods')
  deepEqual([there.at('data.origin'), there.at('data.passkey.possible')], [null, false])
  match(there.textAt('data.why_not'), /REDPILL_PUBLIC_URL/)
})

test('a session ends after thirty days, and after seven without use', async () => {
  const { id } = await api.makePerson('Late', { [mine.id]: 'owner' })
  const day = 24 * 3_600_000
  const at = (days: number) => ({ ...tools, clock: { nowMs: () => tools.clock.nowMs() + days * day } })
  const device = { method: 'link', device: '', address: undefined, token: undefined } as const
  const idle = await openSession(tools, id, device)
  const busy = await openSession(tools, id, device)
  for (let days = 0; days < 30; days += 5) ok(await findSession(at(days), busy, undefined), `day ${days}`)
  equal(await findSession(at(8), idle, undefined), undefined)
  equal(await findSession(at(30.1), busy, undefined), undefined)
  ok((await purgeSignIns(api.db, at(8).clock)) >= 1)
  ok(await findSession(at(29), busy, undefined))
  ok((await purgeSignIns(api.db, at(31).clock)) >= 1)
})
