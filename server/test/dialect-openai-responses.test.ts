import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { playApi, recordings } from './support/played-api.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '1.250001', cached_input: '0.125', output: '10.000003', reasoning: '11' }
const recorded = recordings('openai-responses')

const stage = await openStage({ after })
const api = await playApi({ after })
const customer = await stage.addCustomer('1000000')
const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const providerId = await stage.addUpstream({ baseUrl: `${api.baseUrl}/v1` }, { dialect: 'openai-responses' })
await stage.addModel({ id: 'm', prices, offers: [{ providerId, upstreamModel: 'gpt-5.1' }] })

const model = 'm'
const messages = [{ role: 'user' as const, content: 'Hi' }]
const sent = () => api.requests.at(-1)!

/** What the recorded answers cost: their figures as disjoint classes. */
const costs = {
  text: creditsFor({ input: 15, cached_input: 16, output: 9 }, prices),
  tools: creditsFor({ input: 56, cached_input: 64, output: 37, reasoning: 40 }, prices),
  reasoning: creditsFor({ input: 20, output: 10, reasoning: 300 }, prices),
}

test(
  'a plain answer is a chat completion, charged exactly, and the request nothing but what was asked',
  { timeout },
  async () => {
    api.next(recorded.whole('text'))
    const { data, response } = await client.chat.completions.create({ model, messages, max_tokens: 50 }).withResponse()
    equal(data.choices[0]?.message.content, 'Grüße, 世界 👋!')
    deepEqual([data.model, data.object, data.choices[0]?.finish_reason], ['m', 'chat.completion', 'stop'])
    equal(at(data, 'usage.cost_credits'), costs.text)
    equal(at(data, 'usage.native_usage'), undefined, 'the figures of the provider itself are for the receipt')
    const receipt = await customer.receipt({ generation: response.headers.get('x-generation-id') ?? '' })
    deepEqual(
      [receipt['credits'], receipt['usage_source'], receipt['upstream_id']],
      [costs.text, 'provider', 'resp_text'],
    )
    const { url, headers, body } = sent()
    deepEqual([url, headers['authorization']], ['/v1/responses', `Bearer ${upstreamKey}`])
    deepEqual(body, {
      model: 'gpt-5.1',
      input: messages,
      max_output_tokens: 50,
      store: false,
      include: ['reasoning.encrypted_content'],
    })
  },
)

test('a stream is one of chat completions, with its usage where it is asked for', { timeout }, async () => {
  api.next(recorded.stream('text'), recorded.stream('text'))
  const stream = await client.chat.completions.create({
    ...{ model, messages, stream: true, stream_options: { include_usage: true } },
  })
  const chunks = await Array.fromAsync(stream)
  equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Grüße, 世界 👋!')
  ok(chunks.every((chunk) => chunk.model === 'm'))
  equal(chunks.findLast(({ choices }) => choices.length > 0)?.choices[0]?.finish_reason, 'stop')
  equal(at(chunks.at(-1), 'usage.cost_credits'), costs.text)
  equal(sent().body['stream'], true)
  const silent = await Array.fromAsync(await client.chat.completions.create({ model, messages, stream: true }))
  ok(silent.every(({ usage }) => usage === undefined || usage === null))
})

const tools: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
]

test(
  'tools that are called side by side come back as such, and a round gives their reasoning back',
  { timeout },
  async () => {
    for (const stream of [false, true]) {
      api.next(stream ? recorded.stream('tools') : recorded.whole('tools'))
      const first = stream
        ? await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
        : await client.chat.completions.create({ model, messages, tools, parallel_tool_calls: true })
      const choice = first.choices[0]!
      equal(choice.finish_reason, 'tool_calls')
      const calls = (choice.message.tool_calls ?? []).filter((call) => call.type === 'function')
      deepEqual(
        calls.map(({ id, function: called }) => [id, called.name, called.arguments]),
        [
          ['call_a', 'weather', '{"city":"Paris"}'],
          ['call_b', 'weather', '{"city":"Östersund"}'],
        ],
      )
      if (stream) continue
      api.next(recorded.whole('text'))
      const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'Rain' }))
      await client.chat.completions.create({ model, messages: [...messages, choice.message, ...results], tools })
      const input = sent().body['input'] as readonly { type?: string; encrypted_content?: string; call_id?: string }[]
      deepEqual(
        input.map(({ type, call_id: call }) => [type, call]),
        [
          [undefined, undefined],
          ['reasoning', undefined],
          ['message', undefined],
          ['function_call', 'call_a'],
          ['function_call', 'call_b'],
          ['function_call_output', 'call_a'],
          ['function_call_output', 'call_b'],
        ],
      )
      equal(input[1]?.encrypted_content, 'gAAAAABfinal-1==')
    }
  },
)

