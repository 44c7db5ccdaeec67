/** Vercel's AI SDK with each of its providers that speaks an API of ours: what its users do, against a scripted provider. */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool, type LanguageModel } from 'ai'
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import type { JsonObject } from '../src/core/json.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { callPiece, streamed, told, whole } from './support/mock-upstream-turns.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices: PriceTexts = { input: '3', cached_input: '0.3', cache_write: '3.75', output: '15', reasoning: '15' }
const timeout = 60_000
globalThis.AI_SDK_LOG_WARNINGS = false

const stage = await openStage({ after })
const upstream = await startMockUpstream({ after })
const providerId = await stage.addUpstream(upstream)
for (const [id, upstreamModel] of [
  ['mock/model', 'model'],
  ['mock/trickle', 'slow-trickle'],
] as const)
  await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel }] })

type Client = (key: string, model: string) => LanguageModel
const settings = (apiKey: string) => ({ apiKey, baseURL: `${stage.server().url}/v1` })
const clients: Readonly<Record<string, Client>> = {
  '@ai-sdk/openai (Responses)': (key, model) => createOpenAI(settings(key))(model),
  '@ai-sdk/openai (chat)': (key, model) => createOpenAI(settings(key)).chat(model),
  '@ai-sdk/anthropic': (key, model) => createAnthropic(settings(key))(model),
  '@ai-sdk/openai-compatible': (key, model) =>
    createOpenAICompatible({ name: 'redpill', supportsStructuredOutputs: true, includeUsage: true, ...settings(key) })(
      model,
    ),
}

const lastBody = (): JsonObject => upstream.requests.at(-1)!.body
const customerWith = () => stage.addCustomer('1000000')

const weather = tool({
  description: 'The weather of a city',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
  execute: ({ city }) => Promise.resolve(`Sunny in ${city}`),
})
const calls = [{ tool_calls: [callPiece(0, 'call_a', '{"city":"Rome"}'), callPiece(1, 'call_b', '{"city":"Oslo"}')] }]

for (const [name, client] of Object.entries(clients)) {
  const modelFor = ({ key }: Pick<Customer, 'key'>, id = 'mock/model') => client(key, id)
  const check = (what: string, run: () => Promise<void>) => void test(`${name}: ${what}`, { timeout }, run)

  check('a plain answer, and its charge', async () => {
    const customer = await customerWith()
    upstream.enqueue(whole([{ content: 'Hello.' }], 'stop'))
    const { text, finishReason, usage } = await generateText({ model: modelFor(customer), prompt: 'Hi' })
    deepEqual([text, finishReason], ['Hello.', 'stop'])
    deepEqual([usage.inputTokens, usage.outputTokens], [100, 20])
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })

  check('a stream, and its charge', async () => {
    const customer = await customerWith()
    upstream.enqueue(streamed([{ content: 'Hel' }, { content: 'lo.' }], 'stop'))
    const stream = streamText({ model: modelFor(customer), prompt: 'Hi' })
    deepEqual(await Array.fromAsync(stream.textStream), ['Hel', 'lo.'])
    equal(await stream.finishReason, 'stop')
    equal((await stream.usage).totalTokens, 120)
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })

  for (const how of ['plain', 'streamed'] as const) {
    check(`a loop of parallel tools, ${how}`, async () => {
      const customer = await customerWith()
      const say = how === 'plain' ? whole : streamed
      upstream.enqueue(say(calls, 'tool_calls'), say([{ content: 'Both are sunny.' }], 'stop'))
      const asked = {
        model: modelFor(customer),
        prompt: 'Weather in Rome and Oslo?',
        tools: { weather },
        stopWhen: isStepCount(3),
      }
      const result = how === 'plain' ? await generateText(asked) : streamText(asked)
      equal(await result.text, 'Both are sunny.')
      const [first] = await result.steps
      deepEqual(
        first!.toolResults.map(({ output }) => output),
        ['Sunny in Rome', 'Sunny in Oslo'],
      )
      const messages = (lastBody()['messages'] as JsonObject[]).slice(1)
      deepEqual(
        messages.map((message) => [message['role'], at(message, 'tool_calls.length'), message['tool_call_id']]),
        [
          ['assistant', 2, undefined],
          ['tool', undefined, 'call_a'],
          ['tool', undefined, 'call_b'],
        ],
      )
      match(JSON.stringify(messages), /Sunny in Rome.*Sunny in Oslo/)
      equal((await customer.balance()).held, '0')
    })
  }

  check('structured output by its schema', async () => {
    const schema = jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    })
    const customer = await customerWith()
    // For models that it does not know, Anthropic's provider asks for a call of a tool named json instead.
    const isTool = name.includes('anthropic')
    const said = isTool
      ? { tool_calls: [callPiece(0, 'c', '{"city":"Rome"}', 'json')] }
      : { content: '{"city":"Rome"}' }
    upstream.enqueue(whole([said], isTool ? 'tool_calls' : 'stop'))
    const asked = { model: modelFor(customer), prompt: 'Where?', output: Output.object({ schema }) }
    deepEqual((await generateText(asked)).output, { city: 'Rome' })
    const place = isTool ? 'tools.0.function.parameters' : 'response_format.json_schema.schema'
    deepEqual(at(lastBody(), `${place}.required`), ['city'])
  })

  check('an image', async () => {
    const image = Buffer.from('89504e470d0a1a0a', 'hex')
    const content = [
      { type: 'text' as const, text: 'What is it?' },
      { type: 'file' as const, mediaType: 'image/png', data: image },
    ]
    await generateText({ model: modelFor(await customerWith()), messages: [{ role: 'user', content }] })
    const url = `data:image/png;base64,${image.toString('base64')}`
    equal(at(lastBody(), 'messages.0.content.1.image_url.url'), url)
  })

  check('a stream that is aborted is charged for what came, and nothing stays held', async () => {
    const customer = await customerWith()
    const before = upstream.cancelledCount()
    const leaving = new AbortController()
    const stream = streamText({
      model: modelFor(customer, 'mock/trickle'),
      prompt: 'Hi',
      maxOutputTokens: 5_000,
      abortSignal: leaving.signal,
      onError: () => {},
    })
    for await (const piece of stream.textStream) if (piece !== '') leaving.abort()
    await upstream.waitFor('cancelled', before + 1)
    await eventually('the hold is gone', async () => (await customer.balance()).held === '0')
    ok(Number((await customer.balance()).spent) > 0)
  })

  check('errors say what is wrong', async () => {
    const poor = await stage.addCustomer('0')
    const failing = (model: LanguageModel) => generateText({ model, prompt: 'Hi', maxRetries: 0 })
    const is = (status: number, message: RegExp) => (error: unknown) => {
      ok(APICallError.isInstance(error))
      match(error.message, message)
      return error.statusCode === status
    }
    await rejects(failing(modelFor(await customerWith(), 'no/such')), is(404, /'no\/such' does not exist/))
    await rejects(failing(modelFor(poor)), is(402, /credits/))
    await rejects(failing(client('sk-rp-wrong', 'mock/model')), is(401, /key/))
  })

  check('a failure is tried again, and only the answer is charged', async () => {
    const customer = await customerWith()
    upstream.enqueue('server-error', whole([{ content: 'At last.' }], 'stop'))
    const { text } = await generateText({ model: modelFor(customer), prompt: 'Hi', maxRetries: 1 })
    equal(text, 'At last.')
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })
}

