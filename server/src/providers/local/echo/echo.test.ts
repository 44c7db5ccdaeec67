import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AnswerSink } from '../../types.ts'
import { type AnswerBody, ask, eventsOf, openProvider, streamedText, user } from '../test/ask.ts'

const provider = openProvider()
after(() => provider.close())

const echo = { model: 'echo' }
const text = 'One  two\nthree, four.'

test('echo answers with the last user message and counts one token a word of the whole prompt', async () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'First' },
    { role: 'assistant', content: null },
    { role: 'user', content: [{ type: 'text', text }] },
  ]
  const { status, contentType, body } = await ask(provider, 'chat', { ...echo, messages })
  assert.equal(status, 200)
  assert.equal(contentType, 'application/json')
  assert.equal(body.object, 'chat.completion')
  assert.equal(body.created, 1_700_000_000)
  assert.match(body.id, /^chatcmpl-[0-9a-f]{32}$/)
  assert.equal(body.choices[0]?.message?.content, text)
  assert.equal(body.choices[0]?.finish_reason, 'stop')
  assert.deepEqual([body.usage?.prompt_tokens, body.usage?.completion_tokens, body.usage?.total_tokens], [7, 4, 11])
  assert.equal(await provider.countPromptTokens?.({ endpoint: 'chat', body: { ...echo, messages } }), 7)
})

test('a stream has a role chunk, one chunk a token, a finish chunk, usage only when asked for, and [DONE]', async () => {
  const plain = eventsOf(await ask(provider, 'chat', { ...echo, ...user(text) }, { stream: true }))
  assert.equal(plain.length, 6)
  assert.deepEqual(plain[0]?.choices[0]?.delta, { role: 'assistant', content: '', refusal: null })
  assert.equal(plain.at(-1)?.choices[0]?.finish_reason, 'stop')
  assert.equal(streamedText(plain), text)
  assert(plain.every((event) => event.object === 'chat.completion.chunk' && !('usage' in event)))

  const withUsage = { ...echo, ...user(text), stream_options: { include_usage: true } }
  const events = eventsOf(await ask(provider, 'chat', withUsage, { stream: true }))
  assert.equal(events.length, 7)
  assert(events.slice(0, -1).every((event) => event.usage === null))
  assert.deepEqual(events.at(-1)?.choices, [])
  assert.equal(events.at(-1)?.usage?.completion_tokens, 4)
})

test('tokens of what was delivered are counted as they were written, delta by delta or whole', async () => {
  const deltas = eventsOf(await ask(provider, 'chat', { ...echo, ...user(`${text} `) }, { stream: true }))
    .flatMap(({ choices }) => choices.map((choice) => choice.delta?.content ?? ''))
    .filter((delta) => delta !== '')
  assert.equal(await provider.countOutputTokens?.('echo', deltas), 5)
  assert.equal(await provider.countOutputTokens?.('echo', [deltas.join('')]), 5)
})

test('max_tokens ends with "length", stop ends before its text, and both bind a stream alike', async () => {
  for (const [fields, expected, reason, tokens] of [
    [{ max_tokens: 2 }, 'One  two', 'length', 2],
    [{ max_completion_tokens: 3 }, 'One  two\nthree,', 'length', 3],
    [{ max_tokens: 4 }, text, 'stop', 4],
    [{ stop: 'e, f' }, 'One  two\nthre', 'stop', 4],
    [{ stop: ['zzz', 'two'] }, 'One  ', 'stop', 2],
  ] as const) {
    const request = { ...echo, ...user(text), ...fields, stream_options: { include_usage: true } }
    const { body } = await ask(provider, 'chat', request)
    assert.equal(body.choices[0]?.message?.content, expected)
    assert.equal(body.choices[0]?.finish_reason, reason)
    assert.equal(body.usage?.completion_tokens, tokens)
    const events = eventsOf(await ask(provider, 'chat', request, { stream: true }))
    assert.equal(streamedText(events), expected)
    assert.equal(events.at(-1)?.usage?.completion_tokens, tokens)
  }
})

test('every choice of every prompt is answered at its own index', async () => {
  const { body } = await ask(provider, 'completions', { ...echo, prompt: ['a b', 'c'], n: 2 })
  assert.equal(body.object, 'text_completion')
  assert.deepEqual(
    body.choices.map((choice) => [choice.index, choice.text]),
    [
      [0, 'a b'],
      [1, 'a b'],
      [2, 'c'],
      [3, 'c'],
    ],
  )
  assert.equal(body.usage?.prompt_tokens, 3)
  assert.equal(body.usage?.completion_tokens, 6)
  const events = eventsOf(await ask(provider, 'completions', { ...echo, prompt: ['a b', 'c'], n: 2 }, { stream: true }))
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => streamedText(events, index)),
    ['a b', 'a b', 'c', 'c'],
  )
})

