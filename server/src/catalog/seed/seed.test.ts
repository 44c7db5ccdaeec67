import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { testDatabase } from '../../../test/support/database.ts'
import { idSource } from '../../core/ids.ts'
import { nanoUsdPerMillion, toUsdPerMillion } from '../../core/money.ts'
import { openSecrets } from '../../platform/secrets.ts'
import {
  type BuiltInModel,
  changeModel,
  changeOffer,
  changeProvider,
  createModel,
  createPrice,
  createProvider,
  deleteModel,
  deleteOffer,
  deleteProvider,
  findModel,
  findModelItem,
  listModelItems,
  listOffers,
  listPrices,
  listProviders,
  openCatalog,
  seedCatalog,
  type SeedOptions,
  type SeedProvider,
} from '../index.ts'
import { missingPrices } from './seed-prices.ts'

const chance = { bytes: (length: number) => randomBytes(length) }
const secrets = openSecrets('a secret of at least thirty-two characters', chance)
const startMs = Date.parse('2026-11-22T12:00:00Z')

const echo: BuiltInModel = {
  id: 'local/echo',
  upstreamModel: 'echo',
  name: 'Echo',
  description: 'Says it again.',
  contextLength: 1_000,
  outputTokensMax: 100,
  inputModalities: ['text'],
  outputModalities: ['text'],
  supportedParameters: ['stop'],
  usdPerMillion: { input: '0.01', output: '0.02' },
}

const settings = (name: string, apiKey: string | undefined = 'sk-1') => ({
  name,
  dialect: name,
  baseUrl: `https://${name}.example/v1`,
  apiKey,
  allowPrivate: false,
})
const openai: SeedProvider = {
  settings: settings('openai'),
  priceListId: 'openai',
  upstreamModels: ['gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small', 'dall-e-3'],
}
const openrouter: SeedProvider = {
  settings: settings('openrouter'),
  priceListId: 'openrouter',
  upstreamModels: ['openai/gpt-4o', 'anthropic/claude-3-haiku'],
}
const ollama: SeedProvider = {
  settings: { ...settings('ollama', undefined), allowPrivate: true },
  upstreamModels: ['Llama3.2:3b', 'nomic-embed-text:latest'],
}

async function start(t: TestContext) {
  const database = await testDatabase(t)
  const { db } = database
  let nowMs = startMs
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const makeId = idSource(clock, chance)
  const seed = (providers: readonly SeedProvider[] = [], more: Partial<SeedOptions> = {}) =>
    seedCatalog({ db, secrets, clock, makeId, builtIn: { name: 'local', models: [echo] }, providers, ...more })
  const catalog = await openCatalog({ database, secrets })
  t.after(catalog.close)
  const list = async () => {
    await catalog.refresh()
    return listModelItems(catalog.current(), nowMs).map(({ id }) => id)
  }
  const show = async (id: string) => {
    await catalog.refresh()
    return findModelItem(catalog.current(), id, nowMs)
  }
  const offerOf = async (modelId: string) => (await listOffers(db, { modelId, limit: 1 }))[0]!
  const at = new Date(startMs)
  return { db, seed, list, show, offerOf, catalog, makeId, at, pass: (ms: number) => (nowMs += ms) }
}

test('a first start has the built-in models, priced, with nothing configured', async (t) => {
  const { seed, list, show, offerOf } = await start(t)
  assert.deepEqual(await seed(), { modelsAdded: 1, offersAdded: 1, pricesAdded: 2, providersSkipped: [] })
  assert.deepEqual(await list(), ['local/echo'])
  const item = await show('echo')
  assert.deepEqual([item?.pricing_credits.prompt, item?.pricing_credits.completion], ['0.02', '0.04'])
  const offer = await offerOf('local/echo')
  assert.deepEqual(
    [offer.providerShareBps, offer.capabilities],
    [0, { embeddings: false, rerank: false, moderations: false }],
  )
})

