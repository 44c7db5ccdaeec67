import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { generationId } from '../core/ids.ts'
import { credits } from '../core/money.ts'
import { createOrder } from '../payments/index.ts'
import { permissionOf } from './operation.ts'
import { operationGroups } from './operations.ts'
import {
  any,
  answersOf,
  anyKeys,
  anyone,
  type BearerName,
  bearerNames,
  byKeyOnly,
  everybody,
  filled,
  keyItself,
  openCast,
  operate,
  operatorsView,
  own,
  ownCall,
  ownKeys,
  person,
} from './test/cast.ts'
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
const spareManager = await api.issue(mine.id, 'management')
const bearers = await openCast(api, mine, others)

const terms = { terms: { bps: 0, fixed: credits(0) }, heldDays: 0 }
const bought = { accountId: mine.id, rail: 'card', amount: credits(20_000_000), ...terms } as const
const order = await createOrder(api.db, bought, api.tools)

/** For paths whose target goes away. */
const makers = {
  'a key': async () => (await api.issue(mine.id, 'inference')).id,
  'a member': async () => (await api.makePerson('Spare', { [mine.id]: 'viewer' })).id,
  'an owner': async () => (await api.makePerson('Spare', { [mine.id]: 'owner' })).id,
}

/** What each bearer is answered: keys | members, a foreigner | members of the operator's account; see `cast.ts`. */
type Row = readonly [method: string, path: string, answers: string, body?: object]

const nobody = '01980f3e-7c1a-7000-8000-0123456789ab'
const account = `/api/v1/accounts/${mine.id}`
const month = new Date().toISOString().slice(0, 7)
const [a, b] = [{ email: 'a@example.com' }, { email: 'b@example.com' }]

