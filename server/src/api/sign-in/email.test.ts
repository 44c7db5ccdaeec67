import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { openApi } from '../index.ts'
import type { SignInOptions } from '../options.ts'
import { openBrowser, type TestBrowser } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })

/** The API with some rules of its own, and the codes that it would have shown to the operator. */
function apiWith(rules: Partial<SignInOptions['rules']> = {}) {
  const codes: { email: string; code: string }[] = []
  const signIn = {
    ...api.options.signIn,
    rules: { ...api.options.signIn.rules, ...rules },
    onCode: (code: { email: string; code: string }) => void codes.push(code),
  }
  const app = openApi({ ...api.options, signIn })
  const serve = (request: Request) => app.request(request)
  return { codes, browser: () => openBrowser(serve) }
}
const open = apiWith()

const begin = async (browser: TestBrowser, email: string, path = '/api/v1/sign-in/email') => {
  const reply = await browser.ask('POST', path, { body: { email } })
  equal(reply.status, 200, JSON.stringify(reply.body))
  return reply.textAt('data.challenge_id')
}

const answer = (browser: TestBrowser, challenge_id: string, code: string, path = '/api/v1/sign-in/email/verify') =>
  browser.ask('POST', path, { body: { challenge_id, code } })

async function enter(email: string, from = open): Promise<TestBrowser> {
  const browser = from.browser()
  const id = await begin(browser, email)
  const told = from.codes.at(-1)
  equal(told?.email, email.toLowerCase())
  equal((await answer(browser, id, told?.code ?? '')).status, 200)
  await browser.enter()
  return browser
}

const other = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

test('who proves a mailbox gets an account of their own, and comes back to it', async () => {
  const browser = open.browser()
  const id = await begin(browser, 'Ada@Example.com')
  const first = await answer(browser, id, open.codes.at(-1)!.code)
  deepEqual(first.body, { signed_in: true, is_new: true })
  const session = await browser.enter()
  deepEqual(session.at('data.person.name'), 'ada')
  equal(session.at('data.person.email'), 'ada@example.com')
  deepEqual(
    (session.at('data.accounts') as { name: string; kind: string; role: string }[]).map((each) => [
      each.name,
      each.kind,
      each.role,
    ]),
    [['ada', 'customer', 'owner']],
  )
  equal((await browser.ask('POST', '/api/v1/keys', { body: { name: 'first' } })).status, 201)
  const again = await enter('ada@example.com')
  equal((await again.ask('GET', '/api/v1/session')).at('data.account_id'), session.at('data.account_id'))
})

test('a code works once, and only in the browser that asked for it', async () => {
  const browser = open.browser()
  const id = await begin(browser, 'once@example.com')
  const { code } = open.codes.at(-1)!
  const thief = open.browser()
  equal((await answer(thief, id, code)).status, 403)
  await begin(thief, 'thief@example.com')
  equal((await answer(thief, id, code)).status, 403, 'not with a cookie of its own either')
  equal((await answer(browser, id, code)).status, 200)
  equal((await answer(browser, id, code)).status, 403)
})

test('of twenty right answers at once one gets in', async () => {
  const browser = open.browser()
  const id = await begin(browser, 'race@example.com')
  const { code } = open.codes.at(-1)!
  const replies = await Promise.all(Array.from({ length: 20 }, () => answer(browser, id, code)))
  equal(replies.filter(({ status }) => status === 200).length, 1)
})

test('after five wrong codes the right one is worth nothing', async () => {
  const browser = open.browser()
  const id = await begin(browser, 'guess@example.com')
  const { code } = open.codes.at(-1)!
  const wrong = await Promise.all(Array.from({ length: 5 }, () => answer(browser, id, other(code))))
  deepEqual(new Set(wrong.map(({ status }) => status)), new Set([403]))
  const late = await answer(browser, id, code)
  deepEqual([late.status, late.at('error.metadata.reason')], [403, 'wrong_code'])
})

test('a mailbox is sent six codes in a quarter of an hour, under whatever name', async () => {
  const browser = open.browser()
  const ask = (email: string) => browser.ask('POST', '/api/v1/sign-in/email', { body: { email } })
  for (let turn = 0; turn < 6; turn++) equal((await ask(`flood+${turn}@example.com`)).status, 200)
  for (const email of ['flood@example.com', 'FLOOD+x@example.com']) {
    const refused = await ask(email)
    equal(refused.status, 429)
    ok(Number(refused.headers.get('retry-after')) > 0)
  }
  equal((await ask('other@example.com')).status, 200)
})

