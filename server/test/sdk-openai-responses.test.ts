/** OpenAI's Responses API, called by OpenAI's own client. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIError, APIUserAbortError, AuthenticationError, BadRequestError, NotFoundError } from 'openai'
import type { JsonObject } from '../src/core/json.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { callPiece, streamed, told, whole } from './support/mock-upstream-turns.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
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
for (const [id, upstreamModel] of [
  ['mock/model', 'model'],
  ['mock/trickle', 'slow-trickle'],
  ['mock/error', 'error-event'],
] as const)
  await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel }] })

const clientOf = ({ key }: Pick<Customer, 'key'>) =>
  new OpenAI({ apiKey: key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const ask = { model: 'local/nano', input: 'What is a hold?', max_output_tokens: 60 }
const lastBody = (): JsonObject => upstream.requests.at(-1)!.body
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const weather = {
  type: 'function',
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const

test('a built-in model answers, and the credits fall by exactly what it says', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const { data, response } = await clientOf(customer).responses.create(ask).withResponse()
  deepEqual([data.object, data.status, data.model], ['response', 'completed', 'local/nano'])
  ok(data.output_text.length > 0)
  ok(data.usage!.input_tokens > 0 && data.usage!.output_tokens > 0)
  const receipt = await customer.receipt({ generation: response.headers.get('x-generation-id')! })
  equal(at(data, 'usage.cost_credits'), receipt['credits'])
  equal((await customer.balance()).spent, receipt['credits'])
})

test('a stream reads as the response that it is, with the same charge', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const client = clientOf(customer)
  const stream = client.responses.stream(ask)
  let text = ''
  stream.on('response.output_text.delta', ({ delta }) => {
    text += delta
  })
  const streamedResponse = await stream.finalResponse()
  const { spent } = await customer.balance()
  equal(at(streamedResponse, 'usage.cost_credits'), spent)
  equal(streamedResponse.output_text, text)
  const asWhole = await client.responses.create(ask)
  equal(asWhole.output_text, text)
  deepEqual(streamedResponse.usage, asWhole.usage)
  deepEqual([streamedResponse.status, streamedResponse.model], [asWhole.status, asWhole.model])
  equal((await customer.balance()).held, '0')
})

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'
  const say = stream ? streamed : whole

  test(
    `a loop of parallel tools and sealed reasoning, ${how}: each item comes back whole, and goes up again`,
    { timeout },
    async () => {
      const customer = await stage.addCustomer('1000000')
      const client = clientOf(customer)
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Weather in Rome and Oslo?' }]
      const request = {
        model: 'mock/model',
        instructions: 'Be brief.',
        tools: [weather],
        include: ['reasoning.encrypted_content' as const],
        reasoning: { effort: 'low' as const },
      }
      upstream.enqueue(
        say(
          [
            { reasoning_details: [{ type: 'reasoning.text', text: 'Two cities.', signature: 'signed' }] },
            { content: 'I look.' },
            { tool_calls: [callPiece(0, 'call_a', '{"city"'), callPiece(1, 'call_b', '{"city":')] },
            { tool_calls: [callPiece(1, '', '"Oslo"}')] },
            { tool_calls: [callPiece(0, '', ':"Rome"}')] },
          ],
          'tool_calls',
        ),
      )
      const asked = { ...request, input }
      const first = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked)
      deepEqual(
        first.output.map(({ type }) => type),
        ['reasoning', 'message', 'function_call', 'function_call'],
      )
      const calls = first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
      deepEqual(
        calls.map(({ name, arguments: args, call_id: id }) => [name, args, id]),
        [
          ['weather', '{"city":"Rome"}', 'call_a'],
          ['weather', '{"city":"Oslo"}', 'call_b'],
        ],
      )
      deepEqual(first.usage!.input_tokens_details, { cached_tokens: 30, cache_write_tokens: 10 })
      deepEqual([first.usage!.input_tokens, first.usage!.output_tokens], [100, 20])
      equal((await customer.balance()).spent, creditsFor(told.units, prices))
      deepEqual([lastBody()['reasoning_effort'], at(lastBody(), 'tools.0.function.name')], ['low', 'weather'])

      input.push(...(first.output as OpenAI.Responses.ResponseInput))
      input.push({ type: 'function_call_output', call_id: 'call_a', output: 'Sunny' })
      input.push({
        type: 'function_call_output',
        call_id: 'call_b',
        output: [
          { type: 'input_text', text: 'Snow' },
          { type: 'input_image', image_url: 'https://a.example/oslo.png' },
        ],
      })
      const second = await client.responses.create(asked)
      equal(second.output_text, 'Hello from the mock upstream')
      const { function: rome, ...callA } = callPiece(0, 'call_a', '{"city":"Rome"}')
      const { function: oslo, ...callB } = callPiece(1, 'call_b', '{"city":"Oslo"}')
      deepEqual(lastBody()['messages'], [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather in Rome and Oslo?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [
            { id: callA.id, type: 'function', function: rome },
            { id: callB.id, type: 'function', function: oslo },
          ],
          reasoning_details: [{ type: 'reasoning.text', text: 'Two cities.', signature: 'signed', index: 0 }],
        },
        { role: 'tool', tool_call_id: 'call_a', content: 'Sunny' },
        { role: 'tool', tool_call_id: 'call_b', content: 'Snow' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Attached to the result of call_b:' },
            { type: 'image_url', image_url: { url: 'https://a.example/oslo.png' } },
          ],
        },
      ])
      equal((await customer.balance()).held, '0')
    },
  )

  test(`a custom tool is called with its text, ${how}`, { timeout }, async () => {
    const client = clientOf(await stage.addCustomer('1000000'))
    const asked = { model: 'mock/model', input: 'Count', tools: [{ type: 'custom' as const, name: 'weather' }] }
    upstream.enqueue(say([{ tool_calls: [callPiece(0, 'c', '{"input":"SELECT 1"}')] }], 'tool_calls'))
    const { output } = stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked)
    const [call] = output
    ok(call?.type === 'custom_tool_call')
    deepEqual([call.name, call.input, call.call_id], ['weather', 'SELECT 1', 'c'])
  })

  test(`an answer that was cut says so, ${how}`, { timeout }, async () => {
    const client = clientOf(await stage.addCustomer('1000000'))
    const asked = { model: 'mock/model', input: 'Hi', max_output_tokens: 2 }
    const cut = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked)
    deepEqual([cut.status, cut.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }])
    deepEqual([cut.output_text, lastBody()['max_tokens']], ['Hello from', 2])
  })
}

test('structured output is asked for with its schema, and parsed', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('1000000'))
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  upstream.enqueue(whole([{ content: '{"city":"Rome"}' }], 'stop'))
  const parsed = await client.responses.parse({
    model: 'mock/model',
    input: 'Where?',
    text: { format: { type: 'json_schema', name: 'place', strict: true, schema } },
  })
  deepEqual(lastBody()['response_format'], {
    type: 'json_schema',
    json_schema: { name: 'place', strict: true, schema },
  })
  deepEqual(JSON.parse(parsed.output_text), { city: 'Rome' })
})

test('images, files and audio go up as parts', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('10000000'))
  await client.responses.create({
    model: 'mock/model',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is it?' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
        ],
      },
    ],
  })
  deepEqual(at(lastBody(), 'messages.0.content'), [
    { type: 'text', text: 'What is it?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'auto' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
  ])
})

test('tokens are counted as the call would count them, and cost nothing', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const client = clientOf(customer)
  const counted = await client.responses.inputTokens.count({ model: 'local/nano', input: 'What is a hold?' })
  equal((await customer.balance()).spent, '0')
  const response = await client.responses.create(ask)
  deepEqual(plain(counted), { object: 'response.input_tokens', input_tokens: response.usage!.input_tokens })
})

test('errors are those that the client knows by name', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const poor = await stage.addCustomer('0')
  const create = (from: Pick<Customer, 'key'>, more: object) => clientOf(from).responses.create({ ...ask, ...more })
  const is = (kind: new (...args: never[]) => Error, code: string) => (error: unknown) =>
    error instanceof kind && error instanceof APIError && error.code === code
  await rejects(create({ key: 'sk-rp-wrong' }, {}), is(AuthenticationError, 'invalid_api_key'))
  await rejects(create(customer, { model: 'no/such' }), is(NotFoundError, 'model_not_found'))
  await rejects(create(customer, { previous_response_id: 'resp_1' }), is(BadRequestError, 'invalid_request'))
  await rejects(create(customer, { tools: [{ type: 'web_search' }] }), (error: unknown) => {
    ok(error instanceof BadRequestError)
    match(error.message, /'web_search'/)
    return error.param === 'tools[0].type'
  })
  await rejects(create(poor, {}), (error: unknown) => {
    ok(error instanceof APIError)
    deepEqual([error.status, error.code], [402, 'insufficient_credits'])
    return true
  })
  upstream.enqueue('server-error')
  await rejects(
    clientOf(customer)
      .responses.stream({ ...ask, model: 'mock/model' })
      .finalResponse(),
    is(APIError, 'upstream_error'),
  )
})

test('what relies on storage is told that there is none', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('1000000'))
  const isUnstored = (error: unknown) => error instanceof NotFoundError && /stored/i.test(error.message)
  await rejects(client.responses.retrieve('resp_1'), isUnstored)
  await rejects(client.responses.delete('resp_1'), isUnstored)
  await rejects(client.responses.cancel('resp_1'), isUnstored)
  await rejects(Array.fromAsync(client.responses.inputItems.list('resp_1')), isUnstored)
  const { response } = await client.responses.create({ ...ask, store: true }).withResponse()
  equal(response.headers.get('x-redpill-warnings'), 'store is left out: responses are not stored for this key')
})

test(
  'an error in mid-stream is an event that the client throws; what came before is charged',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const stream = clientOf(customer).responses.stream({ ...ask, model: 'mock/error' })
    let text = ''
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta
    })
    await rejects(stream.finalResponse(), (error: unknown) => error instanceof APIError && error.code !== null)
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
    const stream = clientOf(customer).responses.stream({ ...ask, max_output_tokens: 5_000, model: 'mock/trickle' })
    stream.on('response.output_text.delta', () => stream.abort())
    await rejects(stream.done(), APIUserAbortError)
    await upstream.waitFor('cancelled', before + 1)
    await eventually('the hold is gone', async () => (await customer.balance()).held === '0')
    ok(Number((await customer.balance()).spent) > 0)
  },
)

test('every cut of the bytes that a provider sends gives the same response', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('1000000'))
  const deltas = [
    { reasoning_content: 'Hm' },
    { content: 'Grüße, 世界 🚀' },
    { tool_calls: [callPiece(0, 'call_a', '{"city":"Zürich"}')] },
  ]
  const asked = { model: 'mock/model', input: 'Hi', tools: [weather] }
  const { deliver } = streamed(deltas, 'tool_calls')
  const bytewise = () => Array.from(Buffer.concat([...deliver()]), (byte) => Buffer.of(byte))
  upstream.enqueue({ deliver }, { deliver: bytewise }, whole(deltas, 'tool_calls'))
  const output = async (response: Promise<OpenAI.Responses.Response>) =>
    (await response).output.map(({ id: _id, ...item }) => plain(item))
  const usual = await output(client.responses.stream(asked).finalResponse())
  deepEqual(await output(client.responses.stream(asked).finalResponse()), usual)
  deepEqual(await output(client.responses.parse(asked)), usual)
})

test('every charge of this file is on the ledger', { timeout }, () => stage.reconcile())
