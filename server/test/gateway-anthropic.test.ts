/** Anthropic as a provider, played from recordings, called by OpenAI's own client and by Anthropic's. */
import Anthropic from '@anthropic-ai/sdk'
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIUserAbortError, BadRequestError, InternalServerError, RateLimitError } from 'openai'
import type { JsonObject } from '../src/core/json.ts'
import { startAnthropicUpstream, type AnthropicAnswer } from './support/anthropic-upstream.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths, type PriceTexts } from './support/expected-cost.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const prices: PriceTexts = {
  input: '3.000001',
  cached_input: '0.3',
  cache_write: '3.75',
  output: '15',
  reasoning: '14',
}
const timeout = 60_000

const stage = await openStage({ after })
const upstream = await startAnthropicUpstream({ after }, upstreamKey)
const second = await startAnthropicUpstream({ after }, upstreamKey)
const providerId = await stage.addUpstream(upstream, { dialect: 'anthropic' })
const secondId = await stage.addUpstream({ baseUrl: `${second.baseUrl}/v1` }, { dialect: 'anthropic' })
const sonnet = 'anthropic/claude-sonnet-4-5'
const opus = 'anthropic/claude-opus-4-8'
await stage.addModel({ id: sonnet, prices, offers: [{ providerId, upstreamModel: 'claude-sonnet-4-5' }] })
await stage.addModel({ id: opus, prices, offers: [{ providerId, upstreamModel: 'claude-opus-4-8' }] })
await stage.addModel({
  id: 'anthropic/bounded',
  prices,
  outputTokensMax: 777,
  offers: [{ providerId, upstreamModel: 'claude-sonnet-4-5' }],
})

