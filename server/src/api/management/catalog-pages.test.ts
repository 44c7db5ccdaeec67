import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream } from '../../../test/support/mock-upstream.ts'
import { nanoUsd, parseUsdPerMillion, toCredits } from '../../core/money.ts'
import { billOf, type Units } from '../../credits/index.ts'
import { openTestApi, spend } from '../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api
const hourMs = 3_600_000

let count = 0
const unique = (word: string) => `${word}-${++count}`

async function post(path: string, body: object) {
  const reply = await operator.ask('POST', `/api/v1/${path}`, { body })
  equal(reply.status, 201, JSON.stringify(reply.body))
  return reply
}

const makeProvider = async (name = unique('p')) =>
  (await post('providers', { name, base_url: 'https://api.example.com/v1' })).textAt('data.id')
const makeModel = async () => (await post('models', { id: unique('acme/m') })).textAt('data.id')
const makeOffer = async (model_id: string, provider_id: string, more: object = {}) =>
  (await post('offers', { model_id, provider_id, upstream_model: unique('up'), ...more })).textAt('data.id')
const setPrice = (model_id: string, name: string, usd_per_million: string, more: object = {}) =>
  post('prices', { model_id, class: name, usd_per_million, ...more })

type Entry = { id: string; state: string; missing_prices: string[]; prices: unknown[]; next_price_at: string | null }
const entryOf = async (id: string): Promise<Entry> => {
  const entries = (await operator.ask('GET', '/api/v1/catalog')).at('data') as Entry[]
  const found = entries.find((entry) => entry.id === id)
  ok(found, id)
  return found
}

test('the catalog says of each model whether calls find it, and what is in the way', async () => {
  const model = await makeModel()
  equal((await entryOf(model)).state, 'no_offer')
  const offer = await makeOffer(model, await makeProvider())
  deepEqual([(await entryOf(model)).state, (await entryOf(model)).missing_prices], ['unpriced', ['input', 'output']])
  await setPrice(model, 'input', '1')
  deepEqual((await entryOf(model)).missing_prices, ['output'])
  const later = new Date(Date.now() + hourMs).toISOString()
  await setPrice(model, 'output', '2', { valid_from: later })
  deepEqual([(await entryOf(model)).state, (await entryOf(model)).next_price_at], ['unpriced', later])
  await setPrice(model, 'output', '3')
  const { state, missing_prices, prices } = await entryOf(model)
  deepEqual([state, missing_prices, prices.length], ['callable', [], 2])
  await operator.ask('PATCH', `/api/v1/offers/${offer}`, { body: { disabled: true } })
  equal((await entryOf(model)).state, 'no_available_offer')
  await operator.ask('PATCH', `/api/v1/models/${model}`, { body: { disabled: true } })
  equal((await entryOf(model)).state, 'disabled')
})

test('the prices of a model over time are told to everybody, those to come too, each change once', async () => {
  const model = await makeModel()
  await makeOffer(model, await makeProvider())
  const later = new Date(Date.now() + hourMs).toISOString()
  await setPrice(model, 'input', '1')
  await setPrice(model, 'output', '2')
  await setPrice(model, 'output', '2.5', { valid_from: later })
  await setPrice(model, 'input', '1', { valid_from: later })
  const { body } = await api.as(undefined)('GET', `/v1/models/${model}/prices`)
  const { prices } = (body as { data: { prices: Record<string, string>[] } }).data
  deepEqual(
    prices.map((price) => [price['class'], price['usd_per_million'], price['credits_per_unit']]),
    [
      ['input', '1', '2'],
      ['output', '2', '4'],
      ['output', '2.5', '5'],
    ],
  )
  equal(prices[2]!['valid_from'], later)
})

test('a preview tells the change in percent, the margin, and what the last 30 days would have cost, to the nano-dollar', async () => {
  const model = await makeModel()
  const offer = await makeOffer(model, await makeProvider(), { provider_share_bps: 8_000 })
  await setPrice(model, 'input', '2')
  await setPrice(model, 'output', '8')
  const customers = [await api.makeCustomer('Small'), await api.makeCustomer('Big')]
  const uses: readonly Units[] = [
    { input: 1_003, cached_input: 500, output: 7 },
    { input: 100_001, output: 33_333, reasoning: 5 },
  ]
  for (const [at, { id, inference }] of customers.entries()) {
    await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '10000000', reason: 'x' } })
    await spend(api.lane, api.makeId(), {
      accountId: id,
      keyId: inference.id,
      cost: nanoUsd(7n),
      modelId: model,
      units: uses[at]!,
    })
  }
  const body = { model_id: model, prices: { input: '2.5', output: '7' } }
  const preview = await operator.ask('POST', '/api/v1/prices/preview', { body })
  equal(preview.status, 200)
  deepEqual(
    (preview.at('data.prices') as Record<string, unknown>[]).map((line) => [
      line['class'],
      line['before'],
      line['after'],
      line['change_percent'],
    ]),
    [
      ['input', '2', '2.5', '25'],
      ['output', '8', '7', '-12.5'],
    ],
  )
  const [through] = preview.at('data.offers') as {
    id: string
    is_affected: boolean
    prices: Record<string, unknown>[]
  }[]
  deepEqual([through!.id, through!.is_affected], [offer, true])
  deepEqual([through!.prices[0]!['owed'], through!.prices[0]!['margin_percent']], ['2', '20'])
  const price = (text: string) => ({ id: '', perMillion: parseUsdPerMillion(text)! })
  const costs = uses.map((units) => {
    const bill = billOf(units, { input: price('2.5'), output: price('7') })
    ok(bill.kind === 'billed')
    return bill.cost
  })
  equal(preview.at('data.usage.after'), toCredits(nanoUsd(costs[0]! + costs[1]!)))
  deepEqual([preview.at('data.usage.calls'), preview.at('data.usage.charged')], [2, '0.028'])
  deepEqual(
    (preview.at('data.accounts') as Record<string, unknown>[]).map(({ name, after: then }) => [name, then]),
    [
      ['Big', toCredits(costs[1]!)],
      ['Small', toCredits(costs[0]!)],
    ],
  )
  equal((await entryOf(model)).prices.length, 2)
  equal(((await operator.ask('GET', `/api/v1/prices?model_id=${model}`)).at('data') as unknown[]).length, 2)
})

