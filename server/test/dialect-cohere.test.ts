import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { at } from './support/ask.ts'
import { creditsFor } from './support/expected-cost.ts'
import { playApi, recordings } from './support/played-api.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '2.500001', output: '10.000003' }
const recorded = recordings('cohere')

const stage = await openStage({ after })
const api = await playApi({ after })
const customer = await stage.addCustomer('1000000')
const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const providerId = await stage.addUpstream(api, { dialect: 'cohere' })
await stage.addModel({ id: 'command', prices, offers: [{ providerId, upstreamModel: 'command-a-03-2025' }] })
await stage.addModel({ id: 'embed', prices: { input: '0.12' }, offers: [{ providerId, upstreamModel: 'embed-v4.0' }] })
await stage.addModel({
  id: 'rank',
  prices: { request: '2000' },
  offers: [{ providerId, upstreamModel: 'rerank-v3.5' }],
})

const model = 'command'
const messages = [{ role: 'user' as const, content: 'Hi' }]
const sent = () => api.requests.at(-1)!

test('a chat is answered and charged by what Cohere bills, whole and streamed', { timeout }, async () => {
  const cost = creditsFor({ input: 5, output: 9 }, prices)
  api.next(recorded.whole('text'), recorded.stream('text'))
  const whole = await client.chat.completions.create({ model, messages, max_tokens: 50 })
  deepEqual([whole.choices[0]?.message.content, whole.model], ['Grüße, 世界 👋', 'command'])
  equal(at(whole, 'usage.cost_credits'), cost)
  const { url, headers, body } = sent()
  deepEqual([url, headers['authorization']], ['/v2/chat', `Bearer ${upstreamKey}`])
  deepEqual(body, { model: 'command-a-03-2025', messages, max_tokens: 50 })
  const chunks = await Array.fromAsync(
    await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }),
  )
  equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Grüße, 世界 👋')
  equal(at(chunks.at(-1), 'usage.cost_credits'), cost)
})

test('tools are called and answered, streamed too', { timeout }, async () => {
  const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }]
  api.next(recorded.stream('tools'), recorded.whole('text'))
  const first = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
  const message = first.choices[0]!.message
  const calls = (message.tool_calls ?? []).filter((call) => call.type === 'function')
  deepEqual(
    calls.map(({ id, function: called }) => [id, called.name, called.arguments]),
    [
      ['weather_a', 'weather', '{"city": "Paris"}'],
      ['now_b', 'now', '{}'],
    ],
  )
  const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'Rain' }))
  await client.chat.completions.create({ model, messages: [...messages, message, ...results], tools })
  deepEqual(
    (sent().body['messages'] as readonly { role: string; tool_plan?: string }[]).map(({ role, tool_plan: plan }) => [
      role,
      plan,
    ]),
    [
      ['user', undefined],
      ['assistant', 'I will look both up.'],
      ['tool', undefined],
      ['tool', undefined],
    ],
  )
})

test("embeddings reach OpenAI's client as numbers, and are charged by token", { timeout }, async () => {
  api.next(recorded.whole('embed'), recorded.whole('embed'))
  const usual = await client.embeddings.create({ model: 'embed', input: ['a', 'b'] })
  deepEqual(
    usual.data.map(({ embedding }) => [...embedding]),
    [
      [0.5, -0.25],
      [1, 0],
    ],
  )
  deepEqual(sent().body['texts'], ['a', 'b'])
  const floats = await client.embeddings.create({ model: 'embed', input: 'a', encoding_format: 'float' })
  deepEqual(floats.data[0]?.embedding, [0.5, -0.25])
  equal(at(floats, 'usage.cost_credits'), creditsFor({ input: 3 }, { input: '0.12' }))
})

test(
  'a ranking is charged by its search units, and has the documents that Cohere does not send back',
  { timeout },
  async () => {
    api.next(recorded.whole('rerank'))
    const answer = await customer.ask('/v1/rerank', { model: 'rank', query: 'q', documents: ['a', { text: 'b' }] })
    const cost = creditsFor({ request: 1 }, { request: '2000' })
    deepEqual(
      [at(answer.json, 'id'), at(answer.json, 'model'), at(answer.json, 'usage.cost_credits')],
      ['r-1', 'rank', cost],
    )
    deepEqual(at(answer.json, 'results'), [
      { index: 1, relevance_score: 0.98, document: { text: 'b' } },
      { index: 0, relevance_score: 0.01, document: { text: 'a' } },
    ])
    deepEqual(sent().body, { model: 'rerank-v3.5', query: 'q', documents: ['a', 'b'] })
  },
)

test(
  'a failure moves on, an error of the request is told, and a wrong endpoint is refused without asking',
  { timeout },
  async () => {
    await stage.addModel({
      id: 'twice',
      offers: [
        { providerId, upstreamModel: 'first', prices },
        { providerId, upstreamModel: 'second', prices: { input: '3', output: '11' } },
      ],
    })
    for (const failure of [{ status: 429, json: { message: 'Slow down' } }, recorded.stream('failed')]) {
      api.next(failure, recorded.stream('text'))
      match((await customer.chat({ model: 'twice', stream: true })).text, /世界/)
    }
    api.next({ status: 422, json: { id: 'x', message: "field 'messages' is wrong" } })
    const refused = await customer.chat({ model })
    deepEqual([refused.status, at(refused.json, 'error.message')], [400, "field 'messages' is wrong"])
    const before = api.requests.length
    const moderated = await customer.ask('/v1/moderations', { model, input: 'x' })
    equal(moderated.status, 400)
    match(String(at(moderated.json, 'error.message')), /moderations/)
    equal(api.requests.length, before)
    ok(!stage.everythingSaid().includes(upstreamKey))
  },
)

test('a caller who leaves takes the upstream along', { timeout }, async () => {
  api.next({ ...recorded.stream('text', 'content-delta'), stalls: true })
  const stream = await client.chat.completions.create({ model, messages, stream: true })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  stream.controller.abort()
  await api.abandoned(1)
})

test('the ledger is whole after all of it', { timeout }, async () => {
  await stage.reconcile()
})