test('whether somebody has an address is not told: not by the answer, not by its limits', async () => {
  const off = apiWith({ signUp: 'off' })
  await enter('known@example.com')
  const shapes: unknown[] = []
  for (const email of ['known@example.com', 'unknown@example.com']) {
    const browser = off.browser()
    const reply = await browser.ask('POST', '/api/v1/sign-in/email', { body: { email } })
    const refused = await answer(browser, reply.textAt('data.challenge_id'), '000000')
    shapes.push([reply.status, Object.keys(reply.at('data') as object), refused.status, refused.at('error')])
  }
  deepEqual(shapes[0], shapes[1])
  deepEqual(
    off.codes.map(({ email }) => email),
    ['known@example.com'],
    'a code goes only to whom it can let in',
  )
})

test('where new people are not let in, those who are known still are', async () => {
  await enter('early@example.com')
  const off = apiWith({ signUp: 'off' })
  await enter('early@example.com', off)
})

test('what is no address and no code is refused as such', async () => {
  const browser = open.browser()
  for (const email of ['', 'x', 'a@b', 'a@b.c\r\nBcc: d@e.f', 'a@b.c,d@e.f', '"a b"@c.de', 'a@b.de '.repeat(60)]) {
    equal((await browser.ask('POST', '/api/v1/sign-in/email', { body: { email } })).status, 400, email)
  }
  const id = await begin(browser, 'shape@example.com')
  for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
    equal((await answer(browser, id, code)).status, 400, code)
  const { code } = open.codes.at(-1)!
  equal((await answer(browser, id, ` ${code.slice(0, 3)} ${code.slice(3)} `)).status, 200, 'spaces do no harm')
})

test('without a mail server the operator, and nobody else, reads the codes that wait', async () => {
  const browser = open.browser()
  await begin(browser, 'waiting@example.com')
  const { code } = open.codes.at(-1)!
  const codes = await api.operator.ask('GET', '/api/v1/sign-in/codes')
  const found = (codes.at('data') as { email: string; code: string }[]).find(
    (each) => each.email === 'waiting@example.com',
  )
  equal(found?.code, code)
  const customer = await enter('customer@example.com')
  equal((await customer.ask('GET', '/api/v1/sign-in/codes')).status, 403)
  const { rows } = await api.database.pool.query('select to_jsonb(c)::text as t from sign_in_challenge c')
  ok(rows.every(({ t }: { t: string }) => !t.includes(`"${code}"`)))
})

test('welcome credits come once: not again to the same mailbox under another name, nor to who leaves and returns', async () => {
  const generous = apiWith({ welcomeCredits: credits(1_000) })
  const creditsOf = async (email: string) =>
    (await (await enter(email, generous)).ask('GET', '/api/v1/credits')).at('data.available_credits')
  equal(await creditsOf('grace@example.com'), '1000')
  equal(await creditsOf('grace@example.com'), '1000')
  equal(await creditsOf('grace+2@example.com'), '0')
  await api.database.pool.query(`delete from identity where subject = 'grace@example.com'`)
  equal(await creditsOf('grace@example.com'), '0')
  equal((await api.operator.ask('POST', '/api/v1/reconcile')).at('ok'), true)
})

test('a mailbox is changed by proving the new one; the old one is no way in from then on', async () => {
  const browser = await enter('old@example.com')
  const before = (await browser.ask('GET', '/api/v1/session')).at('data.person.id')
  const id = await begin(browser, 'new@example.com', '/api/v1/identities/email')
  const { code } = open.codes.at(-1)!
  equal((await answer(browser, id, code)).status, 403, 'a code for linking signs nobody in')
  const linked = await answer(browser, id, code, '/api/v1/identities/email/verify')
  equal(linked.at('data.name'), 'new@example.com')
  equal((await browser.ask('GET', '/api/v1/me')).at('data.email'), 'new@example.com')
  const personOf = async (email: string) =>
    (await (await enter(email)).ask('GET', '/api/v1/session')).at('data.person.id')
  equal(await personOf('new@example.com'), before)
  notEqual(await personOf('old@example.com'), before)
})