test('a configured provider brings the models that it lists and that have a price, at that price and no margin', async (t) => {
  const { db, seed, list, show, offerOf } = await start(t)
  await seed([openai])
  assert.deepEqual(await list(), ['local/echo', 'openai/gpt-4o', 'openai/gpt-4o-mini', 'openai/text-embedding-3-small'])
  assert.equal((await show('gpt-4o'))?.pricing.prompt, '0.0000025')
  const offer = await offerOf('openai/gpt-4o')
  assert.deepEqual([offer.upstreamModel, offer.providerShareBps], ['gpt-4o', 10_000])
  assert.deepEqual((await offerOf('openai/text-embedding-3-small')).capabilities, {
    ...{ chat: false, completions: false, rerank: false, moderations: false },
  })
  const [price] = await listPrices(db, { modelId: 'openai/gpt-4o', limit: 1 })
  assert.match(price!.source, /^genai-prices \d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)/)
})

test('a model that costs more for long prompts is offered for those that its prices hold for', async (t) => {
  const { seed, offerOf } = await start(t)
  await seed([{ ...openai, upstreamModels: ['gpt-4o', 'gpt-5.4'] }])
  assert.equal((await offerOf('openai/gpt-4o')).facts.contextLength, undefined)
  const { contextLength } = (await offerOf('openai/gpt-5.4')).facts
  assert.equal(contextLength, 236_520, 'what a count 15 % above ours still leaves below 272,000')
})

test("OpenAI's moderations are free because its price list says so, and serve nothing else", async (t) => {
  const { db, seed, list, offerOf } = await start(t)
  await seed([{ ...openai, upstreamModels: ['omni-moderation-latest'] }])
  assert.ok((await list()).includes('openai/omni-moderation-latest'))
  const prices = await listPrices(db, { modelId: 'openai/omni-moderation-latest', limit: 5 })
  assert.deepEqual(
    prices.map((price) => [price.class, price.perMillion]),
    [['request', 0n]],
  )
  assert.deepEqual((await offerOf('openai/omni-moderation-latest')).capabilities, {
    ...{ chat: false, completions: false, embeddings: false, rerank: false },
  })
})

test('models that a vendor serves by another API are its models all the same, and each is offered once', async (t) => {
  const { db, seed, list } = await start(t)
  const byResponses = (name: string) => name === 'o3-pro'
  const upstreamModels = ['gpt-4o', 'o3-pro']
  await seed([
    { ...openai, upstreamModels, serves: (name) => !byResponses(name) },
    { ...openai, settings: settings('openai-responses'), upstreamModels, serves: byResponses },
  ])
  assert.deepEqual(await list(), ['local/echo', 'openai/gpt-4o', 'openai/o3-pro'])
  const [offer, ...others] = await listOffers(db, { modelId: 'openai/o3-pro', limit: 5 })
  assert.deepEqual([offer?.providerName, others], ['openai-responses', []])
})

test('a model of two providers has two offers, each at its own price', async (t) => {
  const { db, seed } = await start(t)
  await seed([openai, openrouter])
  const offers = await listOffers(db, { modelId: 'openai/gpt-4o', limit: 10 })
  assert.deepEqual(offers.map(({ providerName, upstreamModel }) => `${providerName} ${upstreamModel}`).toSorted(), [
    'openai gpt-4o',
    'openrouter openai/gpt-4o',
  ])
  for (const { id } of offers) assert.notDeepEqual(await listPrices(db, { offerId: id, limit: 1 }), [])
})

test('every further start, also several at once, changes nothing', async (t) => {
  const { db, seed, catalog } = await start(t)
  await Promise.all([1, 2, 3].map(() => seed([openai, openrouter, ollama])))
  const prices = await listPrices(db, { limit: 100 })
  await catalog.refresh()
  const version = await db
    .withTables<{ catalog_version: { version: bigint } }>()
    .selectFrom('catalog_version')
    .selectAll()
    .execute()
  const nothing = { modelsAdded: 0, offersAdded: 0, pricesAdded: 0, providersSkipped: [] }
  assert.deepEqual(await seed([openai, openrouter, ollama]), nothing)
  assert.deepEqual(await listPrices(db, { limit: 100 }), prices)
  const after = await db
    .withTables<{ catalog_version: { version: bigint } }>()
    .selectFrom('catalog_version')
    .selectAll()
    .execute()
  assert.deepEqual(after, version, 'gateways need not read again')
})

