import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { makePasskey, type MadeKey, usePasskey } from '../../../test/support/authenticator.ts'
import { openApi } from '../index.ts'
import { openBrowser, type TestBrowser } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const origin = 'http://localhost:8787'

type Options = {
  challenge: string
  rpId?: string
  rp?: { id: string }
  user?: { id: string }
  excludeCredentials?: { id: string }[]
}

const options = async (browser: TestBrowser, path: string, body?: object): Promise<Options> => {
  const reply = await browser.ask('POST', path, body ? { body } : {})
  equal(reply.status, 200, JSON.stringify(reply.body))
  return reply.at('data') as Options
}

const signUpOptions = (browser: TestBrowser, name = 'Ada') =>
  options(browser, '/api/v1/sign-in/passkey/register-options', { name })
const signInOptions = (browser: TestBrowser) => options(browser, '/api/v1/sign-in/passkey/options')
const register = (browser: TestBrowser, response: object) =>
  browser.ask('POST', '/api/v1/sign-in/passkey/register', { body: { response } })
const verify = (browser: TestBrowser, response: object) =>
  browser.ask('POST', '/api/v1/sign-in/passkey/verify', { body: { response } })

async function signUp(counter = 0): Promise<{ browser: TestBrowser; key: MadeKey; personId: string }> {
  const browser = api.browser()
  const { key, response } = makePasskey(await signUpOptions(browser), origin, { counter })
  deepEqual((await register(browser, response)).body, { signed_in: true, is_new: true })
  return { browser, key, personId: (await browser.enter()).textAt('data.person.id') }
}

const refused = async (reply: Promise<{ status: number; at: (path: string) => unknown }>, why: string) => {
  const { status, at } = await reply
  deepEqual([status, at('error.metadata.reason')], [403, 'wrong_passkey'], why)
}

test('somebody new makes a passkey, gets an account, and comes back with it to the same one', async () => {
  const { browser, key, personId } = await signUp()
  equal((await browser.ask('GET', '/api/v1/session')).at('data.person.name'), 'Ada')
  const again = api.browser()
  const asked = await signInOptions(again)
  equal(asked.rpId, 'localhost')
  deepEqual((await verify(again, usePasskey(key, asked, origin))).body, { signed_in: true, is_new: false })
  equal((await again.enter()).at('data.person.id'), personId)
})

test('an answer is good once: played again it lets nobody in', async () => {
  const { key } = await signUp()
  const browser = api.browser()
  const response = usePasskey(key, await signInOptions(browser), origin)
  equal((await verify(browser, response)).status, 200)
  await refused(verify(browser, response), 'the same')
  const other = await signInOptions(browser)
  notEqual(other.challenge, '')
  await refused(verify(browser, response), 'with a new question open')
})

test('an answer is good in the browser that was asked', async () => {
  const { key } = await signUp()
  const victim = api.browser()
  const response = usePasskey(key, await signInOptions(victim), origin)
  const thief = api.browser()
  await signInOptions(thief)
  await refused(verify(thief, response), 'stolen')
  equal((await verify(victim, response)).status, 200, 'the thief did not use it up')
})

test('a passkey of another site, an answer made for another page, and one without its person are refused', async () => {
  const { key } = await signUp()
  const bent = [
    { rpId: 'evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:9999' },
    { type: 'webauthn.create' },
    { unverified: true },
  ]
  for (const each of bent) {
    const browser = api.browser()
    await refused(verify(browser, usePasskey(key, await signInOptions(browser), origin, each)), JSON.stringify(each))
    const newcomer = api.browser()
    const made = makePasskey(await signUpOptions(newcomer), origin, {
      ...each,
      ...(each.type && { type: 'webauthn.get' }),
    })
    await refused(register(newcomer, made.response), `new: ${JSON.stringify(each)}`)
  }
})

test('a passkey that nobody has, and a signature by another key, are refused alike', async () => {
  const { key } = await signUp()
  const { key: other } = await signUp()
  const browser = api.browser()
  const stranger = makePasskey({ challenge: 'x' }, origin).key
  await refused(verify(browser, usePasskey(stranger, await signInOptions(browser), origin)), 'unknown')
  const forged = { ...usePasskey(other, await signInOptions(browser), origin), id: key.id, rawId: key.id }
  await refused(verify(browser, forged), 'signed by another')
})

test('a counter that does not go up is a copy, and is refused; of two copies at once one gets in', async () => {
  const { key } = await signUp(5)
  const use = async (counter: number) => {
    const browser = api.browser()
    return verify(browser, usePasskey(key, await signInOptions(browser), origin, { counter }))
  }
  equal((await use(9)).status, 200)
  for (const counter of [9, 8, 0]) await refused(use(counter), `counter ${counter}`)
  const both = await Promise.all([use(12), use(12)])
  deepEqual(
    both.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 403],
  )
  equal((await use(13)).status, 200)
})

