/** Gemini as a provider, played from recorded answers, called by OpenAI's own client and by Anthropic's. */
import Anthropic from '@anthropic-ai/sdk'
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIUserAbortError, BadRequestError, InternalServerError, RateLimitError } from 'openai'
import type { JsonObject } from '../src/core/json.ts'
import { makeKeyFile } from '../src/providers/vertex/test/key-file.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths, type PriceTexts } from './support/expected-cost.ts'
import { startGeminiUpstream, type GeminiRequest } from './support/gemini-upstream.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const prices: PriceTexts = {
  input: '0.300001',
  cached_input: '0.03',
  audio_input: '1',
  output: '2.5',
  reasoning: '2.6',
}
const timeout = 60_000

const stage = await openStage({ after })
const upstream = await startGeminiUpstream({ after })
const providerId = await stage.addUpstream(upstream, { dialect: 'gemini' })
const offersOf = (upstreamModel: string) => [{ providerId, upstreamModel }]
await stage.addModel({ id: 'google/gemini-2.5-flash', prices, offers: offersOf('gemini-2.5-flash') })
await stage.addModel({ id: 'google/gemini-3-flash', prices, offers: offersOf('gemini-3-flash-preview') })
await stage.addModel({ id: 'google/embedding', prices, offers: offersOf('gemini-embedding-001') })