const openaiOf = ({ key }: Pick<Customer, 'key'>) =>
  new OpenAI({ apiKey: key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const anthropicOf = ({ key }: Pick<Customer, 'key'>) =>
  new Anthropic({ apiKey: key, baseURL: stage.server().url, maxRetries: 0 })
const newCustomer = () => stage.addCustomer('1000000')
const last = () => upstream.requests.at(-1)!
const messages = [{ role: 'user' as const, content: 'Hi' }]

/** The units of the recordings. */
const textUnits = { input: 25, output: 15 }
const thinkingUnits = { input: 12, cached_input: 2_048, cache_write: 512, output: 60, reasoning: 150 }

async function spends(who: Customer, ...calls: readonly Record<string, number>[]): Promise<void> {
  const { spent, held } = await who.balance()
  const costs = calls.map((units) => thousandths(creditsFor(units, prices)))
  equal(
    thousandths(spent),
    costs.reduce((total, cost) => total + cost, 0n),
  )
  equal(held, '0')
}

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'

  test(`OpenAI's client is answered, ${how}, and charged by what Anthropic counts`, { timeout }, async () => {
    const who = await newCustomer()
    const asked = { model: sonnet, messages, max_tokens: 50, temperature: 0.5, seed: 7 }
    const completions = openaiOf(who).chat.completions
    const answer = stream
      ? await completions.stream({ ...asked, stream_options: { include_usage: true } }).finalChatCompletion()
      : await completions.create(asked)
    equal(answer.choices[0]!.message.content, 'Grüß Gott! 👋\nHow can I help?')
    equal(answer.choices[0]!.finish_reason, 'stop')
    equal(answer.model, sonnet)
    deepEqual([answer.usage!.prompt_tokens, answer.usage!.completion_tokens], [25, 15])
    equal(at(answer, 'usage.cost_credits'), creditsFor(textUnits, prices))
    equal(at(answer, 'usage.native_usage'), undefined)
    await spends(who, textUnits)
    deepEqual(last().body, {
      model: 'claude-sonnet-4-5',
      max_tokens: 50,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      temperature: 0.5,
      ...(stream && { stream: true }),
    })
    const { authorization, ...headers } = last().headers
    equal(authorization, undefined)
    equal(headers['x-api-key'], upstreamKey)
  })

  test(`cache reads, cache writes and thinking are charged as what they are, ${how}`, { timeout }, async () => {
    const who = await newCustomer()
    upstream.enqueue({ fixture: 'thinking' })
    const answer = await who.chat({ model: opus, stream, reasoning_effort: 'high' })
    equal(answer.status, 200)
    await spends(who, thinkingUnits)
    const { rows } = await stage.database.pool.query('select detail from charge where account_id = $1', [who.accountId])
    equal(at(rows, '0.detail.provider_usage.native_usage.cache_creation.ephemeral_5m_input_tokens'), 512)
    deepEqual(last().body['thinking'], { type: 'adaptive', display: 'summarized' })
    deepEqual(last().body['output_config'], { effort: 'high' })
  })

  test(`a round of parallel tools goes there and back, ${how}`, { timeout }, async () => {
    const who = await newCustomer()
    const tools = ['get_weather', 'get_time'].map((name) => ({
      type: 'function' as const,
      function: { name, parameters: { type: 'object', properties: {} } },
    }))
    const completions = openaiOf(who).chat.completions
    upstream.enqueue({ fixture: 'tools' })
    const asked = { model: sonnet, messages, tools, tool_choice: 'required' as const }
    const answer = stream ? await completions.stream(asked).finalChatCompletion() : await completions.create(asked)
    const { message, finish_reason: finish } = answer.choices[0]!
    equal(finish, 'tool_calls')
    deepEqual(
      message.tool_calls?.map(
        (call) => call.type === 'function' && [call.function.name, JSON.parse(call.function.arguments)],
      ),
      [
        ['get_weather', { city: 'San Francisco, "CA"' }],
        ['get_weather', { city: 'Zürich' }],
        ['get_time', {}],
      ],
    )
    deepEqual(last().body['tool_choice'], { type: 'any' })
    const results = (message.tool_calls ?? []).map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: id,
    }))
    const next = await completions.create({ model: sonnet, tools, messages: [...messages, message, ...results] })
    equal(next.choices[0]!.finish_reason, 'stop')
    const turns = last().body['messages'] as unknown as { role: string; content: JsonObject[] }[]
    deepEqual(
      turns.map(({ content }) => content.map(({ type }) => type)),
      [['text'], ['text', 'tool_use', 'tool_use', 'tool_use'], ['tool_result', 'tool_result', 'tool_result']],
    )
    await spends(who, { input: 472, output: 89 }, textUnits)
  })

  test(`thinking comes with its signature and goes back with it, ${how}`, { timeout }, async () => {
    const who = await newCustomer()
    const client = anthropicOf(who)
    const asked = {
      model: opus,
      max_tokens: 4_000,
      thinking: { type: 'adaptive' as const },
      tools: [{ name: 'multiply', input_schema: { type: 'object' as const } }],
    }
    const first: Anthropic.MessageParam = { role: 'user', content: 'What is 27 times 453?' }
    upstream.enqueue({ fixture: 'thinking' })
    const message = stream
      ? await client.messages.stream({ ...asked, messages: [first] }).finalMessage()
      : await client.messages.create({ ...asked, messages: [first] })
    equal(message.stop_reason, 'tool_use')
    deepEqual(
      [message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.cache_creation_input_tokens],
      [12, 2_048, 512],
    )
    const content = message.content.map((block) =>
      block.type === 'tool_use' ? { ...block, caller: undefined } : block,
    )
    await client.messages.create({
      ...asked,
      messages: [
        first,
        { role: 'assistant', content: JSON.parse(JSON.stringify(content)) as Anthropic.ContentBlockParam[] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_calc', content: 'no', is_error: true }] },
      ],
    })
    const recorded = [
      {
        type: 'thinking',
        thinking: 'Let me work this out: 27 * 453',
        signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds',
      },
      { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpP' },
      { type: 'thinking', thinking: '', signature: 'ErUBKkYICxgCKkAw' },
      { type: 'text', text: "I'd use the calculator." },
      { type: 'tool_use', id: 'toolu_calc', name: 'multiply', input: { a: 27, b: 453 } },
    ]
    const turns = last().body['messages'] as readonly JsonObject[]
    deepEqual(turns[1], { role: 'assistant', content: recorded })
    deepEqual(turns[2]?.['content'], [
      { type: 'tool_result', tool_use_id: 'toolu_calc', content: [{ type: 'text', text: 'no' }], is_error: true },
    ])
    await spends(who, thinkingUnits, textUnits)
  })
}

test('a request in Anthropic’s form arrives there as it left, block by block', { timeout }, async () => {
  const cached = { cache_control: { type: 'ephemeral' as const } }
  const png = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' }
  const pdf = { type: 'base64' as const, media_type: 'application/pdf' as const, data: 'JVBERi0=' }
  const asked: Anthropic.MessageCreateParamsNonStreaming = {
    model: sonnet,
    max_tokens: 3_000,
    system: [{ type: 'text', text: 'Be brief.', ...cached }],
    thinking: { type: 'enabled', budget_tokens: 2_000 },
    stop_sequences: ['END'],
    metadata: { user_id: 'u-1' },
    tools: [{ name: 'f', description: 'Does.', input_schema: { type: 'object', properties: {} }, ...cached }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.', ...cached },
          { type: 'image', source: png },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          { type: 'document', source: pdf, title: 'a.pdf' },
        ],
      },
    ],
  }
  const who = await stage.addCustomer('10000000')
  const { response } = await anthropicOf(who).messages.create(asked).withResponse()
  equal(response.headers.get('x-redpill-warnings'), null)
  const { model: _model, messages: turns, ...rest } = asked
  const { model, messages: sent, ...others } = last().body
  equal(model, 'claude-sonnet-4-5')
  deepEqual(others, rest)
  const [turn] = sent as unknown as { role: string; content: JsonObject[] }[]
  const expected = turns[0]!.content as unknown as JsonObject[]
  // The title of a document is told as text as well, for providers that know no titles.
  deepEqual(
    turn!.content.filter(({ text }) => text !== 'a.pdf'),
    expected,
  )
})

