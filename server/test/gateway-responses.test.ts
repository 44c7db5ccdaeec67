/** The Responses API in front of providers that speak APIs of their own, played from recordings, called by OpenAI's client. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import type { JsonObject } from '../src/core/json.ts'
import { at } from './support/ask.ts'
import { playApi, recordings } from './support/played-api.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '3', cached_input: '0.3', cache_write: '3.75', output: '15', reasoning: '15' }
const dialects = {
  anthropic: {
    upstreamModel: 'claude-opus-4-8',
    names: ['text', 'thinking', 'tools', 'refusal', 'stop-sequence'],
  },
  'openai-responses': {
    upstreamModel: 'gpt-5.1',
    names: ['text', 'tools', 'reasoning', 'refusal', 'logprobs', 'max-tokens', 'content-filter', 'phases'],
  },
}

const stage = await openStage({ after })
const customer = await stage.addCustomer('10000000')
const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const tools = ['multiply', 'get_weather'].map((name) => ({
  ...{ type: 'function' as const, name, strict: false },
  parameters: { type: 'object', properties: {} },
}))

/** What differs from call to call, and what the client adds by itself. */
const unsaid = new Set(['id', 'parsed', 'parsed_arguments'])

/** What a response says; arguments as the JSON that they are, which providers space as they like. */
const saidBy = ({ status, incomplete_details: details, output, usage }: OpenAI.Responses.Response): unknown =>
  JSON.parse(JSON.stringify({ status, details, output, usage }), (name, value: unknown) =>
    unsaid.has(name) ? undefined : name === 'arguments' ? (JSON.parse(value as string) as unknown) : value,
  )

/** An API that plays recordings, served under a model of its own. */
async function stageDialect([dialect, { upstreamModel, names }]: [string, (typeof dialects)[keyof typeof dialects]]) {
  const recorded = recordings(dialect)
  const api = await playApi({ after })
  const path = dialect === 'anthropic' ? '' : '/v1'
  const providerId = await stage.addUpstream({ baseUrl: `${api.baseUrl}${path}` }, { dialect })
  const model = `mock/${dialect}`
  await stage.addModel({ id: model, prices, offers: [{ providerId, upstreamModel }] })
  const asked = { model, tools, reasoning: { effort: 'high' as const } }
  return { dialect, names, recorded, api, asked }
}

// All of it before the first test: the stage is left when no test is waiting, though more were to come.
const staged = await Array.fromAsync(Object.entries(dialects), stageDialect)

for (const { dialect, names, recorded, api, asked } of staged) {
  for (const name of names) {
    test(`${dialect}, ${name}: a stream ends with the response that a plain answer is`, { timeout }, async () => {
      api.next(recorded.whole(name), recorded.stream(name))
      const plain = await client.responses.create({ ...asked, input: 'Hi' })
      const streamed = await client.responses.stream({ ...asked, input: 'Hi' }).finalResponse()
      deepEqual(saidBy(streamed), saidBy(plain))
      ok(plain.output.length > 0 || plain.status === 'incomplete')
    })
  }

  for (const stream of [false, true]) {
    const how = stream ? 'streamed' : 'plain'

    test(
      `${dialect}: reasoning goes back as it came, ${how}, though nobody asked for it sealed`,
      { timeout },
      async () => {
        const name = dialect === 'anthropic' ? 'thinking' : 'reasoning'
        api.next(stream ? recorded.stream(name) : recorded.whole(name), recorded.whole('text'))
        const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'What is 27 times 453?' }]
        const first = stream
          ? await client.responses.stream({ ...asked, input }).finalResponse()
          : await client.responses.create({ ...asked, input })
        input.push(...(first.output as OpenAI.Responses.ResponseInput))
        for (const item of first.output)
          if (item.type === 'function_call')
            input.push({ type: 'function_call_output', call_id: item.call_id, output: '12231' })
        if (input.at(-1)?.type !== 'function_call_output') input.push({ role: 'user', content: 'Sure?' })
        await client.responses.create({ ...asked, input })
        const { body } = api.requests.at(-1)!
        if (dialect === 'anthropic') {
          const blocks = (at(body, 'messages.1.content') as readonly JsonObject[]).slice(0, 3)
          deepEqual(blocks, (at(recorded.whole(name).json, 'content') as readonly JsonObject[]).slice(0, 3))
        } else {
          const isReasoning = ({ type }: JsonObject) => type === 'reasoning'
          const given = (body['input'] as readonly JsonObject[]).filter(isReasoning)
          const came = (at(recorded.whole(name).json, 'output') as readonly JsonObject[]).filter(isReasoning)
          deepEqual(
            given.map(({ id, encrypted_content: data }) => [id, data]),
            came.map(({ id, encrypted_content: data }) => [id, data]),
          )
          ok(given.length > 0)
        }
      },
    )
  }
}

test('every charge of this file is on the ledger', { timeout }, async () => {
  equal((await customer.balance()).held, '0')
  await stage.reconcile()
})