const rows: readonly Row[] = [
  ['GET', '/v1/models', anyone(200)],
  ['GET', '/v1/models/acme/none', anyone(404)],
  ['GET', '/v1/models/acme/none/endpoints', anyone(404)],
  ['GET', '/v1/models/none/endpoints', anyone(404)],
  ['GET', '/v1/models/acme/none/prices', anyone(404)],
  ['GET', '/v1/models/none/prices', anyone(404)],

  ['GET', '/v1/key', byKeyOnly(anyKeys(200))],
  ['GET', '/v1/credits', byKeyOnly(anyKeys(200))],
  ['GET', '/v1/activity', byKeyOnly(anyKeys(200))],
  ['GET', `/v1/generation?id=${generationId(charged)}`, byKeyOnly(ownKeys(200))],
  ['GET', `/v1/generation?id=${generationId(held)}`, byKeyOnly(ownKeys(200))],
  ['POST', `/v1/generation/${generationId(charged)}/cancel`, byKeyOnly(ownKeys(200))],
  ['POST', `/api/v1/generation/${generationId(charged)}/cancel`, ownCall('keys', 200)],
  ['GET', '/v1/responses/resp_none', byKeyOnly(anyKeys(404))],
  ['GET', '/v1/responses/resp_none/input_items', byKeyOnly(anyKeys(404))],
  ['DELETE', '/v1/responses/resp_none', byKeyOnly(anyKeys(404))],
  ['GET', '/api/v1/key', keyItself(200)],
  ['GET', '/api/v1/auth/key', keyItself(200)],
  ['GET', '/api/v1/credits', everybody(200)],
  ['GET', '/api/v1/activity', everybody(200)],
  ['GET', `/api/v1/generation?id=${generationId(charged)}`, ownCall('view', 200)],
  ['GET', '/api/v1/whoami', keyItself(200)],

  ['POST', '/api/v1/accounts', operate(201), { name: 'New' }],
  ['GET', '/api/v1/accounts', operatorsView(200)],
  ['GET', account, own('view', 200)],
  ['PATCH', account, own('members', 200), { name: 'Mine' }],
  // Only the operator: whoever may rename is told so, and the others that they may not even do that.
  ['PATCH', account, '401 401 403 403 403 403 200 | 403 403 403 403 403 404 | 200 200 403 403 403', { frozen: false }],
  ['POST', `${account}/grants`, operate(201), { credits: '1', reason: 'x' }],
  ['POST', `${account}/corrections`, operate(404), { credits: '1', reason: 'x', transfer_id: nobody }],
  ['GET', `${account}/ledger`, own('view', 200)],
  ['GET', `${account}/ledger.csv`, own('view', 200)],
  ['GET', `${account}/lots`, own('view', 200)],
  ['GET', `${account}/holds`, own('view', 200)],
  ['GET', `${account}/top-ups`, own('view', 200)],

  ['GET', '/api/v1/payments/options', any('view', 200)],
  ['GET', `/api/v1/payments/options?account_id=${mine.id}`, own('view', 200)],
  ['POST', `${account}/orders`, own('billing', 409), { rail: 'card', amount_usd: '10' }],
  ['GET', `${account}/orders`, own('view', 200)],
  ['GET', `/api/v1/orders/${order.id}`, own('view', 200)],
  ['POST', `/api/v1/orders/${order.id}/refund`, own('billing', 409), {}],
  ['POST', `/api/v1/orders/${order.id}/resolve`, operate(409), { action: 'reject', note: 'x' }],
  ['POST', `/api/v1/orders/${order.id}/cancel`, own('billing', 200)],
  ['GET', '/api/v1/orders', operatorsView(200)],
  ['GET', `${account}/debts`, own('view', 200)],
  ['POST', `${account}/debts/forgive`, operate(200), { credits: '1', reason: 'x' }],
  ['POST', '/api/v1/codes', operate(201), { credits: '1', note: 'x' }],
  ['GET', '/api/v1/codes', operatorsView(200)],
  ['PATCH', `/api/v1/codes/${nobody}`, operate(404), {}],
  ['GET', `/api/v1/codes/${nobody}/redemptions`, operatorsView(404)],
  ['POST', `${account}/redemptions`, own('billing', 404), { code: 'RP-0000-0000-0000-0000' }],
  ['GET', `${account}/referral`, own('view', 200)],
  ['POST', `${account}/referral`, own('billing', 404), { code: 'none' }],
  ['GET', '/api/v1/payments/reconciliation', operatorsView(200)],
  ['GET', `${account}/deposit-addresses`, own('view', 200)],
  ['GET', '/api/v1/payments/chain-refunds', operatorsView(200)],
  ['POST', `/api/v1/payments/chain-refunds/${nobody}`, operate(404), { tx_hash: `0x${'1'.repeat(64)}` }],
  ['POST', '/api/v1/payments/test-chains/1', any('view', 404), { method: 'eth_chainId', params: [] }],
  ['POST', '/api/v1/x402/credits', '409 401 409 409 409 409 409 | 409 409 409 409 409 409 | 409 409 409 409 409', {}],

  ['GET', `${account}/statements`, own('view', 200)],
  ['GET', `${account}/statements/${month}`, own('view', 200)],
  ['GET', `${account}/statements/${month}.csv`, own('view', 200)],
  ['GET', `${account}/cards`, own('view', 200)],
  // Whoever may is told that no key of Stripe is set.
  ['POST', `${account}/cards`, own('billing', 409), {}],
  ['DELETE', `${account}/cards/pm_1`, own('billing', 409)],
  ['POST', `${account}/billing-portal`, own('billing', 409)],
  ['GET', `${account}/auto-top-up`, own('view', 200)],
  [
    'PUT',
    `${account}/auto-top-up`,
    own('billing', 409),
    { enabled: true, threshold_usd: '5', amount_usd: '20', monthly_ceiling_usd: '100', card_id: 'pm_1' },
  ],
  ['POST', '/api/v1/payments/stripe/webhook', anyone(403), {}],
  ['GET', '/api/v1/payments/stripe/return', anyone(302)],
  ['GET', `${account}/audit`, own('view', 200)],
  ['GET', `${account}/audit.csv`, own('view', 200)],
  ['GET', '/api/v1/audit', operatorsView(200)],

  ['POST', '/api/v1/keys', any('keys', 201), { name: 'New' }],
  ['POST', '/api/v1/keys', own('keys', 201), { name: 'New', account_id: mine.id }],
  [
    'POST',
    '/api/v1/keys',
    '401 401 403 403 404 404 201 | 404 404 404 403 403 404 | 201 201 403 403 403',
    { name: 'New', account_id: operator.id, kind: 'management' },
  ],
  [
    'POST',
    '/api/v1/keys',
    '401 401 403 403 404 201 201 | 201 201 403 403 403 404 | 201 201 404 403 403',
    { name: 'New', account_id: mine.id, kind: 'management' },
  ],
  [
    'POST',
    `/api/v1/keys/${spareManager.id}/rotate`,
    '401 401 403 403 404 201 201 | 201 201 403 403 403 404 | 201 201 404 403 403',
  ],
  ['GET', '/api/v1/keys', any('view', 200)],
  ['GET', `/api/v1/keys?account_id=${mine.id}`, own('view', 200)],
  ['GET', `/api/v1/keys/${spare.id}`, own('view', 200)],
  ['PATCH', `/api/v1/keys/${spare.id}`, own('keys', 200), { name: 'Spare' }],

  ['POST', `/api/v1/keys/${spare.id}/rotate`, own('keys', 201), { overlap_seconds: 60 }],

  ['GET', '/api/v1/usage', any('view', 200)],
  ['GET', `/api/v1/usage?account_id=${mine.id}`, own('view', 200)],
  ['GET', '/api/v1/overview', any('view', 200)],
  ['GET', '/api/v1/usage/what-if?model_id=none', any('view', 404)],
  ['GET', `/api/v1/overview?account_id=${mine.id}`, own('view', 200)],
  ['GET', '/api/v1/usage/series', any('view', 200)],
  ['GET', '/api/v1/usage/series.csv', any('view', 200)],
  ['GET', '/api/v1/generations', any('view', 200)],
  ['GET', `/api/v1/generations?account_id=${mine.id}`, own('view', 200)],
  ['GET', '/api/v1/generations/histogram', any('view', 200)],
  ['GET', '/api/v1/generations.csv', any('view', 200)],
  ['GET', '/api/v1/events', any('view', 200)],
  ['GET', `/api/v1/events?account_id=${mine.id}`, own('view', 200)],
  ['POST', '/api/v1/reconcile', operate(200)],
  [
    'POST',
    '/api/v1/webhooks',
    own('keys', 201),
    { url: 'https://a.example', events: ['balance.low'], account_id: mine.id },
  ],
  ['POST', '/api/v1/webhooks', operate(201), { url: 'https://a.example', events: ['balance.low'], all_accounts: true }],
  ['GET', '/api/v1/key-notices', any('view', 200)],
  ['POST', `/api/v1/key-notices/${nobody}/dismiss`, any('keys', 404)],
  ['GET', '/api/v1/webhooks', any('view', 200)],
  ['GET', `/api/v1/webhooks/${nobody}`, any('view', 404)],
  ['PATCH', `/api/v1/webhooks/${nobody}`, any('keys', 404), {}],
  ['DELETE', `/api/v1/webhooks/${nobody}`, any('keys', 404)],
  ['POST', `/api/v1/webhooks/${nobody}/test`, any('keys', 404)],
  ['GET', `/api/v1/webhooks/${nobody}/deliveries`, any('view', 404)],
  ['GET', `${account}/usage-alerts`, own('view', 200)],
  ['POST', `${account}/usage-alerts`, own('billing', 201), { metric: 'calls', span: 'day', threshold: '9' }],
  ['DELETE', `/api/v1/usage-alerts/${nobody}`, any('billing', 404)],
  ['GET', `${account}/alerts`, own('view', 200)],
  ['PATCH', `${account}/alerts`, own('billing', 200), { low_balance_credits: '5' }],
  ['GET', '/api/v1/database', operatorsView(200)],
  ['GET', '/api/v1/jobs', operatorsView(200)],
  ['POST', '/api/v1/jobs/none/run', operate(404)],

  ['GET', '/api/v1/dialects', operatorsView(200)],
  ['POST', '/api/v1/providers/test', operate(400), {}],
  ['GET', '/api/v1/providers/figures', operatorsView(200)],
  ['GET', '/api/v1/catalog', operatorsView(200)],
  ['POST', '/api/v1/providers', operate(400), {}],
  ['GET', '/api/v1/providers', operatorsView(200)],
  ['GET', `/api/v1/providers/${nobody}`, operatorsView(404)],
  ['PATCH', `/api/v1/providers/${nobody}`, operate(404), {}],
  ['DELETE', `/api/v1/providers/${nobody}`, operate(404)],
  ['POST', `/api/v1/providers/${nobody}/test`, operate(404)],
  ['POST', '/api/v1/provider-keys', any('keys', 404), { provider: 'none', api_key: 'k' }],
  ['POST', '/api/v1/provider-keys', own('keys', 404), { provider: 'none', api_key: 'k', account_id: mine.id }],
  ['GET', '/api/v1/provider-keys', any('view', 200)],
  ['GET', `/api/v1/provider-keys?account_id=${mine.id}`, own('view', 200)],
  ['DELETE', `/api/v1/provider-keys/${nobody}`, any('keys', 404)],
  ['POST', '/api/v1/models', operate(400), {}],
  ['GET', '/api/v1/models', '200 401 200 200 200 200 200 | 200 200 200 200 200 200 | 200 200 200 200 200'],
  ['GET', '/api/v1/models/acme/none', operatorsView(404)],
  ['GET', '/api/v1/models/acme/none/endpoints', anyone(404)],
  ['GET', '/api/v1/models/none/endpoints', anyone(404)],
  ['GET', '/api/v1/models/acme/none/prices', anyone(404)],
  ['GET', '/api/v1/models/none/prices', anyone(404)],
  ['PATCH', '/api/v1/models/acme/none', operate(404), {}],
  ['DELETE', '/api/v1/models/acme/none', operate(404)],
  ['POST', '/api/v1/offers', operate(400), {}],
  ['GET', '/api/v1/offers', operatorsView(200)],
  ['GET', `/api/v1/offers/${nobody}`, operatorsView(404)],
  ['PATCH', `/api/v1/offers/${nobody}`, operate(404), {}],
  ['DELETE', `/api/v1/offers/${nobody}`, operate(404)],
  ['POST', '/api/v1/prices', operate(400), {}],
  ['GET', '/api/v1/prices', operatorsView(200)],
  ['POST', '/api/v1/prices/preview', operate(400), {}],

  ['GET', '/api/v1/session', person(200)],
  ['POST', '/api/v1/sign-in/link', anyone(403), { token: 'none' }],
  ['POST', '/api/v1/sign-in/links', '401 401 403 403 403 403 201 | 403 403 403 403 403 403 | 201 403 403 403 403'],
  ['GET', '/api/v1/sign-in/methods', anyone(200)],
  ['POST', '/api/v1/sign-in/passkey/options', anyone(200)],
  ['POST', '/api/v1/sign-in/passkey/verify', anyone(400), {}],
  ['POST', '/api/v1/sign-in/passkey/register-options', anyone(200), { name: 'Ada' }],
  ['POST', '/api/v1/sign-in/passkey/register', anyone(400), {}],
  ['GET', '/api/v1/sign-in/oauth/github', anyone(404)],
  ['GET', '/api/v1/sign-in/oauth/github/callback', anyone(404)],
  ['POST', '/api/v1/identities/oauth/github', person(404), {}],
  ['POST', '/api/v1/sign-in/wallet/message', anyone(200), { address: `0x${'a'.repeat(40)}`, chain_id: 1 }],
  ['POST', '/api/v1/sign-in/wallet/verify', anyone(403), { message: 'm', signature: '0x00' }],
  ['POST', '/api/v1/identities/wallet/message', person(200), { address: `0x${'a'.repeat(40)}`, chain_id: 1 }],
  ['POST', '/api/v1/identities/wallet', person(403), { message: 'm', signature: '0x00' }],
  ['POST', '/api/v1/identities/passkey/options', person(200)],
  ['POST', '/api/v1/identities/passkey', person(400), {}],
  // One mailbox is sent six codes.
  ['POST', '/api/v1/sign-in/email', '200 200 200 200 200 200 429 | 429 429 429 429 429 429 | 429 429 429 429 429', a],
  ['POST', '/api/v1/sign-in/email/verify', anyone(403), { challenge_id: nobody, code: '123456' }],
  // Whoever reads codes signs in as anybody: not for all who look.
  ['GET', '/api/v1/sign-in/codes', operate(200)],
  ['GET', '/api/v1/identities', person(200)],
  [
    'POST',
    '/api/v1/identities/email',
    '401 401 403 403 403 403 403 | 200 200 200 200 200 200 | 429 429 429 429 429',
    b,
  ],
  ['POST', '/api/v1/identities/email/verify', person(403), { challenge_id: nobody, code: '123456' }],
  ['PATCH', `/api/v1/identities/${nobody}`, person(404), { name: 'x' }],
  ['DELETE', `/api/v1/identities/${nobody}`, person(404)],
  ['GET', '/api/v1/me', person(200)],
  ['PATCH', '/api/v1/me', person(200), { name: 'x' }],
  ['GET', '/api/v1/me/mails', person(200)],
  ['PATCH', '/api/v1/me/mails', person(404), { account_id: nobody, low_balance: false }],
  ['GET', '/api/v1/sessions', person(200)],
  ['DELETE', `/api/v1/sessions/${nobody}`, person(404)],

  ['GET', `${account}/export`, own('view', 200)],
  ['GET', '/api/v1/me/export', person(200)],
  ['DELETE', '/api/v1/me?name=none', person(400)],
  ['DELETE', `${account}?name=none`, own('owner', 400)],

  ['POST', '/api/v1/organisations', person(201), { name: 'New' }],
  ['GET', `${account}/members`, own('view', 200)],
  ['PATCH', `${account}/members/{a member}`, own('members', 200), { role: 'developer' }],
  ['PATCH', `${account}/members/{a member}`, own('owner', 200), { role: 'owner' }],
  ['PATCH', `${account}/members/{an owner}`, own('owner', 200), { role: 'viewer' }],
  // To leave is everybody's right; to remove others is not.
  [
    'DELETE',
    `${account}/members/{a member}`,
    '401 401 403 403 404 403 200 | 200 200 403 403 403 404 | 200 200 404 404 404',
  ],
  [
    'DELETE',
    `${account}/members/{an owner}`,
    '401 401 403 403 404 403 200 | 200 403 403 403 403 404 | 200 200 404 404 404',
  ],
  [
    'POST',
    `${account}/transfer-ownership`,
    '401 401 403 403 403 403 404 | 404 403 403 403 403 404 | 404 403 403 403 403',
    { person_id: nobody },
  ],
  ['POST', `${account}/invitations`, own('members', 201), { email: 'a@example.com', role: 'admin' }],
  ['POST', `${account}/invitations`, own('owner', 201), { email: 'a@example.com', role: 'owner' }],
  ['GET', `${account}/invitations`, own('view', 200)],
  ['DELETE', `${account}/invitations/${nobody}`, own('members', 404)],
  ['POST', '/api/v1/invitations/preview', anyone(404), { token: 'none' }],
  ['POST', '/api/v1/invitations/accept', person(404), { token: 'none' }],

  ['DELETE', '/api/v1/keys/{a key}', own('keys', 200)],
  ['POST', '/api/v1/sign-out', person(200)],
]

for (const [method, path, answers, body] of rows) {
  const [pathname = ''] = path.split('?')
  test(`${method} ${pathname} is for those who may, and for nobody else: ${answers}`, async () => {
    const expected = answersOf(answers)
    const statuses: Partial<typeof expected> = {}
    for (const name of bearerNames) {
      const reply = await bearers[name](method, await filled(path, makers), body === undefined ? {} : { body })
      statuses[name] = reply.status
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
  const idsOf = async (role: BearerName, path: string, name: string) => {
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