const openaiOf = ({ key }: Pick<Customer, 'key'>) =>
  new OpenAI({ apiKey: key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const anthropicOf = ({ key }: Pick<Customer, 'key'>) =>
  new Anthropic({ apiKey: key, baseURL: stage.server().url, maxRetries: 0 })
const customer = () => stage.addCustomer('1000000')
const last = (): GeminiRequest => upstream.requests.at(-1)!
const flash = 'google/gemini-2.5-flash'
const third = 'google/gemini-3-flash'
const messages = [{ role: 'user' as const, content: 'Hi' }]
const signature = 'EpcCCpQCARFNMg9GpVP+YGO3zJobwN8a/4XBKHGs8ZZ75yF6E7q='

/** What all calls of a customer have cost. */
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

  test(`OpenAI's client is answered, ${how}, and charged by what Google counts`, { timeout }, async () => {
    const who = await customer()
    const asked = { model: flash, messages, max_tokens: 50, temperature: 0.5 }
    const client = openaiOf(who)
    const answer = stream
      ? await client.chat.completions
          .stream({ ...asked, stream_options: { include_usage: true } })
          .finalChatCompletion()
      : await client.chat.completions.create(asked)
    equal(answer.choices[0]!.message.content, 'Grüße, 世界 🚀')
    equal(answer.choices[0]!.finish_reason, 'stop')
    equal(answer.model, flash)
    deepEqual([answer.usage!.prompt_tokens, answer.usage!.completion_tokens], [7, 9])
    equal(at(answer, 'usage.cost_credits'), creditsFor({ input: 7, output: 9 }, prices))
    equal(at(answer, 'usage.native_usage'), undefined)
    await spends(who, { input: 7, output: 9 })
    const { path, headers, body } = last()
    equal(path, `/v1beta/models/gemini-2.5-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`)
    equal(headers['x-goog-api-key'], upstreamKey)
    equal(headers['authorization'], undefined)
    deepEqual(body, {
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      generationConfig: { maxOutputTokens: 50, temperature: 0.5 },
    })
  })

  test(`a loop of parallel tools and thinking goes on with its signatures, ${how}`, { timeout }, async () => {
    const who = await customer()
    const client = openaiOf(who)
    const weather = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }
    const asked = {
      ...{ model: third, reasoning_effort: 'low' as const },
      tools: [{ type: 'function' as const, function: weather }],
    }
    upstream.enqueue({ fixture: 'parallel-tools' }, { fixture: 'thinking' })
    const first = stream
      ? await client.chat.completions.stream({ ...asked, messages }).finalChatCompletion()
      : await client.chat.completions.create({ ...asked, messages })
    const { message, finish_reason: finish } = first.choices[0]!
    equal(finish, 'tool_calls')
    equal(at(message, 'reasoning'), 'I ask for both.')
    deepEqual(
      message.tool_calls!.map(
        (call) => call.type === 'function' && [call.id, call.function.name, call.function.arguments],
      ),
      [
        ['lpndqlku', 'weather', '{"city":"Rome"}'],
        ['m6rogicj', 'weather', '{"city":"Oslo"}'],
        ['z1', 'now', '{}'],
      ],
    )
    const results = message.tool_calls!.map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: `of ${id}`,
    }))
    const { choices } = await client.chat.completions.create({ ...asked, messages: [...messages, message, ...results] })
    equal(choices[0]!.message.content, '4')
    const [, model, answered] = last().body['contents'] as readonly JsonObject[]
    const calls = (model!['parts'] as readonly JsonObject[]).filter(({ functionCall }) => functionCall)
    deepEqual(
      calls.map(({ thoughtSignature }) => thoughtSignature),
      [signature, undefined, undefined],
    )
    deepEqual(
      (answered!['parts'] as readonly JsonObject[]).map(({ functionResponse }) => functionResponse),
      [
        { id: 'lpndqlku', name: 'weather', response: { output: 'of lpndqlku' } },
        { id: 'm6rogicj', name: 'weather', response: { output: 'of m6rogicj' } },
        { id: 'z1', name: 'now', response: { output: 'of z1' } },
      ],
    )
    deepEqual(at(last().body, 'generationConfig.thinkingConfig'), { thinkingLevel: 'LOW', includeThoughts: true })
    await spends(who, { input: 40, output: 40, reasoning: 60 }, { input: 15, output: 1, reasoning: 52 })
  })

  test(
    `Anthropic's client is answered, ${how}, thinking and tools in its own blocks, and again`,
    { timeout },
    async () => {
      const who = await customer()
      const client = anthropicOf(who)
      const turns: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather in Rome?' }]
      const asked: Anthropic.MessageCreateParamsNonStreaming = {
        model: third,
        max_tokens: 5_000,
        system: 'Be brief.',
        tools: [{ name: 'weather', input_schema: { type: 'object' } }],
        thinking: { type: 'enabled', budget_tokens: 2_000 },
        messages: turns,
      }
      const ask = () => (stream ? client.messages.stream(asked).finalMessage() : client.messages.create(asked))
      upstream.enqueue({ fixture: 'tool' }, { fixture: 'thinking' }, { fixture: 'text' })
      const first = await ask()
      equal(first.stop_reason, 'tool_use')
      deepEqual(
        first.content.map((block) => block.type),
        ['redacted_thinking', 'tool_use'],
      )
      const call = first.content.find((block) => block.type === 'tool_use')!
      turns.push({ role: 'assistant', content: first.content })
      turns.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'Sunny' }] })
      const next = await ask()
      equal(next.content.find((block) => block.type === 'text')!.text, '4')
      const thoughts = next.content.filter((block) => block.type === 'thinking')
      equal(thoughts.map(({ thinking }) => thinking).join(''), '**Counting**\n\nTwo and two make four.')
      deepEqual(at(last().body, 'systemInstruction'), { parts: [{ text: 'Be brief.' }] })
      deepEqual(at(last().body, 'contents.1.parts'), [
        { functionCall: { id: call.id, name: 'weather', args: { city: 'Rome' } }, thoughtSignature: signature },
      ])
      turns.push({ role: 'assistant', content: next.content }, { role: 'user', content: 'And?' })
      equal((await ask()).stop_reason, 'end_turn')
      deepEqual(at(last().body, 'contents.3.parts'), [
        { text: '**Counting**\n\nTwo and two make four.', thought: true },
        { text: '4', thoughtSignature: signature },
      ])
      await spends(
        who,
        { input: 29, output: 15, reasoning: 804 },
        { input: 15, output: 1, reasoning: 52 },
        { input: 7, output: 9 },
      )
    },
  )
}

