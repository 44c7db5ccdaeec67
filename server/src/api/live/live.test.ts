import { deepEqual, equal, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Uuid } from '../../core/ids.ts'
import { nanoUsd, usd } from '../../core/money.ts'
import { grant } from '../../credits/index.ts'
import { advance, createOrder } from '../../payments/index.ts'
import { eventually, hold, openTestApi, spend } from '../test/harness.ts'
import { readEvents } from '../test/event-stream.ts'

/** A customer with credits whose events somebody hears with the management key. */
async function openScene(t: TestContext) {
  const api = await openTestApi(t)
  const customer = await api.makeCustomer('A customer')
  const move = (amount: bigint) => {
    const transferId = api.makeId()
    return grant(api.db, { transferId, accountId: customer.id, amount: nanoUsd(amount), reference: transferId })
  }
  await move(1_000_000n)
  const ask = async (secret: string, { last, account }: { last?: string; account?: Uuid } = {}) =>
    api.app.request(`/api/v1/events${account === undefined ? '' : `?account_id=${account}`}`, {
      headers: { authorization: `Bearer ${secret}`, ...(last !== undefined && { 'last-event-id': last }) },
    })
  const listen = async (options?: { last?: string }, secret = customer.manager.secret) =>
    readEvents(await ask(secret, options))
  const call = async (cost: bigint) => {
    const callId = api.makeId()
    const state = cost === 0n ? ({ state: 'failed', status: 502 } as const) : {}
    await spend(api.lane, callId, {
      accountId: customer.id,
      keyId: customer.inference.id,
      cost: nanoUsd(cost),
      ...state,
    })
    return `gen-${callId}`
  }
  return { api, customer, ask, listen, call, move }
}

test('a call is told with its receipt, the balance after it, and what its key has spent', async (t) => {
  const { listen, call, customer, api } = await openScene(t)
  const stream = await listen()
  const [standing] = await stream.until('balance', 1)
  deepEqual([standing?.['available'], standing?.['held']], ['2000', '0'])
  const id = await call(500_000n)
  const [told] = await stream.until('call', 1)
  const listed = await customer.manager.ask('GET', '/api/v1/generations')
  deepEqual(told, (listed.at('data') as unknown[])[0])
  equal(told?.['id'], id)
  // What it held before may be told by itself.
  await eventually(() => Promise.resolve(stream.of('balance').at(-1)?.['available'] === '1000'))
  await eventually(() => Promise.resolve(stream.of('key').at(-1)?.['spent_credits'] === '1000'))
  const key = stream.of('key').at(-1)
  deepEqual([key?.['id'], key?.['limit_left_credits']], [customer.inference.id, null])
  equal(api.options.live.listeners(), 1)
  await stream.leave()
  equal(api.options.live.listeners(), 0)
})

test('a payment is told as it changes, to those who may see its account and to nobody else', async (t) => {
  const { listen, api, customer } = await openScene(t)
  const other = await api.makeCustomer('Another customer')
  const [stream, foreign] = [await listen(), await listen({}, other.manager.secret)]
  await Promise.all([stream.until('balance', 1), foreign.until('balance', 1)])
  const terms = { terms: { bps: 0, fixed: nanoUsd(0n) }, heldDays: 0 }
  const bought = { accountId: customer.id, rail: 'card', amount: usd(10), ...terms } as const
  const { id } = await createOrder(api.db, bought, api.tools)
  await stream.until('order', 1)
  const paid = { key: 'paid', at: new Date(), kind: 'received', amount: usd(10) } as const
  await advance(api.db, id, paid, api.tools)
  await eventually(() => Promise.resolve(stream.of('order').at(-1)?.['state'] === 'credited'))
  const got = await customer.manager.ask('GET', `/api/v1/orders/${id}`)
  deepEqual(stream.of('order').at(-1), got.at('data'))
  deepEqual(foreign.of('order'), [])
})

test('what calls hold is told while they run', async (t) => {
  const { listen, api, customer } = await openScene(t)
  const stream = await listen()
  await stream.until('hold', 1)
  const callId = api.makeId()
  await hold(api.lane, callId, { accountId: customer.id, keyId: customer.inference.id, cost: nanoUsd(5_000n) })
  const [, opened] = await stream.until('hold', 2)
  deepEqual([opened?.['calls'], opened?.['held'], opened?.['opened'], opened?.['resolved']], [1, '10', 1, 0])
  await stream.until('balance', 2)
  deepEqual([stream.of('balance')[1]?.['available'], stream.of('balance')[1]?.['held']], ['1990', '10'])
  const [key] = await stream.until('key', 1)
  equal(key?.['window_held_credits'], '10')
  await stream.leave()
})

test('calls that cost nothing, and movements that are no calls, are told as well', async (t) => {
  const { listen, call, move } = await openScene(t)
  const stream = await listen()
  await stream.until('balance', 1)
  const failed = await call(0n)
  await stream.until('call', 1)
  await move(250n)
  const [movement] = await stream.until('ledger', 1)
  deepEqual([movement?.['kind'], movement?.['credits']], ['grant', '0.5'])
  equal(stream.of('call')[0]?.['id'], failed)
  equal(stream.of('call')[0]?.['credits'], '0')
  await stream.leave()
})