test('reasoning is charged at its own price', { timeout }, async () => {
  api.next(recorded.whole('reasoning'))
  const answer = await customer.chat({ model, reasoning: { effort: 'high' } })
  equal(at(answer.json, 'choices.0.message.reasoning'), 'Hm.')
  equal(at(answer.json, 'usage.cost_credits'), costs.reasoning)
  deepEqual(sent().body['reasoning'], { effort: 'high', summary: 'auto' })
})

test('a schema and a picture reach the model as this API has them', { timeout }, async () => {
  api.next(recorded.whole('text'))
  const schema = { name: 'answer', strict: true, schema: { type: 'object', properties: {} } }
  const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } }
  await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }, image] }],
    response_format: { type: 'json_schema', json_schema: schema },
  })
  deepEqual(sent().body['text'], { format: { type: 'json_schema', ...schema } })
  const asked = at(sent().body, 'input.0.content.1')
  deepEqual(asked, { type: 'input_image', image_url: image.image_url.url, detail: 'auto' })
})

test('what is asked by the Responses API and answered by it keeps its encrypted reasoning', { timeout }, async () => {
  api.next(recorded.whole('tools'), recorded.whole('text'))
  const include: OpenAI.Responses.ResponseIncludable[] = ['reasoning.encrypted_content']
  const known = [{ type: 'function' as const, name: 'weather', parameters: {}, strict: false }]
  const asked = {
    model,
    store: false,
    include,
    tools: known,
    reasoning: { effort: 'high', summary: 'detailed' } as const,
  }
  const first = await client.responses.create({ ...asked, input: 'Hi' })
  deepEqual(sent().body['reasoning'], { effort: 'high', summary: 'detailed' })
  const input = [
    { role: 'user' as const, content: 'Hi' },
    ...first.output,
    ...['call_a', 'call_b'].map((call_id) => ({ type: 'function_call_output' as const, call_id, output: 'Rain' })),
  ] as OpenAI.Responses.ResponseInput
  await client.responses.create({ ...asked, input })
  deepEqual(at(sent().body, 'input.1'), {
    type: 'reasoning',
    id: 'rs_1',
    summary: [
      { type: 'summary_text', text: '**Planning**\n\nTwo cities.' },
      { type: 'summary_text', text: '**Calling**' },
    ],
    encrypted_content: 'gAAAAABfinal-1==',
  })
})

test('a caller who leaves takes the upstream along, and pays for what came', { timeout }, async () => {
  api.next({ ...recorded.stream('text', 'response.output_text.delta'), stalls: true })
  const stream = await client.chat.completions.create({ model, messages, stream: true })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  stream.controller.abort()
  await api.abandoned(1)
  const newest = async () => (await customer.receipts())[0]
  await eventually('the call is settled', async () => (await newest())?.['state'] === 'aborted')
  const receipt = await newest()
  equal(receipt?.['usage_source'], 'counted')
  ok(Number(receipt?.['credits']) > 0)
})

test(
  'a failure before the first word moves on, in whatever form it comes, and one in mid-stream ends the stream',
  { timeout },
  async () => {
    await stage.addModel({
      id: 'twice',
      offers: [
        { providerId, upstreamModel: 'gpt-5.1', prices },
        { providerId, upstreamModel: 'gpt-5', prices: { input: '2', output: '20' } },
      ],
    })
    const busy = { status: 429, json: { error: { message: 'Slow down', code: 'rate_limit_exceeded' } } }
    for (const failure of [busy, recorded.stream('failed')]) {
      api.next(failure, recorded.stream('text'))
      const streamed = await customer.chat({ model: 'twice', stream: true })
      match(streamed.text, /世界/)
    }
    api.next(recorded.whole('failed'), recorded.whole('text'))
    equal((await customer.chat({ model: 'twice' })).status, 200)
    api.next(recorded.stream('error'))
    const broken = await customer.chat({ model: 'twice', stream: true })
    match(broken.text, /Half/)
    match(broken.text, /"code":"upstream_error"/)
    ok(!broken.text.includes('quota'), 'our account with the provider is our own business')
  },
)

test(
  'a request at fault is refused with the reason, and what cannot be said is told or refused',
  { timeout },
  async () => {
    api.next({
      status: 400,
      json: {
        error: {
          message: "Unsupported value: 'temperature'",
          type: 'invalid_request_error',
          param: 'temperature',
          code: null,
        },
      },
    })
    const refused = await customer.chat({ model, temperature: 2 })
    deepEqual([refused.status, at(refused.json, 'error.param')], [400, 'temperature'])
    api.next(recorded.whole('text'))
    const warned = await customer.chat({ model, stop: ['x'] })
    match(warned.headers.get('x-redpill-warnings') ?? '', /^stop is left out/)
    const before = api.requests.length
    for (const body of [{ n: 2 }, { stop: ['x'], strict: true }])
      equal((await customer.chat({ model, ...body })).status, 400)
    equal(api.requests.length, before)
  },
)

test('the ledger is whole after all of it', { timeout }, async () => {
  await stage.reconcile()
})