test('a loop of tools through the Responses API goes on with its signatures', { timeout }, async () => {
  const who = await customer()
  const tools = [{ type: 'function' as const, name: 'weather', parameters: { type: 'object' }, strict: false }]
  const include: OpenAI.Responses.ResponseIncludable[] = ['reasoning.encrypted_content']
  const asked = { model: third, tools, include, store: false, reasoning: { effort: 'low' as const } }
  upstream.enqueue({ fixture: 'parallel-tools' }, { fixture: 'thinking' })
  const client = openaiOf(who)
  const first = await client.responses.create({ ...asked, input: 'Weather?' })
  const calls = first.output.filter((item) => item.type === 'function_call')
  deepEqual(
    calls.map(({ call_id: id }) => id),
    ['lpndqlku', 'm6rogicj', 'z1'],
  )
  const results = calls.map(({ call_id: id }) => ({
    type: 'function_call_output' as const,
    call_id: id,
    output: 'Sunny',
  }))
  const said = first.output as OpenAI.Responses.ResponseInput
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Weather?' }, ...said, ...results]
  equal((await client.responses.create({ ...asked, input })).output_text, '4')
  const parts = at(last().body, 'contents.1.parts') as readonly JsonObject[]
  deepEqual(
    parts.filter(({ functionCall }) => functionCall).map(({ thoughtSignature }) => thoughtSignature),
    [signature, undefined, undefined],
  )
})

test('a conversation that another model has begun goes on without its signatures', { timeout }, async () => {
  const who = await customer()
  const turns: Anthropic.MessageParam[] = [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'A greeting.', signature: 'EqQBCgIYAhIM' },
        { type: 'tool_use', id: 'toolu_1', name: 'now', input: {} },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'noon' }] },
  ]
  const asked = { model: third, max_tokens: 100, messages: turns }
  const { response } = await anthropicOf(who).messages.create(asked).withResponse()
  match(response.headers.get('x-redpill-warnings')!, /another provider's signature/)
  deepEqual(at(last().body, 'contents.1.parts'), [
    { text: 'A greeting.', thought: true },
    {
      functionCall: { id: 'toolu_1', name: 'now', args: {} },
      thoughtSignature: 'skip_thought_signature_validator',
    },
  ])
})

test('cached, audio and thinking tokens are charged at their own prices', { timeout }, async () => {
  const who = await customer()
  upstream.enqueue({ fixture: 'cached' })
  const { data, response } = await openaiOf(who).chat.completions.create({ model: flash, messages }).withResponse()
  equal(data.usage!.prompt_tokens_details!.cached_tokens, 4_096)
  const units = { input: 767, cached_input: 4_096, audio_input: 200, output: 7, reasoning: 120 }
  await spends(who, units)
  const receipt = await who.receipt({ generation: response.headers.get('x-generation-id')! })
  deepEqual(receipt['units'], { ...units, request: 1 })
})

test('an answer of a schema and a picture in the prompt reach the model', { timeout }, async () => {
  const schema = { type: 'object', properties: { kind: { const: 'pill' } }, required: ['kind'] }
  await openaiOf(await customer()).chat.completions.create({
    model: flash,
    response_format: { type: 'json_schema', json_schema: { name: 'thing', strict: true, schema } },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
        ],
      },
    ],
  })
  deepEqual(last().body, {
    contents: [
      {
        role: 'user',
        parts: [{ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
      },
    ],
    generationConfig: {
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { kind: { enum: ['pill'] } }, required: ['kind'] },
    },
  })
})