test("a code for signing in is no code for linking, and a mailbox of somebody else's is not taken over", async () => {
  const ada = await enter('ada2@example.com')
  const eve = await enter('eve@example.com')
  const signInId = await begin(eve, 'unused@example.com')
  equal((await answer(eve, signInId, open.codes.at(-1)!.code, '/api/v1/identities/email/verify')).status, 403)
  const id = await begin(eve, 'ada2@example.com', '/api/v1/identities/email')
  const taken = await answer(eve, id, open.codes.at(-1)!.code, '/api/v1/identities/email/verify')
  equal(taken.status, 409)
  equal((await ada.ask('GET', '/api/v1/me')).at('data.email'), 'ada2@example.com')
  const ofAda = await begin(ada, 'ada3@example.com', '/api/v1/identities/email')
  const byEve = await answer(eve, ofAda, open.codes.at(-1)!.code, '/api/v1/identities/email/verify')
  equal(byEve.status, 403, 'the question was for somebody else')
})

test('the last way in cannot be taken away', async () => {
  const browser = await enter('last@example.com')
  const [only] = (await browser.ask('GET', '/api/v1/identities')).at('data') as { id: string; kind: string }[]
  ok(only)
  equal(only.kind, 'email')
  const refused = await browser.ask('DELETE', `/api/v1/identities/${only.id}`)
  equal(refused.status, 409)
  match(refused.textAt('error.message'), /only way in/)
  const rename = await browser.ask('PATCH', `/api/v1/identities/${only.id}`, { body: { name: 'x' } })
  equal(rename.status, 404, 'a mailbox is called what it is')
  const stranger = await enter('stranger@example.com')
  equal((await stranger.ask('DELETE', `/api/v1/identities/${only.id}`)).status, 404)
  equal((await stranger.ask('PATCH', `/api/v1/identities/${only.id}`, { body: { name: 'mine' } })).status, 404)
})

test('ways in are changed only soon after a sign-in', async () => {
  const browser = await enter('slow@example.com')
  await api.database.pool.query(
    `update session set created_at = session.created_at - interval '61 minutes' from person
     where person.id = session.person_id and person.email = 'slow@example.com'`,
  )
  const asked: [string, string, object?][] = [
    ['POST', '/api/v1/identities/email', { email: 'x@example.com' }],
    ['DELETE', `/api/v1/identities/${api.operator.id}`],
  ]
  for (const [method, path, body] of asked) {
    const refused = await browser.ask(method, path, body ? { body } : {})
    deepEqual([refused.status, refused.at('error.metadata.reason')], [403, 'sign_in_again'], path)
  }
  equal((await browser.ask('GET', '/api/v1/identities')).status, 200)
})

test('sessions are listed with device and place, ended one by one, and all at once', async () => {
  const browsers = [await enter('many@example.com'), await enter('many@example.com'), await enter('many@example.com')]
  const [here, there] = browsers as [TestBrowser, TestBrowser, TestBrowser]
  const list = async () =>
    (await here.ask('GET', '/api/v1/sessions')).at('data') as {
      id: string
      is_current: boolean
      device: string
      method: string
    }[]
  const sessions = await list()
  deepEqual(sessions.map(({ is_current, device, method }) => [is_current, device, method].join(' ')).toSorted(), [
    'false A test email',
    'false A test email',
    'true A test email',
  ])
  const thereId = ((await there.ask('GET', '/api/v1/sessions')).at('data') as typeof sessions).find(
    (each) => each.is_current,
  )!.id
  const stranger = await enter('stranger2@example.com')
  equal((await stranger.ask('DELETE', `/api/v1/sessions/${thereId}`)).status, 404)
  equal((await here.ask('DELETE', `/api/v1/sessions/${thereId}`)).status, 200)
  equal((await there.ask('GET', '/api/v1/session')).status, 401)
  equal((await list()).length, 2)
  equal((await here.ask('POST', '/api/v1/sign-out', { body: { everywhere: true } })).status, 200)
  for (const browser of browsers) equal((await browser.ask('GET', '/api/v1/session')).status, 401)
  equal((await stranger.ask('GET', '/api/v1/session')).status, 200)
})

test('a name is changed by its owner', async () => {
  const browser = await enter('name@example.com')
  equal((await browser.ask('PATCH', '/api/v1/me', { body: { name: 'Ada Lovelace' } })).at('data.name'), 'Ada Lovelace')
  equal((await browser.ask('GET', '/api/v1/session')).at('data.person.name'), 'Ada Lovelace')
})
