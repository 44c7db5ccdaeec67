import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Account, oauthClient, startOAuthProvider } from '../../../test/support/oauth-provider.ts'
import { openApi } from '../index.ts'
import { openBrowser, type TestBrowser } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const standIn = await startOAuthProvider({ after })
const provider = {
  ...oauthClient,
  authorizeUrl: `${standIn.url}/authorize`,
  tokenUrl: `${standIn.url}/token`,
  allowPrivate: true,
}
const oauth = {
  github: { ...provider, apiUrl: standIn.url },
  google: { ...provider, apiUrl: `${standIn.url}/userinfo` },
}
const app = openApi({ ...api.options, signIn: { ...api.options.signIn, oauth } })
const open = () => openBrowser((request) => app.request(request))

let ids = 1
const account = (more: Partial<Account> = {}): Account => ({ id: ids++, login: `ada${ids}`, name: 'Ada', ...more })

/** The address at the provider. */
async function start(browser: TestBrowser, name = 'github', query = ''): Promise<string> {
  const reply = await browser.ask('GET', `/api/v1/sign-in/oauth/${name}${query}`)
  equal(reply.status, 302, JSON.stringify(reply.body))
  return reply.headers.get('location') ?? ''
}

/** A browser that the provider sent back: a page of another site led it here. */
async function comeBack(browser: TestBrowser, address: string): Promise<string> {
  const { pathname, search } = new URL(address)
  const reply = await browser.ask('GET', pathname + search, { headers: { 'sec-fetch-site': 'cross-site' } })
  equal(reply.status, 302, JSON.stringify(reply.body))
  return reply.headers.get('location') ?? ''
}

async function enter(who: Account, name = 'github', browser = open()): Promise<TestBrowser> {
  equal(await comeBack(browser, standIn.agree(await start(browser, name), who)), '/')
  await browser.enter()
  return browser
}

const personIn = async (browser: TestBrowser) => (await browser.ask('GET', '/api/v1/session')).textAt('data.person.id')

for (const name of ['github', 'google']) {
  test(`somebody comes by ${name}, and comes back to the same account`, async () => {
    const who = account({ email: `${name}@example.com` })
    const browser = await enter(who, name)
    const session = await browser.ask('GET', '/api/v1/session')
    deepEqual([session.at('data.person.name'), session.at('data.person.email')], ['Ada', `${name}@example.com`])
    const [identity] = (await browser.ask('GET', '/api/v1/identities')).at('data') as { kind: string; name: string }[]
    deepEqual([identity?.kind, identity?.name], [name, name === 'github' ? who.login : `${name}@example.com`])
    equal(await personIn(await enter(who, name)), session.at('data.person.id'))
    notEqual(await personIn(await enter(account(), name)), session.at('data.person.id'))
  })
}

test('the provider is asked with state and PKCE, and the secret never leaves by the browser', async () => {
  const url = new URL(await start(open(), 'google'))
  equal(url.searchParams.get('code_challenge_method'), 'S256')
  match(url.searchParams.get('code_challenge') ?? '', /^[\w-]{43}$/)
  match(url.searchParams.get('state') ?? '', /^[\w-]{43}$/)
  equal(url.searchParams.get('redirect_uri'), 'http://localhost:8787/api/v1/sign-in/oauth/google/callback')
  ok(!url.href.includes(oauthClient.clientSecret))
})

test('a state is good once, in its browser, for its provider', async () => {
  const browser = open()
  const back = standIn.agree(await start(browser), account())
  const thief = open()
  await start(thief)
  match(await comeBack(thief, back), /^\/sign-in\?error=oauth_expired/)
  match(await comeBack(browser, back.replace('/github/', '/google/')), /error=oauth_expired/)
  const again = standIn.agree(await start(browser), account())
  equal(await comeBack(browser, again), '/')
  match(await comeBack(browser, again), /error=oauth_expired/)
  match(await comeBack(open(), again.replace(/state=[^&]+/, 'state=')), /error=oauth_expired/)
})

test("an attacker's answer signs nobody in to the attacker's account", async () => {
  const attacker = open()
  const back = standIn.agree(await start(attacker), account({ login: 'attacker' }))
  const victim = open()
  match(await comeBack(victim, back), /error=oauth_expired/)
  equal((await victim.ask('GET', '/api/v1/session')).status, 401)
})

test('another site cannot begin a sign-in', async () => {
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { host: 'evil.example' }] as Record<string, string>[])
    equal((await open().ask('GET', '/api/v1/sign-in/oauth/github', { headers })).status, 403)
})