test('a picture, a schema and what cannot be said', { timeout }, async () => {
  const who = await newCustomer()
  const { data, response } = await openaiOf(who)
    .chat.completions.create({
      model: sonnet,
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] },
      ],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', schema: { type: 'object', properties: { a: { type: 'string' } } } },
      },
      logit_bias: { 5: 1 },
      temperature: 1.5,
    })
    .withResponse()
  equal(data.choices.length, 1)
  const { body } = last()
  deepEqual(at(body, 'messages.0.content.0.source'), { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' })
  deepEqual(at(body, 'output_config.format.schema.additionalProperties'), false)
  const warnings = response.headers.get('x-redpill-warnings') ?? ''
  match(warnings, /logit_bias is left out/)
  match(warnings, /temperature above 1/)
})

test(
  'the bound that the API demands is the caller’s, else the model’s of the catalog, else what its name tells',
  { timeout },
  async () => {
    const who = await newCustomer()
    const boundOf = async (body: object) => {
      equal((await who.chat(body)).status, 200)
      return last().body['max_tokens']
    }
    equal(await boundOf({ model: 'anthropic/bounded' }), 777)
    equal(await boundOf({ model: 'anthropic/bounded', max_completion_tokens: 12 }), 12)
    equal(await boundOf({ model: sonnet, stream: true }), 64_000)
  },
)

test('several answers at once are asked of nobody who gives one', { timeout }, async () => {
  const who = await newCustomer()
  const sent = upstream.requests.length
  await rejects(
    openaiOf(who).chat.completions.create({ model: sonnet, messages, n: 2 }),
    (error) => error instanceof BadRequestError && /n: the provider gives one answer/.test(error.message),
  )
  equal(upstream.requests.length, sent)
  await spends(who)
})

test('a refusal is told as one, in either API', { timeout }, async () => {
  const who = await newCustomer()
  upstream.enqueue({ fixture: 'refusal' }, { fixture: 'refusal' })
  const answer = await openaiOf(who).chat.completions.create({ model: opus, messages })
  equal(answer.choices[0]!.finish_reason, 'content_filter')
  const message = await anthropicOf(who).messages.stream({ model: opus, max_tokens: 9, messages }).finalMessage()
  equal(message.stop_reason, 'refusal')
  await spends(who, { input: 564, output: 3 }, { input: 564, output: 3 })
})

test('words of its own for why it stopped reach Anthropic’s client', { timeout }, async () => {
  const who = await newCustomer()
  const client = anthropicOf(who)
  upstream.enqueue({ fixture: 'pause-turn' }, { fixture: 'stop-sequence' })
  const paused = await client.messages.stream({ model: opus, max_tokens: 9, messages }).finalMessage()
  equal(paused.stop_reason, 'pause_turn')
  const stopped = await client.messages.create({ model: sonnet, max_tokens: 9, messages, stop_sequences: ['three'] })
  deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', 'three'])
})

