import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { generationId } from '../core/ids.ts'
import { credits } from '../core/money.ts'
import { permissionOf } from './operation.ts'
import { operationGroups } from './operations.ts'
import { hold, openTestApi, spend } from './test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api
const [mine, others] = [await api.makeCustomer('Mine'), await api.makeCustomer('Others')]
for (const { id } of [mine, others]) {
  const body = { credits: '1000', reason: 'x' }
  equal((await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body })).status, 201)
}
const [charged, held] = [api.makeId(), api.makeId()]
await spend(api.lane, charged, { accountId: mine.id, keyId: mine.inference.id, cost: credits(1) })
await hold(api.lane, held, { accountId: mine.id, keyId: mine.inference.id, cost: credits(1) })
const spare = await api.issue(mine.id, 'inference')

const bearers = {
  nobody: api.as(undefined),
  garbage: api.as('sk-rp-garbage'),
  caller: mine.inference.ask,
  foreignCaller: others.inference.ask,
  foreignManager: others.manager.ask,
  manager: mine.manager.ask,
  operator: operator.ask,
}
type Role = keyof typeof bearers

const roles = Object.keys(bearers) as readonly Role[]

/** What each bearer is answered, in the order of `bearers`. */
type Row = readonly [method: string, path: string, answers: string, body?: object]

const nobody = '01980f3e-7c1a-7000-8000-0123456789ab'
const operatorOnly = (status: number) => `401 401 403 403 403 403 ${status}`
const anyManager = (status: number) => `401 401 403 403 ${status} ${status} ${status}`
const ownManager = (status: number) => `401 401 403 403 404 ${status} ${status}`
const ownKey = (status: number) => `401 401 ${status} 404 404 ${status} ${status}`
const anyKey = (status: number) => `401 401 ${status} ${status} ${status} ${status} ${status}`
const anyone = (status: number) => `${status} ${status} ${status} ${status} ${status} ${status} ${status}`

/** No key is a person; `session.test.ts` asks as people. */
const person = '401 401 403 403 403 403 403'

const account = `/api/v1/accounts/${mine.id}`

