/** Amazon Bedrock as a provider, played from recordings, called by OpenAI's own client and by Anthropic's. */
import Anthropic from '@anthropic-ai/sdk'
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIUserAbortError, BadRequestError, RateLimitError } from 'openai'
import { at } from './support/ask.ts'
import { startBedrockUpstream } from './support/bedrock-upstream.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths, type PriceTexts } from './support/expected-cost.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const prices: PriceTexts = { input: '3.000001', cached_input: '0.3', cache_write: '3.75', output: '15' }
const timeout = 60_000
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

const stage = await openStage({ after })
const signed = await startBedrockUpstream({ after }, credentials)
const keyed = await startBedrockUpstream({ after }, { bearer: upstreamKey })
const { data: signing } = await stage.server().manage<{ data: { id: string } }>('POST', '/providers', {
  ...{ name: 'signed', dialect: 'bedrock', base_url: signed.baseUrl, allow_private: true },
  api_key: `${credentials.accessKeyId}:${credentials.secretAccessKey}`,
})
const keyedId = await stage.addUpstream(keyed, { dialect: 'bedrock' })
const claude = 'anthropic/claude-sonnet-4-5'
const upstreamModel = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
await stage.addModel({ id: claude, prices, offers: [{ providerId: signing.id, upstreamModel }] })
await stage.addModel({
  id: 'amazon/nova',
  prices,
  offers: [{ providerId: keyedId, upstreamModel: 'amazon.nova-pro-v1:0' }],
})
await stage.addModel({
  id: 'amazon/titan-embed',
  prices,
  offers: [{ providerId: signing.id, upstreamModel: 'amazon.titan-embed-text-v2:0' }],
})

const openaiOf = ({ key }: Pick<Customer, 'key'>) =>
  new OpenAI({ apiKey: key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
const newCustomer = () => stage.addCustomer('1000000')
const messages = [{ role: 'user' as const, content: 'Hi' }]
const path = '/bedrock-runtime/eu-central-1/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0'

/** The units of the recordings. */
const textUnits = { input: 25, output: 15 }

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

  test(`a call with a signed request is answered, ${how}, and charged by what AWS counts`, { timeout }, async () => {
    const who = await newCustomer()
    const completions = openaiOf(who).chat.completions
    const asked = { model: claude, messages, max_tokens: 50 }
    const answer = stream
      ? await completions.stream({ ...asked, stream_options: { include_usage: true } }).finalChatCompletion()
      : await completions.create(asked)
    equal(answer.choices[0]!.message.content, 'Grüß Gott! 👋\nHow can I help?')
    deepEqual([answer.model, answer.id], [claude, 'chatcmpl-aws-request-1'])
    equal(at(answer, 'usage.cost_credits'), creditsFor(textUnits, prices))
    await spends(who, textUnits)
    equal(signed.requests.at(-1)!.path, `${path}/${stream ? 'converse-stream' : 'converse'}`)
    deepEqual(signed.requests.at(-1)!.body, {
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 50 },
    })
  })

  test(`a call with a Bedrock API key, and a round of parallel tools, ${how}`, { timeout }, async () => {
    const who = await newCustomer()
    const completions = openaiOf(who).chat.completions
    const tools = ['get_weather', 'get_time'].map((name) => ({
      type: 'function' as const,
      function: { name, parameters: { type: 'object', properties: {} } },
    }))
    keyed.enqueue({ fixture: 'tools' })
    const asked = { model: 'amazon/nova', messages, tools }
    const answer = stream ? await completions.stream(asked).finalChatCompletion() : await completions.create(asked)
    const { message, finish_reason: finish } = answer.choices[0]!
    equal(finish, 'tool_calls')
    deepEqual(
      message.tool_calls?.map((call) => call.type === 'function' && (JSON.parse(call.function.arguments) as unknown)),
      [{ city: 'San Francisco' }, { city: 'Zürich' }, {}],
    )
    const results = (message.tool_calls ?? []).map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: id,
    }))
    await completions.create({ model: 'amazon/nova', tools, messages: [...messages, message, ...results] })
    const turns = keyed.requests.at(-1)!.body['messages'] as unknown as { content: object[] }[]
    deepEqual(
      turns.map(({ content }) => content.map((block) => Object.keys(block).join())),
      [['text'], ['text', 'toolUse', 'toolUse', 'toolUse'], ['toolResult', 'toolResult', 'toolResult']],
    )
    await spends(who, { input: 472, output: 89 }, textUnits)
  })

  test(`thinking and cache points go through Anthropic's client there and back, ${how}`, { timeout }, async () => {
    const who = await newCustomer()
    const client = new Anthropic({ apiKey: who.key, baseURL: stage.server().url, maxRetries: 0 })
    const asked = {
      model: claude,
      max_tokens: 4_000,
      thinking: { type: 'enabled' as const, budget_tokens: 2_000 },
      system: [{ type: 'text' as const, text: 'Be brief.', cache_control: { type: 'ephemeral' as const } }],
    }
    signed.enqueue({ fixture: 'thinking' })
    const message = stream
      ? await client.messages.stream({ ...asked, messages }).finalMessage()
      : await client.messages.create({ ...asked, messages })
    deepEqual(
      message.content.map(({ type }) => type),
      ['thinking', 'redacted_thinking', 'text'],
    )
    equal(message.usage.cache_creation_input_tokens, 512)
    const assistant = { role: 'assistant' as const, content: message.content as Anthropic.ContentBlockParam[] }
    await client.messages.create({ ...asked, messages: [...messages, assistant, ...messages] })
    const { body } = signed.requests.at(-1)!
    deepEqual(body['system'], [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }])
    deepEqual(body['additionalModelRequestFields'], { thinking: { type: 'enabled', budget_tokens: 2_000 } })
    deepEqual(at(body, 'messages.1.content.0.reasoningContent.reasoningText'), {
      text: 'Let me work this out: 27 * 453',
      signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h',
    })
    await spends(who, { input: 12, cached_input: 2_048, cache_write: 512, output: 210 }, textUnits)
  })
}

