/** Answers with nothing in them: which are a provider's failure, and which are what the caller asked for. */
import { deepEqual, equal } from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { JsonObject } from '../src/core/json.ts'
import { at, textOf } from './support/ask.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { event, json } from './support/mock-upstream-answers.ts'
import { openStage } from './support/stage.ts'

const cheap = { input: '1', output: '2', reasoning: '3' }
const dear = { input: '5', output: '7' }
const timeout = 60_000

const stage = await openStage({ after })
const first = await startMockUpstream({ after })
const second = await startMockUpstream({ after }, { words: ['From', ' the', ' second'], promptTokens: 13 })
const fromSecond = { input: 13, output: 3 }
const firstId = await stage.addUpstream(first, { name: 'first' })
const secondId = await stage.addUpstream(second, { name: 'second' })
let models = 0

/** A model of its own for each test, so that none is avoided for what happened in another. */
async function newModel(providers: 'one' | 'two'): Promise<string> {
  const id = `${providers}/${++models}`
  const offers = [
    { providerId: firstId, upstreamModel: 'm', prices: cheap },
    { providerId: secondId, upstreamModel: 'm', prices: dear },
  ]
  await stage.addModel({ id, outputTokensMax: 1_000, offers: providers === 'one' ? offers.slice(0, 1) : offers })
  return id
}

type Said = {
  readonly message?: JsonObject
  readonly finish?: string
  readonly usage?: JsonObject
}

const usage = (prompt_tokens: number, completion_tokens: number, reasoning_tokens = 0): JsonObject => ({
  ...{ prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  completion_tokens_details: { reasoning_tokens },
})

/** What a provider says of the one choice that it gives, if it gives one, as a whole or as a stream. */
function saying({ message, finish, usage: used }: Said, stream: boolean): Behaviour {
  const head = { id: 'x', object: stream ? 'chat.completion.chunk' : 'chat.completion', created: 1, model: 'm' }
  if (!stream) {
    const choices = message || finish ? [{ index: 0, message: message ?? {}, finish_reason: finish ?? null }] : []
    return { deliver: () => [json({ ...head, choices, ...(used && { usage: used }) })] }
  }
  const choice = (delta: JsonObject, reason: string | null) =>
    event({ ...head, choices: [{ index: 0, delta, finish_reason: reason }] })
  return {
    deliver: () => [
      ...(message ? [choice({ role: 'assistant', content: '' }, null), choice(message, null)] : []),
      ...(finish === undefined ? [] : [choice({}, finish)]),
      ...(used ? [event({ ...head, choices: [], usage: used })] : []),
      Buffer.from('data: [DONE]\n\n'),
    ],
  }
}

const empty = { role: 'assistant', content: '' }

/** No answers: the next provider is asked, and when there is none the caller pays nothing. */
const failures: Readonly<Record<string, Said>> = {
  'no choice at all': {},
  'usage alone': { usage: usage(1_000, 5_000) },
  'a reason to end alone': { finish: 'stop' },
  'a tool call that is not there': { message: empty, finish: 'tool_calls' },
  'an empty text without usage': { message: empty, finish: 'stop' },
  'an empty text whose provider says that it wrote nothing': { message: empty, finish: 'stop', usage: usage(11, 0) },
  'a filter without usage': { message: empty, finish: 'content_filter' },
  'empty members': { message: { ...empty, tool_calls: [], refusal: null, audio: null }, finish: 'stop' },
}

/** Answers, though there is nothing in them: the provider has done what it was asked, and is paid for what it reports. */
const answers: Readonly<Record<string, Said & { readonly asked?: JsonObject; readonly units: object }>> = {
  'a bound that hidden reasoning used up': {
    ...{ message: empty, finish: 'length', usage: usage(11, 64, 64) },
    units: { input: 11, reasoning: 64 },
  },
  'a text that was nothing but the end': {
    ...{ message: empty, finish: 'stop', usage: usage(11, 1) },
    units: { input: 11, output: 1 },
  },
  'a bound that left no room for a word': {
    ...{ message: empty, finish: 'length', usage: usage(11, 0), asked: { max_tokens: 1 } },
    units: { input: 11 },
  },
  "the caller's own stop at the first word": {
    ...{ message: empty, finish: 'stop', usage: usage(11, 0), asked: { stop: ['From'] } },
    units: { input: 11 },
  },
  'a filter that read the prompt': {
    ...{ message: empty, finish: 'content_filter', usage: usage(11, 0) },
    units: { input: 11 },
  },
}

/** Answers like any other, without a text. */
const contents: Readonly<Record<string, JsonObject>> = {
  'a tool call': { tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] },
  reasoning: { reasoning_content: 'Hm' },
  'a refusal': { refusal: 'No' },
  audio: { audio: { id: 'a', data: 'AAAA' } },
}