test('a person has several passkeys, each with its name, each a way in, and takes one away', async () => {
  const { browser, key, personId } = await signUp()
  const asked = await options(browser, '/api/v1/identities/passkey/options')
  deepEqual(
    asked.excludeCredentials?.map(({ id }) => id),
    [key.id],
    'an authenticator makes one for each person',
  )
  const second = makePasskey(asked, origin)
  const body = { response: second.response, name: 'Key on my ring' }
  const linked = await browser.ask('POST', '/api/v1/identities/passkey', { body })
  equal(linked.at('data.name'), 'Key on my ring')
  const other = api.browser()
  equal((await verify(other, usePasskey(second.key, await signInOptions(other), origin))).status, 200)
  equal((await other.enter()).at('data.person.id'), personId)
  const renamed = await browser.ask('PATCH', `/api/v1/identities/${linked.textAt('data.id')}`, {
    body: { name: 'Ring' },
  })
  equal(renamed.at('data.name'), 'Ring')
  const [first] = (await browser.ask('GET', '/api/v1/identities')).at('data') as { id: string }[]
  equal((await browser.ask('DELETE', `/api/v1/identities/${first?.id}`)).status, 200)
  equal((await other.ask('GET', '/api/v1/session')).status, 401, 'all other sessions end')
  const third = api.browser()
  await refused(verify(third, usePasskey(key, await signInOptions(third), origin)), 'taken away')
  equal((await browser.ask('DELETE', `/api/v1/identities/${linked.textAt('data.id')}`)).status, 409, 'never the last')
})

test('a passkey made for one person cannot be made a way in of another, nor of somebody new', async () => {
  const ada = await signUp()
  const eve = await signUp()
  const asked = await options(ada.browser, '/api/v1/identities/passkey/options')
  const { response } = makePasskey(asked, origin)
  eve.browser.cookies.set('redpill_challenge', ada.browser.cookies.get('redpill_challenge')!)
  await refused(eve.browser.ask('POST', '/api/v1/identities/passkey', { body: { response } }), 'of another')
  await refused(register(ada.browser, response), 'of somebody new')
  equal((await ada.browser.ask('POST', '/api/v1/identities/passkey', { body: { response } })).status, 200)
})

test('the same new passkey registered twenty times at once makes one person', async () => {
  const browser = api.browser()
  const { response } = makePasskey(await signUpOptions(browser), origin)
  const replies = await Promise.all(Array.from({ length: 20 }, () => register(browser, response)))
  equal(replies.filter(({ status }) => status === 200).length, 1)
})

test('under an address, and without https, it is said why there are no passkeys', async () => {
  const at = async (publicUrl: string) => {
    const app = openApi({ ...api.options, publicUrl })
    const browser = openBrowser((request) => app.request(request), { origin: publicUrl })
    return browser.ask('POST', '/api/v1/sign-in/passkey/options')
  }
  const loopback = await at('http://127.0.0.1:8787')
  match(loopback.textAt('error.message'), /belong to a name, and 127\.0\.0\.1 is an address: open http:\/\/localhost/)
  match((await at('https://[::1]:8787')).textAt('error.message'), /address/)
  match((await at('http://redpill.example')).textAt('error.message'), /https/)
  equal((await at('https://redpill.example')).at('data.rpId'), 'redpill.example')
})

test('who would not be let in is not asked to make a passkey; an invitation lets in', async () => {
  const customer = await api.makeCustomer('Host')
  const body = { email: 'guest@example.com', role: 'viewer' }
  const invited = await api.operator.ask('POST', `/api/v1/accounts/${customer.id}/invitations`, { body })
  const invitation = new URL(invited.textAt('link')).hash.slice(1)
  const at = (rule: 'off' | 'invited') => {
    const signIn = { ...api.options.signIn, rules: { ...api.options.signIn.rules, signUp: rule } }
    const app = openApi({ ...api.options, signIn })
    return openBrowser((request) => app.request(request))
  }
  const asked: [TestBrowser, object][] = [
    [at('off'), { invitation }],
    [at('invited'), {}],
    [at('invited'), { invitation: 'none' }],
  ]
  for (const [browser, more] of asked) {
    const path = '/api/v1/sign-in/passkey/register-options'
    const reply = await browser.ask('POST', path, { body: { name: 'Ada', ...more } })
    deepEqual([reply.status, reply.at('error.metadata.reason')], [403, 'sign_up_closed'])
  }
  const guest = at('invited')
  const made = await options(guest, '/api/v1/sign-in/passkey/register-options', { name: 'Ada', invitation })
  const { response } = makePasskey(made, origin)
  equal((await guest.ask('POST', '/api/v1/sign-in/passkey/register', { body: { response, invitation } })).status, 200)
  equal(((await guest.enter()).at('data.accounts') as object[]).length, 2)
})

test('nonsense in place of an answer is refused and breaks nothing', async () => {
  const browser = api.browser()
  const asked = await signInOptions(browser)
  const client = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const clientDataJSON of [
    '',
    '!',
    client(null),
    client([]),
    client({ challenge: 1 }),
    client({ challenge: asked.challenge }),
  ]) {
    const response = {
      id: 'x',
      rawId: 'x',
      type: 'public-key',
      response: { clientDataJSON, authenticatorData: 'AA', attestationObject: 'AA' },
    }
    await refused(verify(browser, response), clientDataJSON)
    await refused(register(browser, response), clientDataJSON)
  }
  ok((await verify(browser, {})).status === 400)
})