test('who says no, and a code that is not taken, come back to the page that says so', async () => {
  const browser = open()
  const state = new URL(await start(browser, 'github', '?next=/keys')).searchParams.get('state')
  const path = '/api/v1/sign-in/oauth/github/callback'
  const denied = await comeBack(browser, `http://localhost:8787${path}?error=access_denied&state=${state}`)
  equal(denied, '/sign-in?error=oauth_cancelled&next=%2Fkeys')
  const forged = standIn.agree(await start(browser), account()).replace(/code=\w+/, 'code=forged')
  match(await comeBack(browser, forged), /error=oauth_failed/)
})

test('who signed in goes on to where they wanted to go, and never to another site', async () => {
  const browser = open()
  const url = await start(browser, 'github', `?next=${encodeURIComponent('/keys?state=on#new')}`)
  equal(await comeBack(browser, standIn.agree(url, account())), '/keys?state=on#new')
  for (const next of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    'evil',
    '/a\\b',
    '/a\r\nb',
    'javascript:alert(1)',
  ]) {
    const reply = await browser.ask('GET', `/api/v1/sign-in/oauth/github?next=${encodeURIComponent(next)}`)
    equal(reply.status, 400, next)
  }
})

test('an address that is not verified counts for nothing; one that is joins nobody', async () => {
  const unverified = await enter(account({ email: 'victim@example.com', verified: false }), 'google')
  equal((await unverified.ask('GET', '/api/v1/me')).at('data.email'), null)
  const first = await enter(account({ email: 'same@example.com' }), 'google')
  const second = await enter(account({ email: 'same@example.com' }), 'github')
  notEqual(await personIn(first), await personIn(second))
})

test('an account elsewhere becomes a way in of whoever is signed in, and of nobody else', async () => {
  const browser = await enter(account())
  const person = await personIn(browser)
  const link = async (from: TestBrowser) =>
    (await from.ask('POST', '/api/v1/identities/oauth/google', { body: { next: '/settings' } })).textAt('data.url')
  const google = account()
  equal(await comeBack(browser, standIn.agree(await link(browser), google)), '/settings')
  equal(await personIn(await enter(google, 'google')), person)
  const other = await enter(account())
  match(await comeBack(other, standIn.agree(await link(other), google)), /error=oauth_taken/)
  const gone = standIn.agree(await link(browser), account())
  await browser.ask('POST', '/api/v1/sign-out', { body: {} })
  match(await comeBack(browser, gone), /error=oauth_not_signed_in/)
})

test('where a provider is not set up there is no such way', async () => {
  const bare = openBrowser((request) => openApi(api.options).request(request))
  equal((await bare.ask('GET', '/api/v1/sign-in/oauth/github')).status, 404)
  deepEqual((await bare.ask('GET', '/api/v1/sign-in/methods')).at('data.oauth'), [])
  deepEqual((await open().ask('GET', '/api/v1/sign-in/methods')).at('data.oauth'), ['github', 'google'])
  equal((await bare.ask('GET', '/api/v1/sign-in/oauth/evil')).status, 400)
})

test('where people come by invitation, an invitation lets one in, into its account; none lets nobody in', async () => {
  const signIn = { ...api.options.signIn, oauth, rules: { ...api.options.signIn.rules, signUp: 'invited' as const } }
  const invited = openApi({ ...api.options, signIn })
  const browserOf = () => openBrowser((request) => invited.request(request))
  const customer = await api.makeCustomer('Host')
  const invite = async (email: string) => {
    const body = { email, role: 'developer' }
    const reply = await api.operator.ask('POST', `/api/v1/accounts/${customer.id}/invitations`, { body })
    return new URL(reply.textAt('link')).hash.slice(1)
  }
  const uninvited = browserOf()
  match(await comeBack(uninvited, standIn.agree(await start(uninvited), account())), /error=oauth_sign_up_closed/)

  const token = await invite('first@example.com')
  const guest = browserOf()
  const url = await start(guest, 'github', `?invitation=${token}`)
  equal(await comeBack(guest, standIn.agree(url, account())), '/')
  const names = (
    (await guest.ask('GET', '/api/v1/session')).at('data.accounts') as { name: string; role: string }[]
  ).map((each) => `${each.name}: ${each.role}`)
  deepEqual(
    names.toSorted((a, b) => (a < b ? -1 : 1)),
    ['Ada: owner', 'Host: developer'],
  )
  const second = browserOf()
  const secondUrl = await start(second, 'github', `?invitation=${token}`)
  match(await comeBack(second, standIn.agree(secondUrl, account())), /error=oauth_sign_up_closed/, 'it lets one in')

  await invite('asked@example.com')
  const byMailbox = browserOf()
  const asked = account({ email: 'asked@example.com' })
  equal(await comeBack(byMailbox, standIn.agree(await start(byMailbox, 'google'), asked)), '/')
  const pretender = browserOf()
  const unverified = account({ email: 'asked@example.com', verified: false })
  match(await comeBack(pretender, standIn.agree(await start(pretender, 'google'), unverified)), /sign_up_closed/)
})