for (const stream of [false, true]) {
  suite(stream ? 'streamed' : 'plain', () => {
    for (const [name, said] of Object.entries(failures)) {
      test(`${name} is no answer: the next provider answers and is paid alone`, { timeout }, async () => {
        const customer = await stage.addCustomer('1000000')
        first.enqueue(saying(said, stream))
        const answer = await customer.chat({ model: await newModel('two'), stream })
        equal(stream ? textOf(answer) : at(answer.json, 'choices.0.message.content'), 'From the second', answer.text)
        const receipt = await customer.receipt(answer)
        deepEqual([receipt['provider_name'], at(receipt, 'attempts.0.outcome')], ['second', 'malformed'])
        equal(receipt['credits'], creditsFor(fromSecond, dear))
      })

      test(`${name}, and nobody else to ask: the caller is told, and pays nothing`, { timeout }, async () => {
        const customer = await stage.addCustomer('1000000')
        first.enqueue(saying(said, stream))
        const answer = await customer.chat({ model: await newModel('one'), stream })
        deepEqual([answer.status, at(answer.json, 'error.code')], [502, 'upstream_error'])
        const { held, spent } = await customer.balance()
        deepEqual([held, spent], ['0', '0'])
      })
    }

    for (const [name, { asked, units, ...said }] of Object.entries(answers)) {
      test(`${name} is an answer, and what the provider reports is paid`, { timeout }, async () => {
        const customer = await stage.addCustomer('1000000')
        first.enqueue(saying(said, stream))
        const answer = await customer.chat({ model: await newModel('two'), stream, ...asked })
        equal(answer.status, 200, answer.text)
        const receipt = await customer.receipt(answer)
        deepEqual([receipt['provider_name'], receipt['finish_reason']], ['first', said.finish])
        equal(receipt['credits'], creditsFor(units, cheap))
        if (stream) equal(answer.events.at(-1), '[DONE]')
      })
    }

    for (const [name, message] of Object.entries(contents)) {
      test(`${name} without a text is an answer`, { timeout }, async () => {
        const customer = await stage.addCustomer('1000000')
        first.enqueue(saying({ message: { ...empty, ...message }, finish: 'stop', usage: usage(11, 0) }, stream))
        const answer = await customer.chat({ model: await newModel('two'), stream })
        const receipt = await customer.receipt(answer)
        equal(receipt['provider_name'], 'first', JSON.stringify(receipt['attempts']))
      })
    }
  })
}

test('an embedding of nothing is no answer', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  first.enqueue({ deliver: () => [json({ object: 'list', data: [], usage: { prompt_tokens: 3, total_tokens: 3 } })] })
  const answer = await customer.ask('/v1/embeddings', { model: await newModel('two'), input: 'Hi' })
  equal((await customer.receipt(answer))['provider_name'], 'second')
})

test(
  'a stream that breaks off after an empty beginning moves on, and its caller sees one beginning',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    first.enqueue({ deliver: (frames) => [...frames.slice(0, 1), { waitMs: 20 }, 'reset'] })
    const answer = await customer.ask('/v1/messages', {
      ...{ model: await newModel('two'), stream: true, max_tokens: 20 },
      messages: [{ role: 'user', content: 'Hi' }],
    })
    equal(answer.text.match(/event: message_start/g)?.length, 1, answer.text)
    equal((await customer.receipt(answer))['provider_name'], 'second')
  },
)

test('after all of this the ledger reconciles', { timeout }, () => stage.reconcile())
