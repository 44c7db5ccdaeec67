import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { JsonObject } from '../../../core/json.ts'
import { ask, eventsOf, openProvider, streamedText, user } from '../test/ask.ts'
import { readTokenizer } from './tokenizer.ts'

const provider = openProvider()
after(() => provider.close())

const nano = { model: 'nano' }
const usageToo = { stream_options: { include_usage: true } }
const refusal = 'I am a very small model and I do not know that. Add a provider key to use a bigger model.'

const say = async (request: JsonObject): Promise<string> => {
  const { body } = await ask(provider, 'chat', { ...nano, ...request })
  return body.choices[0]?.message?.content ?? ''
}

type HeldOut = { readonly set: 'filler' | 'form' | 'scope'; readonly question: string; readonly answer: string }

test('held-out questions are answered as the model card says: 97 % filler, 84 % form, 95 % out of scope', async () => {
  const lines = readFileSync(new URL('heldout.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const sample = lines.filter((_, at) => at % 5 === 0).map((line) => JSON.parse(line) as HeldOut)
  const answers = await Promise.all(sample.map(({ question }) => say(user(question))))
  for (const [set, floor] of [
    ['filler', 0.9],
    ['form', 0.75],
    ['scope', 0.9],
  ] as const) {
    const right = sample.flatMap((held, at) => (held.set === set ? [answers[at] === held.answer] : []))
    assert(right.length >= 12)
    const share = right.filter(Boolean).length / right.length
    assert(share >= floor, `${set}: ${share.toFixed(2)}`)
  }
})

test('without a temperature the answer is the best one, and says so when nano does not know', async () => {
  assert.equal(await say(user('What is the capital of Japan?')), 'The capital of Japan is Tokyo.')
  assert.equal(await say(user('Write me a SQL query')), refusal)
})

test('usage counts what nano reads (the last user message) and writes, and the count is known beforehand', async () => {
  const messages = [
    { role: 'system', content: 'A long system text that nano never sees.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is' },
        { type: 'text', text: ' RedPill?' },
      ],
    },
  ]
  const { body } = await ask(provider, 'chat', { ...nano, messages })
  assert.equal(body.usage?.prompt_tokens, 7)
  assert.equal(body.usage?.completion_tokens, 29)
  assert.equal(await provider.countPromptTokens?.({ endpoint: 'chat', body: { ...nano, messages } }), 7)
  assert.equal(await provider.countOutputTokens?.('nano', [body.choices[0]?.message?.content ?? '']), 29)
  const completion = await ask(provider, 'completions', { ...nano, prompt: ['What is RedPill?', 'Hi'] })
  assert.equal(completion.body.object, 'text_completion')
  assert.equal(completion.body.usage?.prompt_tokens, 11)
  assert.match(completion.body.choices[0]?.text ?? '', /^RedPill is a self-hosted/)
})

test('the same seed gives the same text, streamed or not; other seeds and no seed give others', async () => {
  const wild = { ...user('Tell me a joke'), temperature: 2, n: 2 }
  const seeded = { ...nano, ...wild, ...usageToo, seed: 42 }
  const { body } = await ask(provider, 'chat', seeded)
  const texts = body.choices.map((choice) => choice.message?.content)
  assert.notEqual(texts[0], texts[1])
  const events = eventsOf(await ask(provider, 'chat', seeded, { stream: true }))
  assert.deepEqual([streamedText(events, 0), streamedText(events, 1)], texts)
  assert.deepEqual(events.at(-1)?.usage, body.usage)
  const others = await Promise.all([say({ ...wild, seed: 43 }), say(wild), say(wild)])
  assert.equal(new Set([texts[0], ...others]).size, 4)
})

