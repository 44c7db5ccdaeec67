import { deepEqual, equal, match } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { at } from './support/ask.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { json } from './support/mock-upstream-answers.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const byToken = { input: '0.050001' }
const bySearch = { request: '2000' }
const documents = ['Paris is in France.', { text: 'Berlin is in Germany.' }, { title: 'Rome', text: 'In Italy.' }]
const question = { query: 'Where is Rome?', documents }

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
const offers = [{ providerId, upstreamModel: 'normal' }]

test(
  'a ranking has its documents, its model as callers name it, and is charged by its tokens',
  { timeout },
  async () => {
    await stage.addModel({ id: 'ranker', prices: byToken, offers })
    const customer = await stage.addCustomer('1000000')
    const answer = await customer.ask('/v1/rerank', { model: 'ranker', ...question, top_n: 2 })
    const cost = creditsFor({ input: 11 }, byToken)
    deepEqual(answer.json, {
      id: answer.generation,
      model: 'ranker',
      usage: { total_tokens: 11, cost: Number(cost) * 5e-7, cost_credits: cost },
      results: [
        { index: 2, relevance_score: 0.3, document: { title: 'Rome', text: 'In Italy.' } },
        { index: 1, relevance_score: 0.2, document: { text: 'Berlin is in Germany.' } },
      ],
    })
    deepEqual(mock.requests.at(-1)?.body, {
      ...{ model: 'normal', query: question.query, top_n: 2 },
      documents: ['Paris is in France.', 'Berlin is in Germany.', { title: 'Rome', text: 'In Italy.' }],
    })
    const receipt = await customer.receipt(answer)
    deepEqual(
      [receipt['api_type'], receipt['credits'], receipt['units'], receipt['usage_source']],
      ['rerank', cost, { input: 11, request: 1 }, 'provider'],
    )
  },
)

test('documents that are not wanted stay away', { timeout }, async () => {
  await stage.addModel({ id: 'terse', prices: byToken, offers })
  const customer = await stage.addCustomer('1000000')
  const answer = await customer.ask('/v2/rerank', { model: 'terse', ...question, top_n: 1, return_documents: false })
  deepEqual(at(answer.json, 'results'), [{ index: 2, relevance_score: 0.3 }])
})

const cohere = (searchUnits: number) => ({
  deliver: () => [
    json({
      id: 'co-1',
      results: [{ index: 0, relevance_score: 0.7 }],
      meta: { api_version: { version: '2' }, billed_units: { search_units: searchUnits } },
    }),
  ],
})

test('search units are charged as requests, exactly as many as the provider tells', { timeout }, async () => {
  await stage.addModel({ id: 'searcher', prices: bySearch, offers })
  const customer = await stage.addCustomer('1000000')
  mock.enqueue(cohere(3))
  const answer = await customer.ask('/v1/rerank', {
    ...{ model: 'searcher', query: 'q', documents: Array.from({ length: 201 }, (_, index) => `document ${index}`) },
  })
  const cost = creditsFor({ request: 3 }, bySearch)
  deepEqual(
    [at(answer.json, 'id'), at(answer.json, 'usage.search_units'), at(answer.json, 'usage.cost_credits')],
    ['co-1', 3, cost],
  )
  deepEqual(at(answer.json, 'results'), [{ index: 0, relevance_score: 0.7, document: { text: 'document 0' } }])
  const receipt = await customer.receipt(answer)
  deepEqual([receipt['credits'], receipt['units']], [cost, { request: 3 }])
})

test('a ranking whose search units may cost more than there is starts nothing', { timeout }, async () => {
  await stage.addModel({ id: 'dear', prices: bySearch, offers })
  const customer = await stage.addCustomer('4000')
  const sent = mock.requests.length
  const many = Array.from({ length: 101 }, () => 'a document')
  const refused = await customer.ask('/v1/rerank', { model: 'dear', query: 'q', documents: many })
  deepEqual([refused.status, at(refused.json, 'error.code')], [402, 'insufficient_credits'])
  equal(mock.requests.length, sent)
  mock.enqueue(cohere(1))
  equal((await customer.ask('/v1/rerank', { model: 'dear', query: 'q', documents: ['a'] })).status, 200)
  equal((await customer.balance()).available, '0')
})

