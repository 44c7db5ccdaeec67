import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { sumUpUsage } from '../../credits/index.ts'
import { openTestApi, spend } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api

async function priced(id: string, prices: Readonly<Record<string, string>>): Promise<void> {
  equal((await operator.ask('POST', '/api/v1/models', { body: { id, name: id } })).status, 201)
  for (const [name, usd_per_million] of Object.entries(prices)) {
    const body = { model_id: id, class: name, usd_per_million }
    equal((await operator.ask('POST', '/api/v1/prices', { body })).status, 201)
  }
}

await priced('acme/cheap', { input: '0.5', cached_input: '0.05', output: '1' })
await priced('acme/no-pictures', { input: '5', output: '10' })

const soon = () => `from=2026-01-01T00:00:00Z&to=${new Date(Date.now() + 60_000).toISOString()}`

test('the use of a time is billed at the prices of other models, class by class, rounded once', async () => {
  const { id, manager, inference } = await api.makeCustomer('Wondering')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '1000000', reason: 'x' } })
  const call = { accountId: id, keyId: inference.id }
  await spend(api.lane, api.makeId(), { ...call, cost: credits(40), modelId: 'acme/a', units: { input: 7, output: 3 } })
  await sumUpUsage(api.db)
  const units = { input: 10, cached_input: 4, output: 5, image: 2 }
  await spend(api.lane, api.makeId(), { ...call, cost: credits(60), modelId: 'acme/b', units })

  const told = await manager.ask('GET', `/api/v1/usage/what-if?model_id=acme/cheap,acme/no-pictures&${soon()}`)
  deepEqual(told.at('data.actual'), {
    calls: 2,
    credits: '100',
    units: { input: 17, cached_input: 4, output: 8, image: 2 },
  })
  deepEqual(
    (told.at('data.by_model') as { model: string; credits: string }[]).map((each) => [each.model, each.credits]),
    [
      ['acme/b', '60'],
      ['acme/a', '40'],
    ],
  )
  // One credit a token in, two out, a tenth for what is cached: 17 + 0.4 + 16.
  equal(told.at('data.what_if.0.credits'), '33.4')
  deepEqual(told.at('data.what_if.0.unpriced'), [{ class: 'image', units: 2 }])
  equal(told.at('data.what_if.0.change'), -0.666)
  deepEqual(
    (told.at('data.what_if.0.lines') as { line_credits: string }[]).map((line) => line.line_credits),
    ['17', '0.4', '16'],
  )
  // What is cached is billed as input where there is no price for it.
  equal(told.at('data.what_if.1.credits'), '370')
  const one = await manager.ask('GET', `/api/v1/usage/what-if?model_id=acme/cheap&used_model=acme/a&${soon()}`)
  deepEqual([one.at('data.actual.credits'), one.at('data.what_if.0.credits')], ['40', '13'])
})

test('last month is meant unless a time is given; models that are not there are said', async () => {
  const { manager } = await api.makeCustomer('Asking')
  const told = await manager.ask('GET', '/api/v1/usage/what-if?model_id=acme/cheap')
  equal(told.textAt('data.to').slice(8), '01T00:00:00.000Z')
  deepEqual([told.at('data.what_if.0.credits'), told.at('data.what_if.0.change')], ['0', null])
  const missing = await manager.ask('GET', '/api/v1/usage/what-if?model_id=acme/nothing')
  deepEqual([missing.status, missing.at('error.param')], [404, 'model_id'])
  const backwards = '/api/v1/usage/what-if?model_id=acme/cheap&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z'
  equal((await manager.ask('GET', backwards)).at('error.param'), 'from')
})
