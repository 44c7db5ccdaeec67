/** LangChain's ChatOpenAI, on chat completions and on the Responses API, against a scripted provider. */
import {
  HumanMessage,
  ToolMessage,
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
} from '@langchain/core/messages'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import type { JsonObject } from '../src/core/json.ts'
import { at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { callPiece, streamed, told, whole } from './support/mock-upstream-turns.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices: PriceTexts = { input: '3', cached_input: '0.3', cache_write: '3.75', output: '15', reasoning: '15' }
const timeout = 60_000

const stage = await openStage({ after })
const upstream = await startMockUpstream({ after })
const providerId = await stage.addUpstream(upstream)
for (const [id, upstreamModel] of [
  ['mock/model', 'model'],
  ['mock/trickle', 'slow-trickle'],
] as const)
  await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel }] })

const fieldsFor = (apiKey: string, model = 'mock/model', maxRetries = 0) => ({
  ...{ model, apiKey, maxRetries },
  configuration: { baseURL: `${stage.server().url}/v1` },
})
const lastBody = (): JsonObject => upstream.requests.at(-1)!.body

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const weather = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather of a city', parameters: schema },
}
const calls = [{ tool_calls: [callPiece(0, 'call_a', '{"city":"Rome"}'), callPiece(1, 'call_b', '{"city":"Oslo"}')] }]

for (const name of ['chat', 'Responses']) {
  const modelFor = (key: string, model?: string, maxRetries?: number) =>
    new ChatOpenAI({ ...fieldsFor(key, model, maxRetries), useResponsesApi: name === 'Responses' })
  const check = (what: string, run: () => Promise<void>) => void test(`LangChain (${name}): ${what}`, { timeout }, run)

  check('a plain answer, and its charge', async () => {
    const customer = await stage.addCustomer('1000000')
    upstream.enqueue(whole([{ content: 'Hello.' }], 'stop'))
    const answer = await modelFor(customer.key).invoke('Hi')
    equal(answer.text, 'Hello.')
    deepEqual([at(answer, 'usage_metadata.input_tokens'), at(answer, 'usage_metadata.output_tokens')], [100, 20])
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })

  check('a stream, and its charge', async () => {
    const customer = await stage.addCustomer('1000000')
    upstream.enqueue(streamed([{ content: 'Hel' }, { content: 'lo.' }], 'stop'))
    const message = await merged(await modelFor(customer.key).stream('Hi'))
    equal(message.text, 'Hello.')
    equal(at(message, 'usage_metadata.total_tokens'), 120)
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })

  for (const how of ['plain', 'streamed'] as const) {
    check(`a loop of parallel tools, ${how}`, async () => {
      const customer = await stage.addCustomer('1000000')
      const say = how === 'plain' ? whole : streamed
      upstream.enqueue(say(calls, 'tool_calls'), say([{ content: 'Both are sunny.' }], 'stop'))
      const model = modelFor(customer.key).bindTools([weather])
      const turn = async (messages: BaseMessage[]) =>
        (how === 'plain' ? await model.invoke(messages) : await merged(await model.stream(messages))) as AIMessage
      const messages: BaseMessage[] = [new HumanMessage('Weather in Rome and Oslo?')]
      const first = await turn(messages)
      deepEqual(
        first.tool_calls?.map(({ id, name: called, args }) => [id, called, args]),
        [
          ['call_a', 'weather', { city: 'Rome' }],
          ['call_b', 'weather', { city: 'Oslo' }],
        ],
      )
      messages.push(
        first,
        ...(first.tool_calls ?? []).map(({ id }) => new ToolMessage({ tool_call_id: id!, content: 'Sunny' })),
      )
      equal((await turn(messages)).text, 'Both are sunny.')
      const sent = (lastBody()['messages'] as JsonObject[]).slice(1)
      deepEqual(
        sent.map((message) => [message['role'], at(message, 'tool_calls.length'), message['tool_call_id']]),
        [
          ['assistant', 2, undefined],
          ['tool', undefined, 'call_a'],
          ['tool', undefined, 'call_b'],
        ],
      )
    })
  }

  check('structured output by its schema', async () => {
    const customer = await stage.addCustomer('1000000')
    upstream.enqueue(whole([{ content: '{"city":"Rome"}' }], 'stop'))
    const model = modelFor(customer.key).withStructuredOutput(schema, {
      ...{ name: 'place', method: 'jsonSchema', strict: true },
    })
    deepEqual(await model.invoke('Where?'), { city: 'Rome' })
    deepEqual(at(lastBody(), 'response_format.json_schema.schema.required'), ['city'])
  })

  check('an image', async () => {
    const url = 'data:image/png;base64,iVBORw0KGgo='
    const content = [
      { type: 'text', text: 'What is it?' },
      { type: 'image_url', image_url: { url } },
    ]
    await modelFor((await stage.addCustomer('1000000')).key).invoke([new HumanMessage({ content })])
    equal(at(lastBody(), 'messages.0.content.1.image_url.url'), url)
  })

  check('a stream that is aborted is charged for what came, and nothing stays held', async () => {
    const customer = await stage.addCustomer('1000000')
    const before = upstream.cancelledCount()
    const leaving = new AbortController()
    const model = modelFor(customer.key, 'mock/trickle')
    const read = async () => {
      for await (const piece of await model.stream('Hi', { signal: leaving.signal }))
        if (piece.text !== '') leaving.abort()
    }
    await rejects(read)
    await upstream.waitFor('cancelled', before + 1)
    await eventually('the hold is gone', async () => (await customer.balance()).held === '0')
    ok(Number((await customer.balance()).spent) > 0)
  })

  check('errors say what is wrong', async () => {
    const customer = await stage.addCustomer('1000000')
    const poor = await stage.addCustomer('0')
    const failing = (key: string, model?: string) => modelFor(key, model).invoke('Hi')
    const is = (status: number, message: RegExp) => (error: unknown) => {
      match((error as Error).message, message)
      return at(error, 'status') === status
    }
    await rejects(failing(customer.key, 'no/such'), is(404, /'no\/such' does not exist/))
    await rejects(failing(poor.key), is(402, /credits/))
    await rejects(failing('sk-rp-wrong'), is(401, /key/))
  })

  check('a failure is tried again, and only the answer is charged', async () => {
    const customer = await stage.addCustomer('1000000')
    upstream.enqueue('server-error', whole([{ content: 'At last.' }], 'stop'))
    equal((await modelFor(customer.key, 'mock/model', 2).invoke('Hi')).text, 'At last.')
    equal((await customer.balance()).spent, creditsFor(told.units, prices))
  })
}

test('OpenAIEmbeddings has its texts embedded', { timeout }, async () => {
  const { key } = await stage.addCustomer('1000000')
  const embeddings = new OpenAIEmbeddings(fieldsFor(key, 'local/use-lite'))
  const [first, second] = await embeddings.embedDocuments(['A hold', 'A charge'])
  deepEqual([first!.length, second!.length], [512, 512])
})

test('every charge of this file is on the ledger', { timeout }, () => stage.reconcile())

/** The message that the pieces of a stream make up. */
async function merged(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  const [first, ...rest] = await Array.fromAsync(stream)
  return rest.reduce((message, piece) => message.concat(piece), first!)
}
