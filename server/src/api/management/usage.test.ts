import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { generationId } from '../../core/ids.ts'
import { credits, nanoUsd, parseCredits, toCredits } from '../../core/money.ts'
import { type Client, openTestApi, readPages, spend } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api

type UsageEntry = {
  key_id?: string
  model?: string
  day?: string
  status?: number
  calls: number
  credits: string
  units: object
}

type Movement = { kind: string; credits: string }

const sum = (amounts: readonly string[]) => amounts.reduce((total, text) => total + parseCredits(text)!, 0n)

async function funded(name: string) {
  const customer = await api.makeCustomer(name)
  const body = { credits: '100000000', reason: 'x' }
  equal((await operator.ask('POST', `/api/v1/accounts/${customer.id}/grants`, { body })).status, 201)
  return customer
}

async function usageOf(
  ask: Client,
  query: string,
): Promise<{ data: UsageEntry[]; total: { calls: number; credits: string } }> {
  const reply = await ask('GET', `/api/v1/usage?${query}`)
  equal(reply.status, 200)
  return reply.body as never
}

const anyCall = fc.record({
  cost: fc.bigInt(0n, 5_000_000n).map(nanoUsd),
  modelId: fc.constantFrom('acme/a', 'acme/b'),
  state: fc.constantFrom('ok' as const, 'aborted' as const, 'failed' as const),
  status: fc.constantFrom(200, 499, 502),
  units: fc.record({ input: fc.nat(1_000), output: fc.nat(1_000), image: fc.nat(3) }),
  second: fc.boolean(),
})

test('however calls are grouped, the sums of /usage equal the ledger and the balance', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 12 }), async (calls) => {
      const { id, manager, inference } = await funded('Summed')
      const second = await api.issue(id, 'inference')
      for (const { second: bySecond, ...call } of calls) {
        await spend(api.lane, api.makeId(), { accountId: id, keyId: bySecond ? second.id : inference.id, ...call })
      }
      const expected = calls.reduce((total, { cost }) => total + cost, 0n)
      for (const groups of ['key', 'model', 'day', 'status', 'key,model', 'key,model,day,status']) {
        const { data, total } = await usageOf(manager.ask, `group_by=${groups}`)
        equal(sum(data.map((entry) => entry.credits)), expected, groups)
        deepEqual([total.credits, total.calls], [toCredits(nanoUsd(expected)), calls.length])
        equal(
          data.reduce((all, entry) => all + entry.calls, 0),
          calls.length,
        )
      }
      const usage = (await readPages<Movement>(manager.ask, `/api/v1/accounts/${id}/ledger`, 5)).filter(
        ({ kind }) => kind === 'usage',
      )
      equal(-sum(usage.map((entry) => entry.credits)), expected)
      const account = await manager.ask('GET', `/api/v1/accounts/${id}`)
      equal(parseCredits(account.textAt('data.credits.spent')), expected)
      const { data } = await usageOf(manager.ask, 'group_by=model')
      const inputs = (model?: string) =>
        calls.filter((call) => call.modelId === model).reduce((all, { units }) => all + units.input, 0)
      for (const entry of data) equal((entry.units as { input?: number }).input ?? 0, inputs(entry.model))
    }),
    { numRuns: 15 },
  )
})

test('usage is narrowed by key and by time', async () => {
  const { id, manager, inference } = await funded('Narrowed')
  const second = await api.issue(id, 'inference')
  await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: credits(3) })
  await spend(api.lane, api.makeId(), { accountId: id, keyId: second.id, cost: credits(4) })
  equal((await usageOf(manager.ask, `key_id=${second.id}`)).total.credits, '4')
  equal((await usageOf(manager.ask, 'from=2000-01-01T00:00:00Z&to=2000-02-01T00:00:00Z')).total.credits, '0')
  const from = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())
  equal((await usageOf(manager.ask, `from=${from}`)).total.credits, '7')
  const everyone = await usageOf(operator.ask, `account_id=${id}`)
  equal(everyone.total.credits, '7')
  ok((await usageOf(operator.ask, 'group_by=key')).total.calls >= 2)
})

test('bad groups, times and fields are refused with the field named', async () => {
  const bad: [string, string][] = [
    ['group_by=colour', 'group_by'],
    ['group_by=', 'group_by'],
    ['from=yesterday', 'from'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['key_id=x', 'key_id'],
    ['since=2026-01-01T00:00:00Z', 'since'],
    ['group_by=key&group_by=day', 'group_by'],
  ]
  for (const [query, param] of bad) {
    const refused = await operator.ask('GET', `/api/v1/usage?${query}`)
    deepEqual([refused.status, refused.at('error.param')], [400, param], query)
  }
})

test('generations are listed newest first, narrowed, and in pages', async () => {
  const { id, manager, inference } = await funded('Listed')
  // Ids of one millisecond have no order among them but their own.
  const callIds = [api.makeId(), api.makeId(), api.makeId()].toSorted()
  const calls = ['acme/a', 'acme/b', 'acme/a'].map((modelId, at) => ({ modelId, callId: callIds[at]! }))
  for (const { modelId, callId } of calls) {
    const state = modelId === 'acme/b' ? ('failed' as const) : ('ok' as const)
    await spend(api.lane, callId, { accountId: id, keyId: inference.id, cost: credits(1), modelId, state })
  }
  const expected = calls.map(({ callId }) => generationId(callId)).toReversed()
  const ids = async (query: string) =>
    ((await manager.ask('GET', `/api/v1/generations?${query}`)).at('data') as { id: string }[]).map((entry) => entry.id)
  deepEqual(await ids(''), expected)
  deepEqual(await ids('model=acme/b'), [expected[1]])
  deepEqual(await ids('state=ok'), [expected[0], expected[2]])
  deepEqual(await ids('to=2000-01-01T00:00:00Z'), [])
  const first = await manager.ask('GET', '/api/v1/generations?limit=2')
  const second = await ids(`cursor=${first.textAt('next_cursor')}`)
  deepEqual([...(first.at('data') as { id: string }[]).map((entry) => entry.id), ...second], expected)
})

test('reconcile tells each invariant, and turns red when the books were tampered with', async () => {
  const { id } = await funded('Tampered')
  const right = await operator.ask('POST', '/api/v1/reconcile')
  equal(right.at('ok'), true, JSON.stringify(right.body))
  ok((right.at('invariants') as object[]).length >= 10)
  const change = (by: number) =>
    api.database.pool.query('update ledger_account set credits_posted = credits_posted + $2 where id = $1', [id, by])
  await change(1)
  equal((await operator.ask('POST', '/api/v1/reconcile', { body: {} })).at('ok'), false)
  await change(-1)
})