test('a preview says which offers keep a price of their own, and counts an offer by its own calls', async () => {
  const model = await makeModel()
  const [own, common] = [await makeOffer(model, await makeProvider()), await makeOffer(model, await makeProvider())]
  await setPrice(model, 'input', '2')
  await setPrice(model, 'output', '2')
  await setPrice(model, 'input', '9', { offer_id: own })
  const { id, inference } = await api.makeCustomer('Both')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '10000000', reason: 'x' } })
  for (const offerId of [own, common, common])
    await spend(api.lane, api.makeId(), {
      accountId: id,
      keyId: inference.id,
      cost: nanoUsd(1n),
      modelId: model,
      offerId,
      units: { input: 1_000 },
    })
  const ask = (more: object) =>
    operator.ask('POST', '/api/v1/prices/preview', { body: { model_id: model, prices: { input: '4' }, ...more } })
  const ofModel = await ask({})
  const affected = (ofModel.at('data.offers') as { id: string; is_affected: boolean }[]).map((each) => [
    each.id,
    each.is_affected,
  ])
  deepEqual(
    new Map(affected as [string, boolean][]),
    new Map([
      [own, false],
      [common, true],
    ]),
  )
  equal(ofModel.at('data.usage.calls'), 3)
  // 1,000 tokens at 9 USD through the one, 2,000 at 2 and then 4 USD through the other.
  deepEqual([ofModel.at('data.usage.before'), ofModel.at('data.usage.after')], ['26000', '34000'])
  const ofOffer = await ask({ offer_id: own })
  deepEqual(
    [ofOffer.at('data.usage.calls'), ofOffer.at('data.usage.before'), ofOffer.at('data.usage.after')],
    [1, '18000', '8000'],
  )
  deepEqual((await ask({ prices: {} })).status, 400)
  deepEqual((await ask({ model_id: 'acme/none' })).at('error.param'), 'model_id')
  deepEqual((await ask({ offer_id: id })).at('error.param'), 'offer_id')
})

test('a provider is tried before it is added: its models or why it fails, and nothing is stored', async (t) => {
  const mock = await startMockUpstream(t)
  const ask = (body: object) => operator.ask('POST', '/api/v1/providers/test', { body })
  const names = async () => ((await operator.ask('GET', '/api/v1/providers')).at('data') as { name: string }[]).length
  const before = await names()
  const good = await ask({ base_url: mock.baseUrl, allow_private: true, api_key: 'sk-x' })
  deepEqual([good.status, good.at('data.ok'), good.at('data.why')], [200, true, null])
  ok((good.at('data.models') as string[]).includes('normal'))
  deepEqual((await ask({ base_url: mock.baseUrl })).at('error.param'), 'base_url')
  deepEqual((await ask({})).at('error.param'), 'base_url')
  mock.setDown(true)
  const down = await ask({ base_url: mock.baseUrl, allow_private: true })
  equal(down.at('data.ok'), false)
  match(down.textAt('data.why'), /\S/)
  equal(await names(), before)
})

test('every dialect is listed with its usual address, and whether it can be tested', async () => {
  const dialects = (await operator.ask('GET', '/api/v1/dialects')).at('data') as Record<string, unknown>[]
  const named = (id: string) => dialects.find((each) => each['id'] === id)
  deepEqual([named('openai')?.['base_url'], named('openai')?.['lists_models']], ['https://api.openai.com/v1', true])
  deepEqual([named('compatible')?.['base_url'], named('compatible')?.['lists_models']], [null, true])
  deepEqual([named('azure')?.['base_url_parameter'], named('azure')?.['lists_models']], ['api-version', false])
  deepEqual([named('ollama')?.['is_local'], named('anthropic')?.['api']], [true, 'anthropic'])
})

test('what callers paid through a provider, what it is owed and what is left add up', async () => {
  const name = unique('measured')
  const provider = await makeProvider(name)
  const model = await makeModel()
  await makeOffer(model, provider)
  const { id, inference } = await api.makeCustomer('Paying')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '1000', reason: 'x' } })
  const call = { accountId: id, keyId: inference.id, modelId: model, provider: name, providerShareBps: 7_000 }
  await spend(api.lane, api.makeId(), { ...call, cost: nanoUsd(1_001n) })
  await spend(api.lane, api.makeId(), { ...call, state: 'failed', status: 502 })
  const figures = (await operator.ask('GET', '/api/v1/providers/figures')).at('data') as Record<string, unknown>[]
  const found = figures.find((each) => each['provider_id'] === provider)!
  deepEqual(
    ['calls', 'errors', 'charged', 'owed', 'margin', 'offers', 'first_byte_ms_p50'].map((field) => found[field]),
    [2, 1, '2.002', '1.4', '0.602', 1, 5],
  )
})