test("models on this machine wait for a price: the operator's or the setting", async (t) => {
  const { db, seed, list, show, makeId, at } = await start(t)
  await seed([ollama])
  assert.deepEqual(await list(), ['local/echo'])
  const perMillion = nanoUsdPerMillion(1_000_000_000n)
  for (const name of ['input', 'output'] as const) {
    await createPrice(db, { id: makeId(), modelId: 'ollama/llama3.2:3b', class: name, perMillion, now: at })
  }
  assert.deepEqual(await list(), ['local/echo', 'ollama/llama3.2:3b'])
  await seed([ollama], { loopbackPrice: { input: '0.1', output: '0.4' } })
  assert.equal((await show('nomic-embed-text:latest'))?.pricing_credits.prompt, '0.2')
  assert.equal((await show('llama3.2:3b'))?.pricing_credits.prompt, '2', "the operator's price stays")
})

test('a provider elsewhere without a price list is never sold at the price of our own hardware', async (t) => {
  const { seed, list, offerOf } = await start(t)
  const remote: SeedProvider = { settings: settings('elsewhere'), upstreamModels: ['big'] }
  await seed([remote, ollama], { loopbackPrice: { input: '0.1', output: '0.4' } })
  assert.deepEqual(await list(), ['local/echo', 'ollama/llama3.2:3b', 'ollama/nomic-embed-text:latest'])
  assert.equal((await offerOf('elsewhere/big')).providerShareBps, 10_000)
  assert.equal((await offerOf('ollama/llama3.2:3b')).providerShareBps, 0)
})

test('a provider that is gone from the environment rests with its models, and is back when it is', async (t) => {
  const { db, seed, list } = await start(t)
  await seed([openai])
  await seed([])
  assert.deepEqual(await list(), ['local/echo'])
  assert.equal((await listProviders(db)).find(({ name }) => name === 'openai')?.available, false)
  await seed([openai])
  assert.equal((await list()).includes('openai/gpt-4o'), true)
})

test('a model that its upstream no longer lists rests; when the upstream does not answer, all stay', async (t) => {
  const { seed, list } = await start(t)
  await seed([openai])
  await seed([{ ...openai, upstreamModels: ['gpt-4o-mini'] }])
  assert.deepEqual(await list(), ['local/echo', 'openai/gpt-4o-mini'])
  await seed([openai])
  const { upstreamModels: _, ...unanswered } = openai
  await seed([unanswered])
  const listed = await list()
  for (const id of ['openai/gpt-4o', 'openai/gpt-4o-mini', 'openai/text-embedding-3-small'])
    assert.ok(listed.includes(id), id)
})

test('a new key in the environment replaces the old one', async (t) => {
  const { db, seed, catalog } = await start(t)
  await seed([openai])
  await seed([{ ...openai, settings: settings('openai', 'sk-2') }])
  const provider = (await listProviders(db)).find(({ name }) => name === 'openai')!
  await catalog.refresh()
  assert.equal(catalog.providerSettings(provider.id)?.apiKey, 'sk-2')
})

test('what the operator changed, priced, disabled or deleted stays so', async (t) => {
  const { db, seed, show, list, offerOf, makeId, at } = await start(t)
  await seed([openai])
  await changeModel(db, 'openai/gpt-4o', { name: 'Ours', aliases: ['best'] }, at)
  await changeOffer(
    db,
    (await offerOf('openai/gpt-4o')).id,
    { providerShareBps: 1, capabilities: { tools: false } },
    at,
  )
  await createPrice(db, {
    id: makeId(),
    modelId: 'openai/gpt-4o',
    class: 'input',
    perMillion: nanoUsdPerMillion(7n),
    now: at,
  })
  await deleteOffer(db, (await offerOf('openai/gpt-4o-mini')).id, at)
  await deleteOffer(db, (await offerOf('openai/text-embedding-3-small')).id, at)
  await deleteModel(db, 'openai/text-embedding-3-small', at)
  await seed([openai])
  const item = await show('best')
  assert.deepEqual([item?.name, item?.pricing.prompt], ['Ours', '0.000000000000007'])
  const offer = await offerOf('openai/gpt-4o')
  assert.deepEqual([offer.providerShareBps, offer.capabilities], [1, { tools: false }])
  assert.deepEqual(await list(), ['local/echo', 'openai/gpt-4o'])
  assert.equal(await findModel(db, 'openai/text-embedding-3-small'), undefined)

  const provider = (await listProviders(db)).find(({ name }) => name === 'openai')!
  await changeProvider(db, provider.id, { disabled: true }, secrets)
  await seed([openai])
  assert.deepEqual(await list(), ['local/echo'])
  await deleteOffer(db, offer.id, at)
  assert.deepEqual(await deleteProvider(db, provider.id, at), { kind: 'deleted' })
  assert.deepEqual((await seed([openai])).providersSkipped, ['openai'])
  assert.deepEqual(
    (await listProviders(db)).map(({ name }) => name),
    ['local'],
  )
})

