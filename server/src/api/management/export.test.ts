import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { openTestApi, readPages, spend } from '../test/harness.ts'

const api = await openTestApi({ after })

type Line = { readonly type: string; readonly data: Record<string, unknown> }

const linesOf = (body: unknown): Line[] =>
  String(body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

test('an export has everything that the API lists of an account, page by page, and no secret', async () => {
  const acme = await api.makeCustomer('Acme')
  const owner = await api.makePerson('Owner', { [acme.id]: 'owner' })
  const path = `/api/v1/accounts/${acme.id}`
  await api.operator.ask('POST', `${path}/grants`, { body: { credits: '5000', reason: 'x' } })
  for (let call = 0; call < 230; call++)
    await spend(api.lane, api.makeId(), { accountId: acme.id, keyId: acme.inference.id, cost: credits(1) })
  const hook = await acme.manager.ask('POST', '/api/v1/webhooks', {
    body: { url: 'https://hooks.example', events: ['balance.low'] },
  })
  const invitation = { email: 'ada@example.com', role: 'viewer' }
  const invited = await owner.browser.ask('POST', `${path}/invitations`, { body: invitation })

  const exported = await owner.browser.ask('GET', `${path}/export`)
  equal(exported.headers.get('content-type'), 'application/jsonl; charset=utf-8')
  const lines = linesOf(exported.body)
  deepEqual([lines[0]?.type, lines[0]?.data['account_id']], ['export', acme.id])
  deepEqual(lines.at(-1), { type: 'end', data: { lines: lines.length - 1 } })
  const of = (type: string) => lines.filter((line) => line.type === type).map(({ data }) => data)
  const ask = acme.manager.ask
  deepEqual(of('generation'), await readPages(ask, `/api/v1/generations?account_id=${acme.id}`, 50))
  deepEqual(of('movement'), await readPages(ask, `${path}/ledger`, 50))
  deepEqual(of('key').length, 2)
  deepEqual(of('account'), [(await ask('GET', path)).at('data')])
  for (const type of ['member', 'webhook', 'alerts', 'lot', 'invitation']) equal(of(type).length, 1, type)
  ok(of('audit').length > 3)
  ok(of('generation').length > 200)
  const text = String(exported.body)
  const link = new URL(invited.textAt('link')).hash.slice(1)
  for (const secret of [acme.manager.secret, acme.inference.secret, hook.textAt('secret'), link])
    ok(!text.includes(secret))
})

test('a person exports who they are, where they belong, how they get in and what they did', async () => {
  const acme = await api.makeCustomer('Hers')
  const ada = await api.makePerson('Ada', { [acme.id]: 'developer' })
  await ada.browser.ask('POST', '/api/v1/keys', { body: { name: 'x' } })
  const lines = linesOf((await ada.browser.ask('GET', '/api/v1/me/export')).body)
  const types = lines.map(({ type }) => type)
  deepEqual(types, ['export', 'person', 'membership', 'session', 'audit', 'audit', 'end'])
  deepEqual(lines[2]?.data, {
    account_id: acme.id,
    account_name: 'Hers',
    account_kind: 'customer',
    role: 'developer',
  })
  deepEqual(
    lines.filter(({ type }) => type === 'audit').map(({ data }) => data['action']),
    ['createKey', 'signIn'],
  )
  ok(![...ada.browser.cookies.values()].some((token) => JSON.stringify(lines).includes(token)))
})
