/** Anthropic's Messages API, called by Anthropic's own client. */
import Anthropic from '@anthropic-ai/sdk'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import type { JsonObject } from '../src/core/json.ts'
import { event, json } from './support/mock-upstream-answers.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { openStage } from './support/stage.ts'

const prices: PriceTexts = {
  input: '3.000001',
  cached_input: '0.3',
  cache_write: '3.75',
  output: '15',
  reasoning: '15',
}
const timeout = 60_000

const stage = await openStage({ after })
const upstream = await startMockUpstream({ after })
const providerId = await stage.addUpstream(upstream)
await stage.addModel({ id: 'mock/model', prices, offers: [{ providerId, upstreamModel: 'model' }] })
await stage.addModel({ id: 'mock/trickle', prices, offers: [{ providerId, upstreamModel: 'slow-trickle' }] })
await stage.addModel({ id: 'mock/error', prices, offers: [{ providerId, upstreamModel: 'error-event' }] })
const newestId = await stage.addUpstream(upstream, { dialect: 'openai' })
await stage.addModel({ id: 'mock/newest', prices, offers: [{ providerId: newestId, upstreamModel: 'model' }] })

const clientOf = ({ key }: Pick<Customer, 'key'>) =>
  new Anthropic({ apiKey: key, baseURL: stage.server().url, maxRetries: 0 })
const ask: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'local/nano',
  max_tokens: 60,
  messages: [{ role: 'user', content: 'What is a hold?' }],
}
const lastBody = (): JsonObject => upstream.requests.at(-1)!.body

/** An answer of the upstream: these chunks' deltas, or the message that they make up. */
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 5 },
}
const units = { input: 60, cached_input: 30, cache_write: 10, output: 15, reasoning: 5 }

const streamed = (deltas: readonly object[], finish: string): Behaviour => ({
  deliver: () => [
    ...deltas.map((delta) => event({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }] })),
    event({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: finish }] }),
    event({ id: 'c', choices: [], usage }),
    Buffer.from('data: [DONE]\n\n'),
  ],
})

const whole = (message: object, finish: string): Behaviour => ({
  deliver: () => [json({ id: 'c', choices: [{ index: 0, message, finish_reason: finish }], usage })],
})

const callOf = (index: number, id: string, args: string) => ({
  index,
  ...(id !== '' && { id, type: 'function' }),
  function: { ...(id !== '' && { name: 'weather' }), arguments: args },
})

const weather = {
  name: 'weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
} as const

test('a built-in model answers a message, and the credits fall by exactly what it says', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const { data, response, request_id: requestId } = await clientOf(customer).messages.create(ask).withResponse()
  deepEqual([data.type, data.role, data.model], ['message', 'assistant', 'local/nano'])
  const [block] = data.content
  ok(block?.type === 'text' && block.text.length > 0)
  ok(data.stop_reason === 'end_turn' || data.stop_reason === 'max_tokens')
  ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0)
  const receipt = await customer.receipt({ generation: response.headers.get('x-generation-id')! })
  equal(at(data, 'usage.cost_credits'), receipt['credits'])
  equal((await customer.balance()).spent, receipt['credits'])
  equal(requestId, response.headers.get('x-request-id'))
})

test('a stream reads as the message that it is, with the same charge', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const stream = clientOf(customer).messages.stream(ask)
  let text = ''
  stream.on('text', (piece) => {
    text += piece
  })
  let cost: unknown
  stream.on('streamEvent', (part) => {
    if (part.type === 'message_delta') cost = at(part.usage, 'cost_credits')
  })
  const message = await stream.finalMessage()
  equal(await stream.finalText(), text)
  ok(text.length > 0)
  const plain = await clientOf(customer).messages.create(ask)
  deepEqual(message.content, plain.content)
  equal(message.usage.output_tokens, plain.usage.output_tokens)
  equal(cost, at(plain.usage, 'cost_credits'))
  deepEqual([message.stop_reason, message.model], [plain.stop_reason, plain.model])
  equal((await customer.balance()).held, '0')
})

