import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { generationId } from '../../core/ids.ts'
import { credits } from '../../core/money.ts'
import { hold, openTestApi, type Spend, spend } from '../test/harness.ts'

const api = await openTestApi({ after })

async function funded(name: string) {
  const customer = await api.makeCustomer(name)
  const body = { credits: '2000000', reason: 'x' }
  equal((await api.operator.ask('POST', `/api/v1/accounts/${customer.id}/grants`, { body })).status, 201)
  return { ...customer, call: { accountId: customer.id, keyId: customer.inference.id } satisfies Spend }
}

test('credits are told exactly, and as OpenRouter tells them in USD', async () => {
  const { call, inference } = await funded('Credits')
  await spend(api.lane, api.makeId(), { ...call, cost: credits(500_000) })
  await hold(api.lane, api.makeId(), { ...call, cost: credits(100_000) })
  for (const path of ['/v1/credits', '/api/v1/credits']) {
    deepEqual((await inference.ask('GET', path)).at('data'), {
      total_credits: 1,
      total_usage: 0.25,
      available_credits: '1400000',
      held_credits: '100000',
      spent_credits: '500000',
      purchased_credits: '0',
      granted_credits: '2000000',
      earned_credits: '0',
    })
  }
})

test('a key finds itself, with what it spent', async () => {
  const { call, inference, id } = await funded('Key')
  await spend(api.lane, api.makeId(), { ...call, cost: credits(500_000) })
  for (const path of ['/v1/key', '/api/v1/key']) {
    const own = await inference.ask('GET', path)
    deepEqual(
      ['id', 'account_id', 'usage', 'usage_monthly', 'spent_credits', 'limit', 'is_management_key'].map((name) =>
        own.at(`data.${name}`),
      ),
      [inference.id, id, 0.25, 0.25, '500000', null, false],
    )
  }
})

test('a receipt tells what was used, charged and tried; what the caller was charged is what left the balance', async () => {
  const { call, inference } = await funded('Receipt')
  const callId = api.makeId()
  await spend(api.lane, callId, {
    ...call,
    cost: credits(30),
    units: { input: 10, cached_input: 5, output: 7, reasoning: 3, request: 1 },
    detail: {
      request_id: 'r-9',
      endpoint: 'chat',
      streamed: true,
      finish_reason: 'stop',
      lines: [{ class: 'input', units: 10, usd_per_million: '0.5', price_id: 'p-1' }],
      attempts: [{ offer_id: null, provider: 'local', why: 'cheapest', ms: 12, outcome: 'answered', status: 200 }],
    },
  })
  for (const path of ['/v1/generation', '/api/v1/generation']) {
    const receipt = await inference.ask('GET', `${path}?id=${generationId(callId)}`)
    equal(receipt.status, 200)
    const data = receipt.at('data') as Record<string, unknown>
    const expected = {
      id: generationId(callId),
      state: 'ok',
      credits: '30',
      held_credits: '30',
      shortfall_credits: '0',
      balance_after_credits: '1999970',
      total_cost: 0.000015,
      usage: 0.000015,
      units: { input: 10, cached_input: 5, output: 7, reasoning: 3, request: 1 },
      tokens_prompt: 15,
      tokens_completion: 10,
      native_tokens_cached: 5,
      native_tokens_reasoning: 3,
      streamed: true,
      cancelled: false,
      finish_reason: 'stop',
      api_type: 'completions',
      request_id: 'r-9',
      routing: null,
      bill: [
        {
          ...{ class: 'input', units: 10, usd_per_million: '0.5', price_id: 'p-1' },
          ...{ credits_per_unit: '1', line_credits: '10' },
        },
      ],
      attempts: [
        {
          ...{ offer_id: null, provider: 'local', model: null, own_key: false, why: 'cheapest' },
          ...{ after_ms: 0, first_byte_ms: null, ms: 12, outcome: 'answered', status: 200 },
        },
      ],
    }
    for (const [name, value] of Object.entries(expected)) deepEqual(data[name], value, name)
  }
})