test('texts are embedded by InvokeModel, several are refused', { timeout }, async () => {
  const who = await newCustomer()
  const client = openaiOf(who)
  signed.enqueue({ status: 200, body: { embedding: [1, -2.5], inputTextTokenCount: 3 } })
  const { data, usage } = await client.embeddings.create({ model: 'amazon/titan-embed', input: 'Hi' })
  deepEqual(data[0]!.embedding, [1, -2.5])
  equal(usage.prompt_tokens, 3)
  await spends(who, { input: 3 })
  await rejects(
    client.embeddings.create({ model: 'amazon/titan-embed', input: ['a', 'b'] }),
    (error) => error instanceof BadRequestError && /one text at a time/.test(error.message),
  )
})

test("errors: the request's fault is told, the offer's and AWS's move on", { timeout }, async () => {
  const who = await newCustomer()
  const client = openaiOf(who)
  signed.enqueue({ status: 400, body: { message: 'The maximum tokens you requested exceeds the model limit.' } })
  await rejects(
    client.chat.completions.create({ model: claude, messages }),
    (error) => error instanceof BadRequestError && /exceeds the model limit/.test(error.message),
  )
  signed.enqueue({ status: 429, body: { message: 'Too many requests' }, headers: { 'retry-after': '60' } })
  await rejects(
    client.chat.completions.create({ model: claude, messages }),
    (error) => error instanceof RateLimitError && !error.message.includes(upstreamKey),
  )
  await spends(who)
})

for (const [name, message] of Object.entries({
  unknown: 'The provided model identifier is invalid.',
  quota: 'Your quota.',
})) {
  test(`a 400 that is no fault of the request is asked of the next provider: ${name}`, { timeout }, async () => {
    const who = await newCustomer()
    const bearer = { bearer: upstreamKey }
    const pair = [await startBedrockUpstream({ after }, bearer), await startBedrockUpstream({ after }, bearer)]
    const names = pair.map((_, index) => `${name}-${index}`)
    const ids = await Promise.all(
      pair.map((each, index) => stage.addUpstream(each, { name: names[index]!, dialect: 'bedrock' })),
    )
    await stage.addModel({
      id: `anthropic/${name}`,
      prices,
      offers: ids.map((providerId) => ({ providerId, upstreamModel })),
    })
    pair[0]!.enqueue({ status: 400, body: { message } })
    equal((await who.chat({ model: `anthropic/${name}`, provider: { order: names } })).status, 200)
    deepEqual(
      pair.map(({ requests }) => requests.length),
      [1, 1],
    )
    await spends(who, textUnits)
  })
}

test('an exception in mid-stream ends the call as an error, charged for what was delivered', { timeout }, async () => {
  const who = await newCustomer()
  signed.enqueue({ fixture: 'throttled' })
  const { text } = await who.chat({ model: claude, stream: true })
  match(text, /Half an ans/)
  match(text, /"error"/)
  ok(!text.includes('[DONE]'))
  ok(thousandths((await who.balance()).spent) > 0n)
})

test('a stream that its caller leaves is cancelled there, and what was delivered is charged', { timeout }, async () => {
  const who = await newCustomer()
  signed.enqueue({ fixture: 'text', staysOpenAfter: 3 })
  const controller = new AbortController()
  const stream = await openaiOf(who).chat.completions.create(
    { model: claude, messages, stream: true },
    { signal: controller.signal },
  )
  await rejects(async () => {
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === ' Gott! 👋') controller.abort()
    throw new APIUserAbortError()
  }, APIUserAbortError)
  const request = signed.requests.at(-1)!
  await eventually('the upstream sees the cancellation', () => request.gone)
  await eventually('the call is settled', async () => (await who.balance()).held === '0')
  ok(thousandths((await who.balance()).spent) > 0n)
})

test('the keys are seen nowhere, and the ledger balances', { timeout }, async () => {
  for (const secret of [upstreamKey, credentials.secretAccessKey]) ok(!stage.everythingSaid().includes(secret))
  await stage.reconcile()
})