test('errors are told as what they are: the request’s fault, too many calls, the provider’s', { timeout }, async () => {
  const who = await newCustomer()
  const client = openaiOf(who)
  const failing = (status: number, type: string, message: string, headers = {}) => ({
    status,
    error: { type, message },
    headers,
  })
  upstream.enqueue(failing(400, 'invalid_request_error', 'messages: something is wrong with them'))
  await rejects(
    client.chat.completions.create({ model: sonnet, messages }),
    (error) => error instanceof BadRequestError && /something is wrong with them/.test(error.message),
  )
  upstream.enqueue(failing(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' }))
  await rejects(
    client.chat.completions.create({ model: sonnet, messages }),
    (error) => error instanceof RateLimitError && error.headers.get('retry-after') === '7',
  )
  upstream.enqueue(failing(529, 'overloaded_error', 'Overloaded'))
  await rejects(
    client.chat.completions.create({ model: sonnet, messages }),
    (error) => error instanceof InternalServerError && !error.message.includes(upstreamKey),
  )
  await spends(who)
})

/** Two providers of one model that have never failed, the first of which is asked first. */
async function openPair(name: string) {
  const pair = [
    await startAnthropicUpstream({ after }, upstreamKey),
    await startAnthropicUpstream({ after }, upstreamKey),
  ]
  const names = pair.map((_, index) => `${name}-${index}`)
  const ids = await Promise.all(
    pair.map((each, index) => stage.addUpstream(each, { name: names[index]!, dialect: 'anthropic' })),
  )
  const offers = ids.map((id) => ({ providerId: id, upstreamModel: 'claude-sonnet-4-5' }))
  await stage.addModel({ id: `anthropic/${name}`, prices, offers })
  return { first: pair[0]!, other: pair[1]!, asked: { model: `anthropic/${name}`, provider: { order: names } } }
}

const broken: Readonly<Record<string, AnthropicAnswer>> = {
  overloaded: { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } },
  penniless: { status: 400, error: { type: 'invalid_request_error', message: 'Your credit balance is too low.' } },
  unsaid: { events: ['message_start', 'error'], fixture: 'overloaded' },
}

for (const [name, failure] of Object.entries(broken)) {
  test(`another provider takes over from one that is ${name}, as long as nothing was said`, { timeout }, async () => {
    const who = await newCustomer()
    const { first, other, asked } = await openPair(name)
    first.enqueue(failure)
    const answer = await who.chat({ ...asked, stream: name === 'unsaid' })
    equal(answer.status, 200)
    match(answer.text, /How can I help/)
    deepEqual([first.requests.length, other.requests.length], [1, 1])
    await spends(who, textUnits)
  })
}

test(
  'half an answer is nobody else’s to end: an error ends it, and what was delivered is charged',
  { timeout },
  async () => {
    const who = await newCustomer()
    const { first, other, asked } = await openPair('half')
    first.enqueue({ fixture: 'overloaded' })
    const { text } = await who.chat({ ...asked, stream: true })
    match(text, /Half an ans/)
    match(text, /"error"/)
    ok(!text.includes('[DONE]'))
    equal(other.requests.length, 0)
    ok(thousandths((await who.balance()).spent) > 0n)
  },
)

test(
  'a stream that its caller leaves is cancelled there, and pays for its prompt as told and for what was delivered',
  { timeout },
  async () => {
    const who = await newCustomer()
    upstream.enqueue({ fixture: 'thinking', staysOpenAfter: 3 })
    const controller = new AbortController()
    const asked = { model: opus, messages, stream: true as const }
    const stream = await openaiOf(who).chat.completions.create(asked, { signal: controller.signal })
    await rejects(async () => {
      for await (const chunk of stream)
        if (at(chunk, 'choices.0.delta.reasoning') === 'Let me work this') controller.abort()
      throw new APIUserAbortError()
    }, APIUserAbortError)
    const request = last()
    await eventually('the upstream sees the cancellation', () => request.gone)
    await eventually('the call is settled', async () => (await who.balance()).held === '0')
    // Four tokens of thinking; most of the prompt was read from the cache.
    await spends(who, { input: 12, cached_input: 2_048, cache_write: 512, output: 4 })
  },
)

test('its models are listed with its key, and the key is seen nowhere', { timeout }, async () => {
  const list = await stage.server().manage<{ data: object }>('POST', `/providers/${secondId}/test`)
  deepEqual(list.data, { ok: true, models: ['claude-opus-4-8', 'claude-sonnet-4-5'], why: null })
  ok(!stage.everythingSaid().includes(upstreamKey))
})

test('the ledger balances after all of it', { timeout }, async () => {
  await stage.reconcile()
})