test('whoever comes back hears what was missed: each call once, none left out, wherever it had stopped', async (t) => {
  const { listen, call, move } = await openScene(t)
  const whole = await listen()
  await whole.until('balance', 1)
  const made: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    made.push(await call(turn % 3 === 0 ? 0n : 1_000n))
    if (turn % 2 === 0) await move(500n)
  }
  await whole.until('call', 6)
  await whole.until('ledger', 3)
  for (let turn = 0; turn < 5; turn++) made.push(await call(turn % 2 === 0 ? 0n : 1_000n))
  await whole.until('call', 11)
  const told = whole.events.filter(({ name }) => name === 'call' || name === 'ledger')
  deepEqual(told.flatMap(({ name, data }) => (name === 'call' ? [String(data['id'])] : [])).toSorted(), made.toSorted())
  for (const [at, { id }] of [{ id: whole.ids()[0] }, ...told].entries()) {
    const resumed = await listen({ last: id! })
    await resumed.until('balance', 1)
    const again = resumed.events.filter(({ name }) => name === 'call' || name === 'ledger')
    const key = ({ data }: (typeof told)[number]) => String(data['id'] ?? data['sequence'])
    deepEqual(again.map(key).toSorted(), told.slice(at).map(key).toSorted(), `after ${id}`)
    await resumed.leave()
  }
  await whole.leave()
})

test('calls that end while somebody is told what was missed are told after it, once', async (t) => {
  const { listen, call } = await openScene(t)
  const first = await listen()
  await first.until('balance', 1)
  const last = first.ids().at(-1)!
  const made = [await call(500n), await call(0n)]
  const [resumed, third] = await Promise.all([listen({ last }), call(500n)])
  made.push(third, await call(0n))
  await resumed.until('call', 4)
  await call(500n).then((id) => made.push(id))
  await resumed.until('call', 5)
  deepEqual(
    resumed
      .of('call')
      .map(({ id }) => String(id))
      .toSorted(),
    made.toSorted(),
  )
  await first.leave()
  await resumed.leave()
})

test('whoever missed too much, or names a place that is none, is told to read anew', async (t) => {
  const { listen, api, customer, call } = await openScene(t)
  for (const last of ['99-0', '0-99', 'nonsense', '']) {
    const stream = await listen({ last })
    equal((await stream.until('reset', 1))[0]?.['account_id'], customer.id)
    await stream.leave()
  }
  for (let turn = 0; turn < 1_010; turn++) {
    const transferId = api.makeId()
    await grant(api.db, { transferId, accountId: customer.id, amount: nanoUsd(1n), reference: transferId })
  }
  const stream = await listen({ last: '1-0' })
  await stream.until('reset', 1)
  equal(stream.of('ledger').length <= 1_000, true)
  const id = await call(500n)
  await stream.until('call', 1)
  deepEqual([stream.of('call').map((each) => each['id']), stream.of('ledger').length <= 1_000], [[id], true])
  await stream.leave()
})

test('a key hears its own account alone; the operator hears any', async (t) => {
  const { ask, api, customer, call } = await openScene(t)
  const other = await api.makeCustomer('Another')
  equal((await ask(customer.manager.secret, { account: other.id })).status, 404)
  equal((await ask(customer.inference.secret)).status, 403)
  equal((await ask('sk-rp-wrong')).status, 401)
  const absent = api.makeId()
  equal((await ask(api.operator.secret, { account: absent })).status, 404)
  equal(api.options.live.listeners(), 0)
  const [own, foreign] = [
    readEvents(await ask(other.manager.secret)),
    readEvents(await ask(api.operator.secret, { account: customer.id })),
  ]
  await own.until('balance', 1)
  const id = await call(500n)
  deepEqual(
    (await foreign.until('call', 1)).map((each) => each['id']),
    [id],
  )
  equal(own.of('call').length, 0)
  await own.leave()
  await foreign.leave()
})

test('the stream of a key that is disabled, of a session that is revoked and of a member who is removed ends', async (t) => {
  const { api, customer, listen } = await openScene(t)
  const byKey = await listen()
  const owner = await api.makePerson('An owner', { [customer.id]: 'owner' })
  const viewer = await api.makePerson('A viewer', { [customer.id]: 'viewer' })
  const from = async ({ browser: { cookies } }: typeof owner) => {
    const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; '), 'sec-fetch-site': 'same-origin' }
    return readEvents(
      await api.app.request(`http://localhost:8787/api/v1/events?account_id=${customer.id}`, { headers }),
    )
  }
  const [bySession, byMember] = [await from(owner), await from(viewer)]
  for (const stream of [byKey, bySession, byMember]) await stream.until('balance', 1)
  await api.operator.ask('PATCH', `/api/v1/keys/${customer.manager.id}`, { body: { disabled: true } })
  equal(await byKey.ended, 'ended')
  deepEqual(byKey.of('end'), [{ reason: 'not_allowed' }])
  await owner.browser.ask('POST', '/api/v1/sign-out')
  equal(await bySession.ended, 'ended')
  equal(api.options.live.listeners(), 1)
  await api.database.pool.query('delete from member where person_id = $1', [viewer.id])
  equal(await byMember.ended, 'ended')
  equal(api.options.live.listeners(), 0)
})

test('only so many listen to one account', async (t) => {
  const { ask, customer, api } = await openScene(t)
  const open = await Promise.all(Array.from({ length: 256 }, () => ask(customer.manager.secret)))
  ok(open.every(({ status }) => status === 200))
  const refused = await ask(customer.manager.secret)
  equal(refused.status, 429)
  ok(Number(refused.headers.get('retry-after')) > 0)
  await open[0]!.body!.cancel()
  const again = await ask(customer.manager.secret)
  equal(again.status, 200)
  for (const { body } of [...open.slice(1), again]) await body!.cancel()
  await eventually(() => Promise.resolve(api.options.live.listeners() === 0))
})

test('HEAD opens nothing', async (t) => {
  const { api, customer } = await openScene(t)
  const headers = { authorization: `Bearer ${customer.manager.secret}` }
  const answer = await api.app.request('/api/v1/events', { method: 'HEAD', headers })
  deepEqual([answer.status, api.options.live.listeners()], [200, 0])
})