test('@ai-sdk/openai (Responses): reasoning goes up again as its provider gave it', { timeout }, async () => {
  const customer = await customerWith()
  const thought = { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'signed' }] }
  upstream.enqueue(whole([thought, ...calls], 'tool_calls'), whole([{ content: 'Sunny.' }], 'stop'))
  const { text, steps } = await generateText({
    model: createOpenAI(settings(customer.key))('mock/model'),
    prompt: 'Weather?',
    tools: { weather },
    stopWhen: isStepCount(3),
    providerOptions: { openai: { store: false, include: ['reasoning.encrypted_content'] } },
  })
  deepEqual([text, steps[0]!.reasoningText], ['Sunny.', 'Hm.'])
  deepEqual(at(lastBody(), 'messages.1.reasoning_details'), [{ ...thought.reasoning_details[0], index: 0 }])
})

test(
  '@ai-sdk/openai (Responses): a round of tools needs nothing stored, though a model reasons',
  { timeout },
  async () => {
    const customer = await customerWith()
    upstream.enqueue(whole([{ reasoning: 'Hm.' }, ...calls], 'tool_calls'), whole([{ content: 'Sunny.' }], 'stop'))
    const model = createOpenAI(settings(customer.key))('mock/model')
    const { text } = await generateText({ model, prompt: 'Weather?', tools: { weather }, stopWhen: isStepCount(3) })
    equal(text, 'Sunny.')
    equal(at(lastBody(), 'messages.1.tool_calls.length'), 2)
  },
)

test('@ai-sdk/openai (Responses): who refers to stored items is told how to send them', { timeout }, async () => {
  const customer = await customerWith()
  upstream.enqueue(whole([{ content: 'I look.' }, ...calls], 'tool_calls'))
  const model = createOpenAI(settings(customer.key))('mock/model')
  await rejects(
    generateText({ model, prompt: 'Weather?', tools: { weather }, stopWhen: isStepCount(3) }),
    (error: unknown) => APICallError.isInstance(error) && /store: false/.test(error.message),
  )
})

test('every charge of this file is on the ledger', { timeout }, () => stage.reconcile())
