import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { at } from './support/ask.ts'
import { creditsFor } from './support/expected-cost.ts'
import { playApi, unnamedEvents } from './support/played-api.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const timeout = 60_000
const prices = { input: '2.5', cached_input: '1.25', output: '10' }
const safe = { hate: { filtered: false, severity: 'safe' }, jailbreak: { filtered: false, detected: false } }
const usage = {
  ...{ prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 },
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
}
const cost = creditsFor({ input: 12, cached_input: 8, output: 4 }, prices)

const stage = await openStage({ after })
const azure = await playApi({ after })
const customer = await stage.addCustomer('1000000')
const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })

async function deploy(id: string, query: string): Promise<void> {
  const baseUrl = `${azure.baseUrl}/${query}`
  const providerId = await stage.addUpstream({ baseUrl }, { dialect: 'azure' })
  await stage.addModel({ id, prices, offers: [{ providerId, upstreamModel: 'my-4o' }] })
}
await deploy('azure-v1', '')
await deploy('azure-dated', '?api-version=2025-01-01-preview')

const messages = [{ role: 'user' as const, content: 'Hi' }]

const chunk = (choices: readonly object[], more: object = {}) => ({
  ...{ id: 'chatcmpl-a', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'gpt-4o-2024-11-20' },
  choices,
  ...more,
})

/** As Azure streams: what the filter thinks of the prompt comes before anything else, in a chunk without choices. */
const streamed = unnamedEvents(
  {
    ...{ choices: [], created: 0, id: '', model: '', object: '' },
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }],
  },
  chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null, content_filter_results: {} }]),
  chunk([{ index: 0, delta: { content: 'Hello' }, finish_reason: null, content_filter_results: safe }]),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop', content_filter_results: {} }]),
  chunk([], { usage }),
)

for (const [model, url] of [
  ['azure-v1', '/openai/v1/chat/completions'],
  ['azure-dated', '/openai/deployments/my-4o/chat/completions?api-version=2025-01-01-preview'],
] as const) {
  test(
    `${model}: a stream that begins with the filter's results is whole and charged exactly`,
    { timeout },
    async () => {
      azure.next({ events: streamed })
      const stream = await client.chat.completions.create({
        ...{ model, messages, stream: true, stream_options: { include_usage: true } },
      })
      const chunks = await Array.fromAsync(stream)
      equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Hello')
      ok(chunks.every((each) => each.model === model))
      deepEqual(at(chunks[0], 'prompt_filter_results.0.content_filter_results'), safe)
      ok(chunks.every((each) => each.object === 'chat.completion.chunk'))
      equal(chunks.at(-1)?.id, 'chatcmpl-a', 'the usage belongs to the answer, not to what the filter said')
      equal(at(chunks.at(-1), 'usage.cost_credits'), cost)
      const sent = azure.requests.at(-1)!
      deepEqual([sent.url, sent.body['model']], [url, 'my-4o'])
      deepEqual([sent.headers['api-key'], sent.headers['authorization']], [upstreamKey, undefined])
    },
  )
}

test('a whole answer keeps what the filter said of it', { timeout }, async () => {
  azure.next({
    json: {
      ...{ id: 'chatcmpl-b', object: 'chat.completion', created: 1, model: 'gpt-4o', usage },
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }],
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi' },
          finish_reason: 'stop',
          content_filter_results: safe,
        },
      ],
    },
  })
  const answer = await customer.chat({ model: 'azure-v1' })
  deepEqual(at(answer.json, 'choices.0.content_filter_results'), safe)
  deepEqual([at(answer.json, 'model'), at(answer.json, 'usage.cost_credits')], ['azure-v1', cost])
})

test('a prompt that the filter refuses is refused with its reason, and costs nothing', { timeout }, async () => {
  azure.next({
    status: 400,
    json: {
      error: {
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        ...{ type: null, param: 'prompt', code: 'content_filter', status: 400 },
        innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: safe },
      },
    },
  })
  const { spent } = await customer.balance()
  const answer = await customer.chat({ model: 'azure-v1' })
  deepEqual([answer.status, at(answer.json, 'error.param')], [400, 'prompt'])
  match(String(at(answer.json, 'error.message')), /content management policy/)
  equal((await customer.balance()).spent, spent)
})

test(
  'a deployment that is missing, a wrong key and a full quota move on to the next provider',
  { timeout },
  async () => {
    const baseUrl = `${azure.baseUrl}/openai/v1`
    const providerId = await stage.addUpstream({ baseUrl }, { dialect: 'azure' })
    const second = { providerId, upstreamModel: 'other', prices: { input: '3', output: '11' } }
    const first = { providerId, upstreamModel: 'gone', prices }
    await stage.addModel({ id: 'azure-twice', offers: [first, second] })
    const missing = { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' }
    const failures = [
      { status: 404, json: { error: missing } },
      { status: 401, json: { statusCode: 401, message: 'Unauthorized. Access token is missing, invalid or expired.' } },
      { status: 429, json: { error: { code: '429', message: 'Requests have exceeded token rate limit.' } } },
    ]
    const whole = { id: 'c', object: 'chat.completion', created: 1, model: 'm', usage }
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }]
    for (const failure of failures) {
      azure.next(failure, { json: { ...whole, choices } })
      equal((await customer.chat({ model: 'azure-twice' })).status, 200)
    }
    await stage.reconcile()
  },
)