test('what is said to an echo comes back', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const content: Anthropic.TextBlockParam[] = [
    { type: 'text', text: 'Grüße, 世界 🚀 ' },
    { type: 'text', text: 'and more' },
  ]
  const echo = { model: 'local/echo', max_tokens: 100, messages: [{ role: 'user' as const, content }] }
  const plain = await clientOf(customer).messages.create(echo)
  equal(plain.content[0]?.type === 'text' && plain.content[0].text, 'Grüße, 世界 🚀 and more')
})

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'

  test(
    `a loop of parallel tools and thinking, ${how}: each block comes back whole, and goes up again`,
    { timeout },
    async () => {
      const customer = await stage.addCustomer('1000000')
      const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather in Rome and Oslo?' }]
      const params = {
        model: 'mock/model',
        max_tokens: 5_000,
        tools: [{ ...weather, cache_control: { type: 'ephemeral' } }],
        thinking: { type: 'enabled', budget_tokens: 2_000 },
      } satisfies Partial<Anthropic.MessageCreateParams>
      const details = [{ type: 'reasoning.text', text: 'Two cities.', signature: 'signed' }]
      upstream.enqueue(
        stream
          ? streamed(
              [
                { role: 'assistant', content: '' },
                { reasoning_details: [{ type: 'reasoning.text', text: 'Two ' }] },
                { reasoning_details: [{ type: 'reasoning.text', text: 'cities.', signature: 'signed' }] },
                { content: 'I look.' },
                { tool_calls: [callOf(0, 'call_a', '{"city"'), callOf(1, 'call_b', '{"city":')] },
                { tool_calls: [callOf(1, '', '"Oslo"}')] },
                { tool_calls: [callOf(0, '', ':"Rome"}')] },
              ],
              'tool_calls',
            )
          : whole(
              {
                role: 'assistant',
                content: 'I look.',
                reasoning_details: details,
                tool_calls: [callOf(0, 'call_a', '{"city":"Rome"}'), callOf(1, 'call_b', '{"city":"Oslo"}')],
              },
              'tool_calls',
            ),
      )
      const request = { ...params, messages }
      const client = clientOf(customer)
      const first = stream
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request)
      equal(first.stop_reason, 'tool_use')
      const caller = { type: 'direct' }
      deepEqual(JSON.parse(JSON.stringify(first.content)), [
        { type: 'thinking', thinking: 'Two cities.', signature: 'signed' },
        { type: 'text', text: 'I look.', citations: null },
        { type: 'tool_use', id: 'call_a', name: 'weather', input: { city: 'Rome' }, caller },
        { type: 'tool_use', id: 'call_b', name: 'weather', input: { city: 'Oslo' }, caller },
      ])
      deepEqual(
        [first.usage.input_tokens, first.usage.cache_read_input_tokens, first.usage.cache_creation_input_tokens],
        [60, 30, 10],
      )
      equal((await customer.balance()).spent, creditsFor(units, prices))
      equal(at(lastBody(), 'tools.0.function.name'), 'weather')
      deepEqual([lastBody()['max_tokens'], lastBody()['max_completion_tokens']], [5_000, undefined])

      messages.push({ role: 'assistant', content: first.content })
      messages.push({
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_a', content: 'Sunny' },
          { type: 'tool_result', tool_use_id: 'call_b', content: [{ type: 'text', text: 'Snow' }] },
        ],
      })
      const second = await client.messages.create(request)
      equal(second.stop_reason, 'end_turn')
      deepEqual(lastBody()['messages'], [
        { role: 'user', content: 'Weather in Rome and Oslo?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
            { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
          ],
          reasoning_details: [{ ...details[0], index: 0 }],
        },
        { role: 'tool', tool_call_id: 'call_a', content: 'Sunny' },
        { role: 'tool', tool_call_id: 'call_b', content: 'Snow' },
      ])
      equal((await customer.balance()).held, '0')
    },
  )
}

test('what goes up is what the provider knows; the rest is told', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const thinking = { type: 'enabled' as const, budget_tokens: 1_024 }
  const more = { model: 'mock/newest', max_tokens: 2_000, system: 'Be brief.', top_k: 3, thinking }
  const { response } = await clientOf(customer)
    .messages.create({ ...ask, ...more })
    .withResponse()
  deepEqual(lastBody(), {
    model: 'model',
    max_completion_tokens: 2_000,
    messages: [{ role: 'system', content: 'Be brief.' }, ...ask.messages],
    reasoning_effort: 'low',
  })
  equal(
    response.headers.get('x-redpill-warnings'),
    'reasoning.max_tokens is left out: the provider knows reasoning_effort only; top_k is left out: the provider does not know it',
  )
})

test('tokens are counted as the call would count them, and cost nothing', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const client = clientOf(customer)
  const { max_tokens: _bound, ...prompt } = ask
  const counted = await client.messages.countTokens(prompt)
  equal((await customer.balance()).spent, '0')
  const message = await client.messages.create(ask)
  deepEqual(counted, { input_tokens: message.usage.input_tokens })
  const long = await client.messages.countTokens({
    model: 'mock/model',
    system: 'one two three four',
    messages: [{ role: 'user', content: 'five six seven eight' }],
  })
  ok(long.input_tokens >= 8 && long.input_tokens < 40, `${long.input_tokens}`)
  await rejects(
    clientOf({ key: 'sk-rp-wrong' }).messages.countTokens({ ...prompt, messages: [] }),
    Anthropic.AuthenticationError,
  )
})

