import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../core/json.ts'
import type { AnswerFacts } from '../types.ts'
import { chatFormOf } from './chat-form.ts'
import { completionsApi } from './index.ts'

const facts: AnswerFacts = {
  ...{ requestId: 'req', generationId: 'gen-1', model: 'mine/m', createdAtMs: 0, nowMs: () => 0 },
  ...{ asked: {}, wantsUsage: true, isStored: false },
}

const formOf = (more: JsonObject) => chatFormOf({ model: 'm', prompt: 'Once upon', ...more })

test('a prompt is what a user says, its bounds and all else are kept', () => {
  deepEqual(formOf({ max_tokens: 7, temperature: 0.5, n: 2, stop: ['x'], seed: 1, user: 'u', top_k: 3 }), {
    kind: 'chat',
    body: {
      ...{ model: 'm', temperature: 0.5, n: 2, stop: ['x'], seed: 1, user: 'u', top_k: 3 },
      messages: [{ role: 'user', content: 'Once upon' }],
      max_completion_tokens: 7,
    },
  })
  deepEqual(formOf({ prompt: ['Once'] }), formOf({ prompt: 'Once' }))
  deepEqual(formOf({ echo: false, suffix: '', best_of: 2, n: 2, tools: [], max_tokens: null }), formOf({ n: 2 }))
})

test('token probabilities are asked for as chats name them', () => {
  const asked = (logprobs: number) => {
    const form = formOf({ logprobs })
    return form.kind === 'chat' && [form.body['logprobs'], form.body['top_logprobs']]
  }
  deepEqual(
    [asked(0), asked(3)],
    [
      [true, undefined],
      [true, 3],
    ],
  )
})

test('what no chat can say is named, with the reason', () => {
  const field = (more: JsonObject) => {
    const form = formOf(more)
    return form.kind === 'none' ? form.field : undefined
  }
  equal(field({ suffix: ' the end' }), 'suffix')
  equal(field({ echo: true }), 'echo')
  equal(field({ best_of: 3, n: 2 }), 'best_of')
  equal(field({ best_of: 2 }), 'best_of')
  equal(field({ prompt: [1, 2, 3] }), 'prompt')
  equal(field({ prompt: [[1, 2]] }), 'prompt')
  equal(field({ prompt: ['a', 'b'] }), 'prompt')
  equal(field({ tools: [{}] }), 'tools')
})

test("a chat's answer becomes texts, with refusals, reasoning and token probabilities", () => {
  const token = (text: string, logprob: number) => ({
    ...{ token: text, logprob, bytes: null },
    top_logprobs: [{ token: text, logprob, bytes: null }],
  })
  const answer = completionsApi.writeAnswer(
    {
      ...{ id: 'c', object: 'chat.completion', created: 5, model: 'upstream' },
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: ' a time', reasoning: 'Hm.' },
          logprobs: { content: [token(' a', -0.5), token(' time', -0.25)] },
          finish_reason: 'stop',
        },
        { index: 1, message: { role: 'assistant', content: null, refusal: 'No.' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 1 },
    },
    facts,
  )
  deepEqual(answer, {
    ...{ id: 'c', object: 'text_completion', created: 5, model: 'mine/m' },
    choices: [
      {
        ...{ text: ' a time', index: 0, finish_reason: 'stop', reasoning: 'Hm.' },
        logprobs: {
          tokens: [' a', ' time'],
          token_logprobs: [-0.5, -0.25],
          top_logprobs: [{ ' a': -0.5 }, { ' time': -0.25 }],
          text_offset: [0, 2],
        },
      },
      { text: 'No.', index: 1, logprobs: null, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 1 },
  })
})

test("a stream of a chat's chunks becomes one of texts, whose offsets go on", () => {
  const stream = completionsApi.openStream(facts)
  const chunk = (delta: JsonObject, more: JsonObject = {}): JsonObject => ({
    ...{ id: 'c', object: 'chat.completion.chunk', created: 5, model: 'upstream' },
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  })
  const logprobs = { content: [{ token: 'up', logprob: -1, top_logprobs: [] }] }
  const events = [
    stream.chunk(chunk({ role: 'assistant', content: 'Once ' }), Buffer.from('data: {}\n\n')),
    stream.chunk(chunk({ content: 'up' }, { logprobs }), Buffer.from('data: {}\n\n')),
    stream.chunk(chunk({}, { finish_reason: 'stop' }), Buffer.from('data: {}\n\n')),
    stream.finish({ total_tokens: 3 }),
  ].join('')
  const said = events.split('\n\n').map((event) => event.slice('data: '.length))
  const head = { id: 'c', object: 'text_completion', created: 5, model: 'mine/m' }
  const texts = { tokens: ['up'], token_logprobs: [-1], top_logprobs: [{}], text_offset: [5] }
  deepEqual(
    said.slice(0, 4).map((data) => JSON.parse(data) as unknown),
    [
      { ...head, choices: [{ text: 'Once ', index: 0, logprobs: null, finish_reason: null }] },
      { ...head, choices: [{ text: 'up', index: 0, logprobs: texts, finish_reason: null }] },
      { ...head, choices: [{ text: '', index: 0, logprobs: null, finish_reason: 'stop' }] },
      { ...head, choices: [], usage: { total_tokens: 3 } },
    ],
  )
  equal(said[4], '[DONE]')
})

test("a provider's own completions keep their bytes but for the model's name", () => {
  const own = { id: 'c', object: 'text_completion', created: 5, model: 'upstream', choices: [{ text: 'a', index: 0 }] }
  deepEqual(completionsApi.writeAnswer(own, facts), { ...own, model: 'mine/m' })
  const raw = Buffer.from(`data: ${JSON.stringify(own)}\n\n`)
  equal(completionsApi.openStream(facts).chunk(own, raw).toString(), raw.toString().replace('upstream', 'mine/m'))
})