test(
  'a stream that the client aborts stops Google, and is charged for what Google had counted by then',
  { timeout },
  async () => {
    const who = await customer()
    upstream.enqueue({ fixture: 'cut', staysOpen: true })
    const leaving = new AbortController()
    const asked = { model: flash, messages, stream: true } as const
    const { data: stream, response } = await openaiOf(who)
      .chat.completions.create(asked, { signal: leaving.signal })
      .withResponse()
    let text = ''
    await rejects(
      async () => {
        for await (const chunk of stream) {
          text += chunk.choices[0]?.delta.content ?? ''
          if (text === 'It begins and goes') leaving.abort()
        }
        throw leaving.signal.aborted ? new APIUserAbortError() : new Error('the stream ended by itself')
      },
      (error) => error instanceof APIUserAbortError,
    )
    await eventually('Google is told', async () => last().gone)
    await eventually('the hold is gone', async () => (await who.balance()).held === '0')
    const receipt = await who.receipt({ generation: response.headers.get('x-generation-id')! })
    equal(receipt['state'], 'aborted')
    await spends(who, { input: 12, output: 5 })
  },
)

test('a stream that breaks off, or brings an error, ends as one, and pays for what came', { timeout }, async () => {
  for (const [fixture, output] of [
    ['cut', 5],
    ['error', 3],
  ] as const) {
    const who = await customer()
    upstream.enqueue({ fixture })
    const { events, generation } = await who.chat({ model: flash, stream: true })
    equal(at(JSON.parse(events.at(-1)!), 'error.code'), 'upstream_error')
    equal(at(await who.receipt({ generation }), 'units.output'), output)
    await spends(who, { input: 12, output })
  }
})

test('what Google says of a request reaches the caller; what it says of our key does not', { timeout }, async () => {
  const who = await customer()
  const ask = () => openaiOf(who).chat.completions.create({ model: flash, messages })
  const error = (code: number, status: string, message: string, details: readonly JsonObject[] = []) => ({
    status: code,
    body: { error: { code, message, status, details } },
  })
  upstream.enqueue(error(400, 'INVALID_ARGUMENT', 'Unable to process input image.'))
  await rejects(
    ask(),
    (thrown) => thrown instanceof BadRequestError && /Unable to process input image/.test(thrown.message),
  )
  upstream.enqueue(error(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ reason: 'API_KEY_INVALID' }]))
  await rejects(ask(), (thrown) => thrown instanceof InternalServerError && !/key/i.test(thrown.message))
  upstream.enqueue(error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', [{ retryDelay: '34.4s' }]))
  await rejects(ask(), (thrown) => thrown instanceof RateLimitError && thrown.headers.get('retry-after') === '35')
  equal((await who.balance()).spent, '0')
})

test('a provider that is overloaded, or whose model fails, gives way to the next', { timeout }, async () => {
  const overloaded = { status: 503, body: { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } } }
  for (const stream of [false, true]) {
    for (const [name, failing] of Object.entries({ overloaded, malformed: { fixture: 'malformed-call' } })) {
      // Of their own: what failed before is not asked first again.
      const first = await startGeminiUpstream({ after })
      const next = await startGeminiUpstream({ after })
      const offers = [
        { providerId: await stage.addUpstream(first, { dialect: 'gemini' }), upstreamModel: 'gemini-2.5-flash' },
        {
          providerId: await stage.addUpstream(next, { dialect: 'gemini' }),
          upstreamModel: 'gemini-2.5-flash',
          prices: { output: '9' },
        },
      ]
      const model = `google/${name}-${stream}`
      await stage.addModel({ id: model, prices, offers })
      const who = await customer()
      first.enqueue(failing)
      const answer = await who.chat({ model, stream })
      equal(answer.status, 200)
      match(answer.text, /🚀/)
      deepEqual([first.requests.length, next.requests.length], [1, 1])
      equal((await who.balance()).spent, creditsFor({ input: 7, output: 9 }, { ...prices, output: '9' }))
    }
  }
})