const rows: readonly Row[] = [
  ['GET', '/v1/models', anyone(200)],
  ['GET', '/v1/models/acme/none', anyone(404)],
  ['GET', '/v1/models/acme/none/endpoints', anyone(404)],
  ['GET', '/v1/models/none/endpoints', anyone(404)],
  ['GET', '/v1/models/acme/none/prices', anyone(404)],
  ['GET', '/v1/models/none/prices', anyone(404)],

  ['GET', '/v1/key', anyKey(200)],
  ['GET', '/v1/credits', anyKey(200)],
  ['GET', '/v1/activity', anyKey(200)],
  ['GET', `/v1/generation?id=${generationId(charged)}`, ownKey(200)],
  ['GET', `/v1/generation?id=${generationId(held)}`, ownKey(200)],
  ['POST', `/v1/generation/${generationId(charged)}/cancel`, ownKey(200)],
  ['POST', `/api/v1/generation/${generationId(charged)}/cancel`, ownKey(200)],
  ['GET', '/api/v1/key', anyKey(200)],
  ['GET', '/api/v1/auth/key', anyKey(200)],
  ['GET', '/api/v1/credits', anyKey(200)],
  ['GET', '/api/v1/activity', anyKey(200)],
  ['GET', `/api/v1/generation?id=${generationId(charged)}`, ownKey(200)],
  ['GET', '/api/v1/whoami', anyKey(200)],

  ['POST', '/api/v1/accounts', operatorOnly(201), { name: 'New' }],
  ['GET', '/api/v1/accounts', operatorOnly(200)],
  ['GET', account, ownManager(200)],
  ['PATCH', account, operatorOnly(200), { name: 'Mine' }],
  ['POST', `${account}/grants`, operatorOnly(201), { credits: '1', reason: 'x' }],
  ['POST', `${account}/corrections`, operatorOnly(404), { credits: '1', reason: 'x', transfer_id: nobody }],
  ['GET', `${account}/ledger`, ownManager(200)],
  ['GET', `${account}/lots`, ownManager(200)],
  ['GET', `${account}/audit`, ownManager(200)],
  ['GET', `${account}/audit.csv`, ownManager(200)],
  ['GET', '/api/v1/audit', operatorOnly(200)],

  ['POST', '/api/v1/keys', anyManager(201), { name: 'New' }],
  ['POST', '/api/v1/keys', ownManager(201), { name: 'New', account_id: mine.id }],
  ['POST', '/api/v1/keys', '401 401 403 403 404 404 201', { name: 'New', account_id: operator.id, kind: 'management' }],
  ['GET', '/api/v1/keys', anyManager(200)],
  ['GET', `/api/v1/keys?account_id=${mine.id}`, ownManager(200)],
  ['GET', `/api/v1/keys/${spare.id}`, ownManager(200)],
  ['PATCH', `/api/v1/keys/${spare.id}`, ownManager(200), { name: 'Spare' }],

  ['POST', `/api/v1/keys/${spare.id}/rotate`, ownManager(201), { overlap_seconds: 60 }],

  ['GET', '/api/v1/usage', anyManager(200)],
  ['GET', `/api/v1/usage?account_id=${mine.id}`, ownManager(200)],
  ['GET', '/api/v1/generations', anyManager(200)],
  ['GET', `/api/v1/generations?account_id=${mine.id}`, ownManager(200)],
  ['GET', '/api/v1/generations/histogram', anyManager(200)],
  ['GET', '/api/v1/generations.csv', anyManager(200)],
  ['POST', '/api/v1/reconcile', operatorOnly(200)],
  [
    'POST',
    '/api/v1/webhooks',
    ownManager(201),
    { url: 'https://a.example', events: ['balance.low'], account_id: mine.id },
  ],
  [
    'POST',
    '/api/v1/webhooks',
    operatorOnly(201),
    { url: 'https://a.example', events: ['balance.low'], all_accounts: true },
  ],
  ['GET', '/api/v1/webhooks', anyManager(200)],
  ['GET', `/api/v1/webhooks/${nobody}`, anyManager(404)],
  ['PATCH', `/api/v1/webhooks/${nobody}`, anyManager(404), {}],
  ['DELETE', `/api/v1/webhooks/${nobody}`, anyManager(404)],
  ['POST', `/api/v1/webhooks/${nobody}/test`, anyManager(404)],
  ['GET', `/api/v1/webhooks/${nobody}/deliveries`, anyManager(404)],
  ['GET', `${account}/alerts`, ownManager(200)],
  ['PATCH', `${account}/alerts`, ownManager(200), { low_balance_credits: '5' }],
  ['GET', '/api/v1/database', operatorOnly(200)],

  ['GET', '/api/v1/dialects', operatorOnly(200)],
  ['POST', '/api/v1/providers/test', operatorOnly(400), {}],
  ['GET', '/api/v1/providers/figures', operatorOnly(200)],
  ['GET', '/api/v1/catalog', operatorOnly(200)],
  ['POST', '/api/v1/providers', operatorOnly(400), {}],
  ['GET', '/api/v1/providers', operatorOnly(200)],
  ['GET', `/api/v1/providers/${nobody}`, operatorOnly(404)],
  ['PATCH', `/api/v1/providers/${nobody}`, operatorOnly(404), {}],
  ['DELETE', `/api/v1/providers/${nobody}`, operatorOnly(404)],
  ['POST', `/api/v1/providers/${nobody}/test`, operatorOnly(404)],
  ['POST', '/api/v1/provider-keys', anyManager(404), { provider: 'none', api_key: 'k' }],
  ['POST', '/api/v1/provider-keys', ownManager(404), { provider: 'none', api_key: 'k', account_id: mine.id }],
  ['GET', '/api/v1/provider-keys', anyManager(200)],
  ['GET', `/api/v1/provider-keys?account_id=${mine.id}`, ownManager(200)],
  ['DELETE', `/api/v1/provider-keys/${nobody}`, anyManager(404)],
  ['POST', '/api/v1/models', operatorOnly(400), {}],
  ['GET', '/api/v1/models', '200 401 200 200 200 200 200'],
  ['GET', '/api/v1/models/acme/none', operatorOnly(404)],
  ['GET', '/api/v1/models/acme/none/endpoints', anyone(404)],
  ['GET', '/api/v1/models/none/endpoints', anyone(404)],
  ['GET', '/api/v1/models/acme/none/prices', anyone(404)],
  ['GET', '/api/v1/models/none/prices', anyone(404)],
  ['PATCH', '/api/v1/models/acme/none', operatorOnly(404), {}],
  ['DELETE', '/api/v1/models/acme/none', operatorOnly(404)],
  ['POST', '/api/v1/offers', operatorOnly(400), {}],
  ['GET', '/api/v1/offers', operatorOnly(200)],
  ['GET', `/api/v1/offers/${nobody}`, operatorOnly(404)],
  ['PATCH', `/api/v1/offers/${nobody}`, operatorOnly(404), {}],
  ['DELETE', `/api/v1/offers/${nobody}`, operatorOnly(404)],
  ['POST', '/api/v1/prices', operatorOnly(400), {}],
  ['GET', '/api/v1/prices', operatorOnly(200)],
  ['POST', '/api/v1/prices/preview', operatorOnly(400), {}],

  ['GET', '/api/v1/session', person],
  ['POST', '/api/v1/sign-out', person],
  ['POST', '/api/v1/sign-in/link', anyone(403), { token: 'none' }],
  ['POST', '/api/v1/sign-in/links', operatorOnly(201)],
  // One mailbox is sent six codes.
  ['POST', '/api/v1/sign-in/email', '200 200 200 200 200 200 429', { email: 'a@example.com' }],
  ['POST', '/api/v1/sign-in/email/verify', anyone(403), { challenge_id: nobody, code: '123456' }],
  ['GET', '/api/v1/sign-in/codes', operatorOnly(200)],
  ['GET', '/api/v1/identities', person],
  ['POST', '/api/v1/identities/email', person, { email: 'a@example.com' }],
  ['POST', '/api/v1/identities/email/verify', person, { challenge_id: nobody, code: '123456' }],
  ['PATCH', `/api/v1/identities/${nobody}`, person, { name: 'x' }],
  ['DELETE', `/api/v1/identities/${nobody}`, person],
  ['GET', '/api/v1/me', person],
  ['PATCH', '/api/v1/me', person, { name: 'x' }],
  ['GET', '/api/v1/sessions', person],
  ['DELETE', `/api/v1/sessions/${nobody}`, person],

  ['DELETE', `/api/v1/keys/${spare.id}`, ownManager(200)],
]

