/** Completions of text at providers that have chats alone, and at those that have both, by OpenAI's own client. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { BadRequestError } from 'openai'
import { startAnthropicUpstream } from './support/anthropic-upstream.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { creditsFor, thousandths } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const prices = { input: '3', output: '15' }
const timeout = 60_000
const stage = await openStage({ after })
const claude = await startAnthropicUpstream({ after }, upstreamKey)
const legacy = await startMockUpstream({ after })
const chatty = await startMockUpstream({ after })
const claudeId = await stage.addUpstream(claude, { dialect: 'anthropic' })
const legacyId = await stage.addUpstream(legacy)
const chattyId = await stage.addUpstream(chatty, { dialect: 'openai' })
const sonnet = 'anthropic/claude-sonnet-4-5'
await stage.addModel({ id: sonnet, prices, offers: [{ providerId: claudeId, upstreamModel: 'claude-sonnet-4-5' }] })
await stage.addModel({ id: 'chatty', prices, offers: [{ providerId: chattyId, upstreamModel: 'gpt-4o' }] })
await stage.addModel({ id: 'instruct', prices, offers: [{ providerId: chattyId, upstreamModel: 'gpt-3.5-instruct' }] })
const dear = { input: '4', output: '20' }
const [atLegacy, atClaude] = [
  { providerId: legacyId, upstreamModel: 'm' },
  { providerId: claudeId, upstreamModel: 'claude-sonnet-4-5' },
]
await stage.addModel({ id: 'own-first', prices, offers: [atLegacy, { ...atClaude, prices: dear }] })
await stage.addModel({ id: 'chat-first', prices, offers: [atClaude, { ...atLegacy, prices: dear }] })

const clientOf = ({ key }: Pick<Customer, 'key'>) =>
  new OpenAI({ apiKey: key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 }).completions
const newCustomer = () => stage.addCustomer('1000000')

type Collected = {
  readonly text: string
  readonly finish: string | null
  readonly usage: unknown
  readonly objects: readonly string[]
}

async function streamed(who: Customer, asked: { model: string; prompt: string }): Promise<Collected> {
  const stream = await clientOf(who).create({ ...asked, stream: true, stream_options: { include_usage: true } })
  const chunks = await Array.fromAsync(stream)
  const choices = chunks.flatMap((chunk) => chunk.choices)
  return {
    text: choices.map(({ text }) => text).join(''),
    finish: choices.at(-1)!.finish_reason,
    usage: chunks.at(-1)!.usage,
    objects: [...new Set(chunks.map(({ object }) => object))],
  }
}

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'
  test(`a completion, ${how}, is answered by Claude and charged by what it counts`, { timeout }, async () => {
    const who = await newCustomer()
    const asked = { model: sonnet, prompt: 'Say hello.' }
    claude.enqueue({ fixture: 'text' })
    if (stream) {
      const { text, finish, usage, objects } = await streamed(who, asked)
      deepEqual([text, finish, objects], ['Grüß Gott! 👋\nHow can I help?', 'stop', ['text_completion']])
      equal(at(usage, 'cost_credits'), creditsFor({ input: 25, output: 15 }, prices))
    } else {
      const answer = await clientOf(who).create({ ...asked, stop: ['###'] })
      deepEqual(
        [answer.object, answer.model, answer.choices],
        [
          'text_completion',
          sonnet,
          [{ text: 'Grüß Gott! 👋\nHow can I help?', index: 0, logprobs: null, finish_reason: 'stop' }],
        ],
      )
      equal(answer.usage!.completion_tokens, 15)
      deepEqual(claude.requests.at(-1)!.body, {
        model: 'claude-sonnet-4-5',
        // OpenAI's default for a completion.
        max_tokens: 16,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }],
        stop_sequences: ['###'],
      })
    }
    const { spent, held } = await who.balance()
    deepEqual([spent, held], [creditsFor({ input: 25, output: 15 }, prices), '0'])
  })
}

test(
  'what no chat can say is refused before anything is held or asked, and served where completions are',
  { timeout },
  async () => {
    const who = await newCustomer()
    const asked = [claude.requests.length, legacy.requests.length]
    const unsayable = [
      [{ prompt: 'a', suffix: 'z' }, 'suffix'],
      [{ prompt: 'a', echo: true }, 'echo'],
      [{ prompt: 'a', best_of: 2 }, 'best_of'],
      [{ prompt: [1, 2] }, 'prompt'],
      [{ prompt: ['a', 'b'] }, 'prompt'],
    ] as const
    for (const [body, param] of unsayable) {
      await rejects(clientOf(who).create({ model: sonnet, ...body, prompt: body.prompt as string }), (error) => {
        ok(error instanceof BadRequestError)
        deepEqual([error.code, error.param], ['invalid_request', param])
        match(error.message, /answers completions by chat/)
        return true
      })
      // The dearer offer has completions of its own.
      equal((await who.ask('/v1/completions', { model: 'chat-first', ...body })).status, 200)
      equal(legacy.requests.at(-1)!.path, '/v1/completions')
    }
    deepEqual([claude.requests.length, legacy.requests.length], [asked[0], asked[1]! + unsayable.length])
    equal((await who.receipts()).length, unsayable.length)
  },
)

test(
  "a provider keeps its own completions for the models that have them, and is asked for a chat of the others'",
  { timeout },
  async () => {
    const who = await newCustomer()
    equal(
      (await clientOf(who).create({ model: 'chatty', prompt: 'Hi' })).choices[0]!.text,
      'Hello from the mock upstream',
    )
    const { path, body } = chatty.requests.at(-1)!
    deepEqual([path, body['max_completion_tokens'], body['max_tokens']], ['/v1/chat/completions', 16, undefined])
    deepEqual(body['messages'], [{ role: 'user', content: 'Hi' }])
    await clientOf(who).create({ model: 'instruct', prompt: 'Hi' })
    const own = chatty.requests.at(-1)!
    deepEqual([own.path, own.body['max_tokens'], own.body['max_completion_tokens']], ['/v1/completions', 16, undefined])
  },
)

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'
  test(`a failed offer of either kind hands a ${how} completion on to one of the other`, { timeout }, async () => {
    const who = await newCustomer()
    const textAt = async (model: string) =>
      stream
        ? (await streamed(who, { model, prompt: 'Hi' })).text
        : (await clientOf(who).create({ model, prompt: 'Hi' })).choices[0]!.text
    legacy.enqueue('server-error')
    claude.enqueue({ fixture: 'text' })
    equal(await textAt('own-first'), 'Grüß Gott! 👋\nHow can I help?')
    claude.enqueue({ status: 500, error: { type: 'api_error', message: 'It broke.' } })
    equal(await textAt('chat-first'), 'Hello from the mock upstream')
    const receipts = await who.receipts()
    deepEqual(
      receipts.map(({ attempts, kind }) => [(attempts as readonly unknown[]).length, kind]),
      [
        [2, 'completions'],
        [2, 'completions'],
      ],
    )
    equal((await who.balance()).held, '0')
  })
}

test('whatever a completion as a chat uses stays within its hold', { timeout }, async () => {
  const who = await newCustomer()
  const answer = await who.ask('/v1/completions', { model: 'chatty', prompt: 'Hi', n: 3, max_tokens: 4 })
  equal(answer.status, 200)
  const receipt = await who.receipt(answer)
  ok(thousandths(receipt['held_credits']) >= thousandths(receipt['credits']))
  // Three answers of four tokens, and more prompt than the two letters.
  ok(thousandths(receipt['held_credits']) > thousandths(creditsFor({ input: 20, output: 12 }, prices)))
  await stage.reconcile()
})
