import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { credits } from '../../core/money.ts'
import { sumUpUsage } from '../../credits/index.ts'
import { hold, openTestApi, spend } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api

const stepsOf = (value: unknown) =>
  (value as { id: string; done: boolean }[]).filter(({ done }) => done).map(({ id }) => id)

test('a new account is told what to do next, and step by step that it is done', async () => {
  const { body } = await operator.ask('POST', '/api/v1/accounts', { body: { name: 'New' } })
  const id = (body as { data: { id: string } }).data.id
  const look = () => operator.ask('GET', `/api/v1/overview?account_id=${id}`)
  const done = async () => stepsOf((await look()).at('data.checklist.steps'))
  const before = await look()
  deepEqual([await done(), before.at('data.checklist.done'), before.at('data.newest_call_at')], [[], false, null])
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '100', reason: 'x' } })
  deepEqual(await done(), ['add_credits'])
  const key = await api.issue(id, 'inference')
  deepEqual(await done(), ['add_credits', 'create_key'])
  await spend(api.lane, api.makeId(), { accountId: id, keyId: key.id, cost: credits(1) })
  const later = await look()
  deepEqual([later.at('data.checklist.done'), typeof later.at('data.newest_call_at')], [true, 'string'])
})

test('the overview tells what is available, on hold and spent, how calls went, and for how long the credits last', async () => {
  const { id, manager, inference } = await api.makeCustomer('Overviewed')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '110', reason: 'x' } })
  for (const status of [200, 200, 200, 502]) {
    const cost = credits(status === 200 ? 4 : 0)
    await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost, status })
  }
  await hold(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: credits(8) })
  for (let summed = 0; summed < 2; summed++) {
    const told = await manager.ask('GET', '/api/v1/overview?zone=Asia/Kolkata')
    deepEqual(told.at('data.credits'), { available: '90', on_hold: '8', spent: '12' })
    deepEqual([told.at('data.spend.month.credits'), told.at('data.spend.month.before_credits')], ['12', '0'])
    equal(told.at('data.spend.today.change'), null)
    deepEqual(told.at('data.last_24_hours'), {
      calls: 4,
      errors: 1,
      error_rate: 0.25,
      first_token_p50_ms: 5,
      first_token_p95_ms: 5,
    })
    // 12 credits on the one day that there was: 90 last for seven more.
    deepEqual(told.at('data.runway'), { days: 7, credits_per_day: '12', over_days: 1 })
    await sumUpUsage(api.db)
  }
})

test('whoever has spent nothing has no end in sight, and a zone that is none is refused', async () => {
  const { manager } = await api.makeCustomer('Idle')
  const told = await manager.ask('GET', '/api/v1/overview')
  deepEqual([told.at('data.runway.days'), told.at('data.last_24_hours.error_rate')], [null, null])
  const refused = await manager.ask('GET', '/api/v1/overview?zone=Mars')
  deepEqual([refused.status, refused.at('error.param')], [400, 'zone'])
})