test('the control `echo.tokens` makes an answer of exactly that many tokens', async () => {
  const { body } = await ask(provider, 'chat', { ...echo, ...user('a b c'), echo: { tokens: 7 } })
  assert.equal(body.choices[0]?.message?.content, 'a b c a b c a')
  assert.equal(body.usage?.completion_tokens, 7)
})

test('a cancelled stream says nothing more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let heard = 0
  const late = () => assert.fail('an end was told after the cancel')
  const flight = provider.send(
    {
      endpoint: 'chat',
      body: { ...echo, ...user('a b c'), echo: { delay_ms: 1, tokens: 1_000 } },
      stream: true,
      connectTimeoutMs: 0,
    },
    {
      onHead: () => {},
      onBytes: () => {
        if (++heard === 5) resolve()
        return true
      },
      onEnd: late,
      onFault: late,
    },
  )
  await promise
  flight.cancel()
  flight.cancel()
  const atCancel = heard
  await new Promise((wake) => setTimeout(wake, 50))
  assert.equal(heard, atCancel)
})

test('a sink that asks for silence gets at most a few buffers until it resumes, and then everything in order', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const parts: Buffer[] = []
  let isPaused = false
  let whilePaused = 0
  const sink: AnswerSink = {
    onHead: () => {},
    onBytes: (bytes) => {
      parts.push(bytes)
      if (isPaused) whilePaused++
      if (parts.length % 100 === 50 && !isPaused) {
        isPaused = true
        setTimeout(() => {
          isPaused = false
          flight.resume()
        }, 5)
      }
      return !isPaused
    },
    onEnd: resolve,
    onFault: (fault) => reject(new Error(fault.message)),
  }
  const words = Array.from({ length: 1_000 }, (_, at) => `w${at}`).join(' ')
  const flight = provider.send(
    { endpoint: 'chat', body: { ...echo, ...user(words) }, stream: true, connectTimeoutMs: 0 },
    sink,
  )
  await promise
  assert.equal(whilePaused, 0)
  const events = Buffer.concat(parts)
    .toString()
    .split('\n\n')
    .slice(0, -2)
    .map((event) => JSON.parse(event.slice(6)) as AnswerBody)
  assert.equal(streamedText(events), words)
})

test('what the built-in models cannot do is refused with 400 and the name of the field, never ignored', async () => {
  const chat = { ...echo, ...user('hi') }
  for (const [param, request] of [
    ['temperature', { ...chat, temperature: 2.1 }],
    ['top_p', { ...chat, top_p: '1' }],
    ['n', { ...chat, n: 0 }],
    ['n', { ...chat, n: 1.5 }],
    ['max_tokens', { ...chat, max_tokens: 0 }],
    ['stop', { ...chat, stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['tools', { ...chat, tools: [{ type: 'function' }] }],
    ['response_format', { ...chat, response_format: { type: 'json_schema' } }],
    ['top_k', { ...chat, top_k: 3 }],
    ['messages', { ...echo, messages: [] }],
    ['messages', { ...echo, messages: [{ role: 'system', content: 'x' }] }],
    ['messages[0].role', { ...echo, messages: [{ role: 'bot', content: 'x' }] }],
    [
      'messages[0].content[0]',
      { ...echo, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    ],
    ['echo', { ...chat, echo: { speed: 1 } }],
    ['delay_ms', { ...chat, echo: { delay_ms: -1 } }],
  ] as const) {
    const { status, body } = await ask(provider, 'chat', request)
    assert.equal(status, 400, param)
    assert.equal(body.error.type, 'invalid_request_error')
    assert.equal(body.error.param, param)
  }
  const neutral = { ...chat, tools: [], response_format: { type: 'text' }, user: 'me', metadata: {}, seed: null }
  assert.equal((await ask(provider, 'chat', neutral)).status, 200)
  assert.equal((await ask(provider, 'embeddings', { ...echo, input: 'hi' })).status, 400)
  assert.equal((await ask(provider, 'completions', { ...echo, prompt: [1, 2] })).body.error.param, 'prompt')
  assert.equal((await ask(provider, 'chat', { ...chat, model: 'nobody' })).status, 404)
})