test('max_tokens and stop end the answer, streamed or not', async () => {
  for (const [fields, expected, reason] of [
    [{ max_tokens: 5 }, 'RedPill is a self-', 'length'],
    [{ stop: 'gateway' }, 'RedPill is a self-hosted LLM ', 'stop'],
    [{ stop: [' LLM gate', 'nothing'] }, 'RedPill is a self-hosted', 'stop'],
  ] as const) {
    const request = { ...nano, ...user('What is RedPill?'), ...fields }
    const { body } = await ask(provider, 'chat', request)
    assert.equal(body.choices[0]?.message?.content, expected)
    assert.equal(body.choices[0]?.finish_reason, reason)
    const events = eventsOf(await ask(provider, 'chat', request, { stream: true }))
    assert.equal(streamedText(events), expected)
    assert.equal(events.at(-1)?.choices[0]?.finish_reason, reason)
  }
})

test('log probabilities come for every token, with the likeliest ones, streamed or not', async () => {
  const request = { ...nano, ...user('What is RedPill?'), logprobs: true, top_logprobs: 3 }
  const { body } = await ask(provider, 'chat', request)
  const entries = body.choices[0]?.logprobs?.content ?? []
  assert.equal(entries.map(({ token }) => token).join(''), body.choices[0]?.message?.content)
  for (const { token, logprob, top_logprobs: top } of entries) {
    assert.equal(top.length, 3)
    assert.equal(top[0]?.token, token)
    assert(logprob <= 0 && top[2]!.logprob <= logprob)
  }
  const events = eventsOf(await ask(provider, 'chat', request, { stream: true }))
  assert.deepEqual(
    events.flatMap((event) => event.choices[0]?.logprobs?.content ?? []),
    entries,
  )
})

test('logit_bias bans a token of the vocabulary and refuses one that is not there', async () => {
  assert.equal(await say(user('Hi')), 'Hello! How can I help you today?')
  const hello = readTokenizer().encode('Hello')
  assert.equal(hello.length, 1)
  assert.doesNotMatch(await say({ ...user('Hi'), logit_bias: { [String(hello[0])]: -100 } }), /^Hello/)
  const refused = await ask(provider, 'chat', { ...nano, ...user('Hi'), logit_bias: { 1500: 1 } })
  assert.equal(refused.status, 400)
  assert.equal(refused.body.error.param, 'logit_bias')
})

test('a message over 32,768 characters and a call for embeddings are refused', async () => {
  const long = await ask(provider, 'chat', { ...nano, ...user('x'.repeat(32_769)) })
  assert.equal(long.status, 400)
  assert.equal(long.body.error.code, 'context_length_exceeded')
  assert.equal((await ask(provider, 'embeddings', { ...nano, input: 'x' })).status, 400)
})

test('a short call does not wait for the end of a long one', async () => {
  const finished: string[] = []
  const long = say({ ...user('Tell me a joke. '.repeat(20)), n: 16 }).then(() => finished.push('long'))
  const short = say(user('Hi')).then(() => finished.push('short'))
  await Promise.all([long, short])
  assert.deepEqual(finished, ['short', 'long'])
})

test('cancelled calls stop computing: a hundred of them leave the thread free', { timeout: 30_000 }, async () => {
  // Left to run, these would take over a minute.
  const body = { ...nano, ...user('Tell me a joke. '.repeat(20)), n: 16, temperature: 2 }
  const late = () => assert.fail('an end was told after the cancel')
  const first = Promise.withResolvers<void>()
  const flights = Array.from({ length: 100 }, () =>
    provider.send(
      { endpoint: 'chat', body, stream: true, connectTimeoutMs: 0 },
      {
        onHead: () => {},
        onBytes: () => {
          first.resolve()
          return true
        },
        onEnd: late,
        onFault: late,
      },
    ),
  )
  await first.promise
  for (const flight of flights) flight.cancel()
  assert.equal(await say(user('Hi')), 'Hello! How can I help you today?')
})

test('more calls than the queue holds are refused with 429, and those in it are answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 140 }, () => ask(provider, 'chat', { ...nano, ...user('Hi'), max_tokens: 1 })),
  )
  const statuses = answers.map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 128)
  assert.equal(statuses.filter((status) => status === 429).length, 12)
})