test('a call under way is found as running, with what is held for it', async () => {
  const { call, inference } = await funded('Running')
  const callId = api.makeId()
  await hold(api.lane, callId, { ...call, cost: credits(40) })
  const running = await inference.ask('GET', `/v1/generation?id=${generationId(callId)}`)
  deepEqual(
    ['state', 'credits', 'held_credits', 'model', 'streamed', 'settled_at'].map((name) => running.at(`data.${name}`)),
    ['running', '0', '40', 'local/echo', true, null],
  )
})

test('generations that are unknown, of others or not ids at all are refused alike or named', async () => {
  const [mine, theirs] = [await funded('Mine'), await funded('Theirs')]
  const [charged, held] = [api.makeId(), api.makeId()]
  await spend(api.lane, charged, { ...theirs.call, cost: credits(1) })
  await hold(api.lane, held, { ...theirs.call, cost: credits(1) })
  const unknown = await mine.inference.ask('GET', `/v1/generation?id=${generationId(api.makeId())}`)
  equal(unknown.status, 404)
  for (const callId of [charged, held]) {
    for (const { ask } of [mine.inference, mine.manager]) {
      const foreign = await ask('GET', `/v1/generation?id=${generationId(callId)}`)
      deepEqual([foreign.status, foreign.body], [404, unknown.body])
    }
    equal((await theirs.manager.ask('GET', `/v1/generation?id=${generationId(callId)}`)).status, 200)
    equal((await api.operator.ask('GET', `/v1/generation?id=${generationId(callId)}`)).status, 200)
  }
  for (const id of ['', 'gen-', 'x', charged, `gen-${charged}x`, "gen-' or 1=1"]) {
    const wrong = await mine.inference.ask('GET', `/v1/generation?id=${encodeURIComponent(id)}`)
    deepEqual([wrong.status, wrong.at('error.param')], [400, 'id'], id)
  }
  // The time inside an id may be one that no call was ever made at.
  for (const id of ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
    equal((await mine.inference.ask('GET', `/v1/generation?id=gen-${id}`)).status, 404, id)
  }
})

test("activity sums up a key's own calls by day and model; a management key sees its whole account", async () => {
  const { call, inference, manager, id } = await funded('Activity')
  const second = await api.issue(id, 'inference')
  const units = { input: 10, output: 5, reasoning: 2 }
  for (const modelId of ['acme/a', 'acme/a', 'acme/b']) {
    await spend(api.lane, api.makeId(), { ...call, cost: credits(2_000_000 / 1_000), modelId, units })
  }
  await spend(api.lane, api.makeId(), { accountId: id, keyId: second.id, cost: credits(2), modelId: 'acme/b' })
  const rows = async (ask: typeof inference.ask, query = '') =>
    ((await ask('GET', `/v1/activity${query}`)).at('data') as Record<string, unknown>[]).map((row) => [
      row['model'],
      row['requests'],
      row['usage_credits'],
      row['usage'],
      row['prompt_tokens'],
      row['completion_tokens'],
      row['reasoning_tokens'],
    ])
  deepEqual(await rows(inference.ask), [
    ['acme/a', 2, '4000', 0.002, 20, 14, 4],
    ['acme/b', 1, '2000', 0.001, 10, 7, 2],
  ])
  deepEqual(
    (await rows(manager.ask)).map(([model, requests, charged]) => [model, requests, charged]),
    [
      ['acme/a', 2, '4000'],
      ['acme/b', 2, '2002'],
    ],
  )
  deepEqual(await rows(inference.ask, '?date=2000-01-01'), [])
  equal((await inference.ask('GET', '/v1/activity?date=today')).status, 400)
})

test('anybody with a key can ask what it is', async () => {
  const { inference, manager, id } = await api.makeCustomer('Who')
  const roles = [
    [inference, 'caller'],
    [manager, 'manager'],
  ] as const
  for (const [{ ask, id: keyId }, role] of roles) {
    const reply = await ask('GET', '/api/v1/whoami')
    deepEqual([reply.at('data.role'), reply.at('data.account.id'), reply.at('data.key.id')], [role, id, keyId])
  }
  equal((await api.operator.ask('GET', '/api/v1/whoami')).at('data.role'), 'operator')
})