test('errors are those that the client knows by name', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const poor = await stage.addCustomer('0')
  const create = (from: Pick<Customer, 'key'>, more: object) => clientOf(from).messages.create({ ...ask, ...more })
  const is = (kind: new (...args: never[]) => Error, type: string, code: string) => (error: unknown) => {
    ok(error instanceof kind && error instanceof Anthropic.APIError)
    deepEqual([error.type, error.errorCode], [type, code])
    ok(typeof error.requestID === 'string')
    equal(at(error.error, 'request_id'), error.requestID)
    return true
  }
  const wrongKey = { key: `${customer.key.slice(0, -1)}${customer.key.endsWith('a') ? 'b' : 'a'}` }
  await rejects(create(wrongKey, {}), is(Anthropic.AuthenticationError, 'authentication_error', 'invalid_api_key'))
  await rejects(
    create(customer, { model: 'no/such' }),
    is(Anthropic.NotFoundError, 'not_found_error', 'model_not_found'),
  )
  await rejects(
    create(customer, { messages: [] }),
    is(Anthropic.BadRequestError, 'invalid_request_error', 'invalid_request'),
  )
  await rejects(create(poor, {}), (error: unknown) => {
    ok(error instanceof Anthropic.APIError)
    deepEqual([error.status, error.type, error.errorCode], [402, 'billing_error', 'insufficient_credits'])
    return at(error.error, 'error.metadata.available_credits') === '0'
  })
  upstream.enqueue('server-error')
  await rejects(
    create(customer, { model: 'mock/model' }),
    is(Anthropic.InternalServerError, 'api_error', 'upstream_error'),
  )
  upstream.enqueue('rate-limited')
  await rejects(
    create(customer, { model: 'mock/model' }),
    is(Anthropic.RateLimitError, 'rate_limit_error', 'rate_limit_exceeded'),
  )
})

test(
  'an error in mid-stream is an event that the client throws; what came before is charged',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const stream = clientOf(customer).messages.stream({ ...ask, model: 'mock/error' })
    let text = ''
    stream.on('text', (piece) => {
      text += piece
    })
    await rejects(
      stream.finalMessage(),
      (error: unknown) => error instanceof Anthropic.APIError && error.type === 'api_error',
    )
    equal(text, 'Hello from the')
    const { held, spent } = await customer.balance()
    equal(held, '0')
    ok(Number(spent) > 0)
  },
)

test(
  'a stream that its caller leaves is cancelled upstream, charged for what came, and nothing stays held',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const before = upstream.cancelledCount()
    const stream = clientOf(customer).messages.stream({
      ...ask,
      messages: [...ask.messages],
      max_tokens: 5_000,
      model: 'mock/trickle',
    })
    stream.on('text', () => stream.abort())
    await rejects(stream.done(), Anthropic.APIUserAbortError)
    await upstream.waitFor('cancelled', before + 1)
    await eventually('the hold is gone', async () => (await customer.balance()).held === '0')
    ok(Number((await customer.balance()).spent) > 0)
  },
)

test('what could not be said is told in a header, and refused when the caller is strict', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const body = { ...ask, model: 'mock/model', context_management: { edits: [{ type: 'x' }] }, seed: 1 }
  const told = await customer.ask('/v1/messages', body, { headers: { 'anthropic-version': '2023-06-01' } })
  equal(told.status, 200, told.text)
  equal(told.headers.get('x-redpill-warnings'), 'context_management is left out; seed is left out')
  const strict = await customer.ask('/v1/messages', { ...body, strict: true })
  deepEqual([strict.status, at(strict.json, 'error.type')], [400, 'invalid_request_error'])
})

test(
  'a beta that is not done here is told in a header, and refused when the caller is strict',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const headers = { 'anthropic-beta': 'context-1m-2025-08-07, prompt-caching-2024-07-31,files-api-2025-04-14' }
    const told = await customer.ask('/v1/messages', ask, { headers })
    equal(told.status, 200, told.text)
    deepEqual(told.headers.get('x-redpill-warnings')?.split('; '), [
      'anthropic-beta context-1m-2025-08-07 is left out: betas are not passed on',
      'anthropic-beta files-api-2025-04-14 is left out: betas are not passed on',
    ])
    const strict = await customer.ask('/v1/messages', { ...ask, strict: true }, { headers })
    deepEqual([strict.status, at(strict.json, 'error.type')], [400, 'invalid_request_error'])
    const settled = { 'anthropic-beta': 'prompt-caching-2024-07-31' }
    const plain = await customer.ask('/v1/messages', { ...ask, strict: true }, { headers: settled })
    deepEqual([plain.status, plain.headers.get('x-redpill-warnings')], [200, null])
  },
)

test("the key may come as Anthropic's clients used to send it", { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const response = await fetch(`${stage.server().url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': customer.key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify(ask),
  })
  equal(at(await response.json(), 'type'), 'message')
})