test("names that the operator gave away before are the operator's", async (t) => {
  const { db, seed, list, makeId, at } = await start(t)
  await createProvider(
    db,
    { id: makeId(), name: 'openrouter', dialect: 'compatible', baseUrl: 'https://x.example', createdAt: at },
    secrets,
  )
  await createModel(db, { id: 'mine/model', aliases: ['openai/gpt-4o'], createdAt: at })
  assert.deepEqual((await seed([openai, openrouter])).providersSkipped, ['openrouter'])
  assert.equal((await list()).includes('openai/gpt-4o'), false)
  assert.equal((await list()).includes('openai/gpt-4o-mini'), true)
})

test('what the seed wrote it keeps up to date', async (t) => {
  const { seed, show, pass } = await start(t)
  await seed()
  pass(1_000)
  const improved = { ...echo, description: 'Better.', usdPerMillion: { input: '0.03', output: '0.02' } }
  const seeded = await seed([], { builtIn: { name: 'local', models: [improved] } })
  assert.deepEqual(seeded, { modelsAdded: 0, offersAdded: 0, pricesAdded: 1, providersSkipped: [] })
  const item = await show('echo')
  assert.deepEqual([item?.description, item?.pricing_credits.prompt], ['Better.', '0.06'])
})

test('a list that announces a price has it stored, and it takes over by the clock alone', async (t) => {
  const { db, seed, show, pass } = await start(t)
  const google: SeedProvider = {
    settings: settings('google'),
    priceListId: 'google',
    upstreamModels: ['gemini-3.6-flash'],
  }
  await seed([google])
  const before = (await show('gemini-3.6-flash'))!.pricing.prompt
  pass(Date.parse('2027-01-01T00:00:00Z') - startMs)
  assert.notEqual((await show('gemini-3.6-flash'))!.pricing.prompt, before)
  assert.equal((await seed([google])).pricesAdded, 0)
  const rows = await listPrices(db, { modelId: 'google/gemini-3.6-flash', limit: 100 })
  assert.deepEqual([...new Set(rows.map(({ validFrom }) => validFrom.toISOString().slice(0, 10)))].toSorted(), [
    '2026-11-22',
    '2027-01-01',
  ])
})

test('a price is added when the list says another than it last said, and only then', () => {
  const now = new Date(10_000)
  const row = (ms: number, nano: bigint) => ({
    class: 'input' as const,
    nano_per_million: nanoUsdPerMillion(nano),
    valid_from: new Date(ms),
  })
  const says = (nano: bigint, validFrom?: Date) => ({
    class: 'input' as const,
    perMillion: nanoUsdPerMillion(nano),
    validFrom,
  })
  const missing = (...args: Parameters<typeof missingPrices>) =>
    missingPrices(...args).map(({ perMillion, validFrom }) => [toUsdPerMillion(perMillion), validFrom.getTime()])
  assert.deepEqual(missing([says(5n)], [], now), [['0.000000005', 10_000]])
  assert.deepEqual(missing([says(5n)], [row(1, 5n)], now), [])
  assert.deepEqual(
    missing([says(5n)], [row(1, 5n), row(2, 6n)], now),
    [['0.000000005', 10_000]],
    'back to an earlier price',
  )
  assert.deepEqual(missing([says(5n), says(7n, new Date(9_000))], [row(1, 5n)], now), [['0.000000007', 10_000]])
  assert.deepEqual(missing([says(5n), says(7n, new Date(11_000))], [row(1, 5n)], now), [['0.000000007', 11_000]])
  assert.deepEqual(missing([says(5n), says(7n, new Date(11_000))], [row(1, 5n), row(11_000, 7n)], now), [])
})