test('tokens that the provider does not tell are counted, the query with every document', { timeout }, async () => {
  await stage.addModel({ id: 'untold', prices: byToken, offers })
  const customer = await stage.addCustomer('1000000')
  mock.enqueue({ answer: { usage: 'none' } }, { answer: { usage: 'none' } })
  const tokensFor = async (count: number) => {
    const asked = { model: 'untold', query: 'one two three', documents: Array.from({ length: count }, () => 'four') }
    const answer = await customer.ask('/v1/rerank', asked)
    equal(at(answer.json, 'usage.usage_source'), 'counted')
    equal((await customer.receipt(answer))['usage_source'], 'counted')
    return at(answer.json, 'usage.total_tokens')
  }
  deepEqual([await tokensFor(1), await tokensFor(3)], [4, 12])
})

test('what judges without any price is refused; output has nothing to do with it', { timeout }, async () => {
  await stage.addModel({ id: 'priceless', prices: { output: '5' }, offers })
  const customer = await stage.addCustomer('1000000')
  for (const [path, body] of [
    ['/v1/rerank', question],
    ['/v1/moderations', { input: 'Hi' }],
  ] as const) {
    const answer = await customer.ask(path, { model: 'priceless', ...body })
    deepEqual([answer.status, at(answer.json, 'error.code')], [503, 'model_unpriced'])
    match(String(at(answer.json, 'error.message')), /input/)
  }
})

test('a request that makes no sense is refused by the name of its field', { timeout }, async () => {
  await stage.addModel({ id: 'strict-ranker', prices: byToken, offers })
  const customer = await stage.addCustomer('1000000')
  const cases: readonly (readonly [string, object, string])[] = [
    ['/v1/rerank', { documents }, 'query'],
    ['/v1/rerank', { query: '', documents }, 'query'],
    ['/v1/rerank', { query: 'q' }, 'documents'],
    ['/v1/rerank', { query: 'q', documents: [] }, 'documents'],
    ['/v1/rerank', { query: 'q', documents: ['a', 7] }, 'documents[1]'],
    ['/v1/rerank', { query: 'q', documents, top_n: 0 }, 'top_n'],
    ['/v1/moderations', {}, 'input'],
    ['/v1/moderations', { input: [] }, 'input'],
    ['/v1/moderations', { input: ['a', 7] }, 'input'],
  ]
  for (const [path, body, param] of cases) {
    const answer = await customer.ask(path, { model: 'strict-ranker', ...body })
    deepEqual([answer.status, at(answer.json, 'error.param')], [400, param], JSON.stringify(body))
  }
})

test('a ranking fails over like every call, and one that fails everywhere costs nothing', { timeout }, async () => {
  const second = await startMockUpstream({ after })
  const other = await stage.addUpstream(second)
  const two = [
    { providerId, upstreamModel: 'normal', prices: byToken },
    { providerId: other, upstreamModel: 'normal', prices: { input: '9' } },
  ]
  await stage.addModel({ id: 'twice', offers: two })
  const customer = await stage.addCustomer('1000000')
  mock.enqueue('server-error', { deliver: () => [json({ nothing: true })] })
  second.enqueue('normal', 'server-error')
  equal((await customer.ask('/v1/rerank', { model: 'twice', ...question })).status, 200)
  const { spent } = await customer.balance()
  const failed = await customer.ask('/v1/rerank', { model: 'twice', ...question })
  equal(failed.status, 502)
  equal((await customer.balance()).spent, spent)
})

test(
  "OpenAI's own client moderates without naming a model, for nothing, on an account without credits",
  { timeout },
  async () => {
    await stage.addModel({ id: 'openai/omni-moderation-latest', prices: { request: '0' }, offers })
    const customer = await stage.addCustomer('0')
    const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
    const { data, response } = await client.moderations.create({ input: ['one', 'two'] }).withResponse()
    equal(data.results.length, 2)
    equal(data.model, 'openai/omni-moderation-latest')
    const generation = response.headers.get('x-generation-id') ?? ''
    const receipt = await customer.receipt({ generation })
    deepEqual(
      [receipt['api_type'], receipt['credits'], receipt['units'], receipt['model']],
      ['moderations', '0', { request: 1 }, 'openai/omni-moderation-latest'],
    )
    const pictured = [{ type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } }]
    equal((await client.moderations.create({ input: pictured })).results.length, 1)
  },
)

test('moderations that cost are charged by the tokens that are counted', { timeout }, async () => {
  await stage.addModel({ id: 'paid-moderation', prices: { input: '1' }, offers })
  const customer = await stage.addCustomer('1000000')
  const answer = await customer.ask('/v1/moderations', { model: 'paid-moderation', input: 'one two three' })
  equal(at(answer.json, 'usage.cost_credits'), creditsFor({ input: 3 }, { input: '1' }))
})

test('the ledger is whole after all of it', { timeout }, async () => {
  await stage.reconcile()
})