test('a prompt that Google blocks is a refusal, for both clients', { timeout }, async () => {
  const who = await customer()
  upstream.enqueue({ fixture: 'blocked' }, { fixture: 'blocked' })
  const { choices } = await openaiOf(who).chat.completions.create({ model: flash, messages })
  deepEqual([choices[0]!.finish_reason, choices[0]!.message.content], ['content_filter', null])
  match(choices[0]!.message.refusal!, /PROHIBITED_CONTENT/)
  const message = await anthropicOf(who).messages.stream({ model: flash, max_tokens: 10, messages }).finalMessage()
  equal(message.stop_reason, 'refusal')
  await spends(who, { input: 9 }, { input: 9 })
})

test('what is left out is told, and a strict caller is told why not', { timeout }, async () => {
  const who = await customer()
  const asked = { model: flash, user: 'somebody', seed: 7, logit_bias: { 5: 1 } }
  const answer = await who.chat(asked)
  equal(answer.headers.get('x-redpill-warnings'), 'logit_bias is left out: it has no word there')
  const strict = await who.chat({ ...asked, strict: true })
  equal(strict.status, 400)
  match(strict.text, /logit_bias is left out/)
})

test('texts are embedded and charged by what Google counts, or by what we count', { timeout }, async () => {
  const who = await customer()
  const client = openaiOf(who)
  const embeddings = [{ values: [0.5, -0.25] }, { values: [1, 0] }]
  upstream.enqueue({ body: { embeddings, usageMetadata: { promptTokenCount: 12 } } }, { body: { embeddings } })
  const asked = { model: 'google/embedding', input: ['one', 'two'], dimensions: 2 }
  const { data, usage } = await client.embeddings.create(asked)
  deepEqual(
    data.map(({ embedding }) => embedding),
    embeddings.map(({ values }) => values),
  )
  equal(usage.prompt_tokens, 12)
  await spends(who, { input: 12 })
  equal(last().path, '/v1beta/models/gemini-embedding-001:batchEmbedContents')
  equal((await client.embeddings.create(asked)).usage.prompt_tokens, 2)
  await spends(who, { input: 12 }, { input: 2 })
  await rejects(client.embeddings.create({ ...asked, input: [1, 2] }), BadRequestError)
})

test('Vertex AI is called with the token of a key file, which is never told', { timeout }, async () => {
  const who = await customer()
  const vertex = await startGeminiUpstream({ after }, '/v1/projects/p/locations/global')
  const { text: keyFile } = makeKeyFile(new URL('/token', vertex.baseUrl).href)
  const settings = {
    name: 'vertex',
    dialect: 'vertex',
    base_url: vertex.baseUrl,
    api_key: keyFile,
    allow_private: true,
  }
  const made = await stage.server().manage<{ data: { id: string } }>('POST', '/providers', settings)
  ok(!JSON.stringify(made).includes('PRIVATE KEY'))
  const offers = [{ providerId: made.data.id, upstreamModel: 'gemini-3-flash-preview' }]
  await stage.addModel({ id: 'google/at-vertex', prices, offers })
  vertex.enqueue({ fixture: 'tool' })
  const asked = { model: 'google/at-vertex', messages, reasoning_effort: 'low' as const }
  const client = openaiOf(who)
  const { message } = (await client.chat.completions.create(asked)).choices[0]!
  const result = { role: 'tool' as const, tool_call_id: message.tool_calls![0]!.id, content: 'Sunny' }
  await client.chat.completions.create({ ...asked, messages: [...messages, message, result] })
  const { path, headers, body } = vertex.requests.at(-1)!
  equal(path, '/v1/projects/p/locations/global/publishers/google/models/gemini-3-flash-preview:generateContent')
  equal(headers['authorization'], 'Bearer ya29.made')
  deepEqual(at(body, 'contents.1.parts.0'), {
    functionCall: { name: 'weather', args: { city: 'Rome' } },
    thoughtSignature: signature,
  })
  await spends(who, { input: 29, output: 15, reasoning: 804 }, { input: 7, output: 9 })
  ok(!stage.everythingSaid().includes('ya29.made'))
})

test('nothing of the provider’s key is ever said, and the ledger adds up', { timeout }, async () => {
  ok(!stage.everythingSaid().includes(upstreamKey))
  await stage.reconcile()
})