for (const [method, path, answers, body] of rows) {
  const [pathname = ''] = path.split('?')
  test(`${method} ${pathname} is for those who may, and for nobody else: ${answers}`, async () => {
    const statuses: Partial<Record<Role, number>> = {}
    const expected: Partial<Record<Role, number>> = {}
    for (const [at, role] of roles.entries()) {
      // The second who may delete finds nothing left.
      if (method === 'DELETE' && pathname.includes(spare.id) && role === 'operator') continue
      const reply = await bearers[role](method, path, body === undefined ? {} : { body })
      statuses[role] = reply.status
      expected[role] = Number(answers.split(' ')[at])
      if (reply.status === 401) ok(['invalid_api_key', 'not_signed_in'].includes(reply.textAt('error.code')))
      if (reply.status === 403) equal(reply.at('error.code'), 'not_allowed')
    }
    deepEqual(statuses, expected)
  })
}

test('the table above has every call of the API', () => {
  for (const { prefix, operations } of operationGroups) {
    for (const { method, path } of operations) {
      const pattern = (prefix + path).replaceAll(/\{\+\w+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+')
      const has = rows.some(([word, rowPath]) => {
        const [pathname = ''] = rowPath.split('?')
        return word === method.toUpperCase() && new RegExp(`^${pattern}$`).test(pathname)
      })
      ok(has, `${method} ${prefix}${path}`)
    }
  }
})

test('every call that not anyone may make says what a member must be allowed', () => {
  for (const { operations } of operationGroups) {
    for (const each of operations) {
      const needsNone = ['anyone', 'anyone-known', 'person'].includes(each.allowed)
      equal(permissionOf(each) === undefined, needsNone, each.id)
    }
  }
})

test('every call that changes something says what the audit log keeps of it', () => {
  for (const { operations } of operationGroups) {
    for (const { id, method, readsOnly = false, audit } of operations) {
      equal(audit !== undefined, method !== 'get' && !readsOnly, id)
    }
  }
})

test("a manager's lists hold its own account's things only; the operator's hold all", async () => {
  const idsOf = async (role: Role, path: string, name: string) => {
    const reply = await bearers[role]('GET', `/api/v1/${path}`)
    return new Set((reply.at('data') as Record<string, unknown>[]).map((entry) => entry[name]))
  }
  deepEqual(await idsOf('manager', 'keys', 'account_id'), new Set([mine.id]))
  deepEqual(await idsOf('foreignManager', 'keys', 'account_id'), new Set([others.id]))
  ok((await idsOf('operator', 'keys?limit=200', 'account_id')).size >= 3)
  deepEqual(await idsOf('manager', 'generations', 'account_id'), new Set([mine.id]))
  deepEqual(await idsOf('foreignManager', 'generations', 'account_id'), new Set())
  equal((await bearers.foreignManager('GET', `/api/v1/usage?key_id=${mine.inference.id}`)).at('total.calls'), 0)
})

test('a refusal for want of a key says how to send one', async () => {
  const refused = await bearers.nobody('GET', '/api/v1/keys')
  match(refused.textAt('error.message'), /Authorization: Bearer/)
  equal(refused.headers.get('www-authenticate'), 'Bearer')
  const ask = api.as(undefined)
  equal((await ask('GET', '/v1/key', { headers: { 'x-api-key': mine.inference.secret } })).status, 200)
  for (const authorization of [`bearer ${mine.inference.secret}`, `Bearer  ${mine.inference.secret} `]) {
    equal((await ask('GET', '/v1/key', { headers: { authorization } })).status, 200)
  }
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic abc', `Bearer ${mine.inference.secret} x`]) {
    equal((await ask('GET', '/v1/key', { headers: { authorization } })).status, 401)
  }
})
