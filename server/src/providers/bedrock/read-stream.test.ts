import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import { objectOf } from '../openai-form.ts'
import { cuts, facts, joinChunks, json, recording, replay, wholeOf, withSameArguments } from '../test/replay.ts'
import { eventStreamFraming } from './event-stream.ts'
import { frameOf } from './test/frames.ts'
import { translation } from './translation.ts'

const fixture = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url)
const whole = ['text', 'tools', 'thinking', 'guardrail', 'stop-sequence']
const wire = (events: readonly JsonObject[]): Buffer => Buffer.concat(events.map(frameOf))
const streamOf = (name: string): Buffer => wire(recording(fixture(`${name}.jsonl`)))

for (const name of whole) {
  test(`a stream says what the whole answer says: ${name}`, () => {
    const answer = translation.readAnswer(json(fixture(`${name}.json`)), facts({ stream: false }))
    ok(answer)
    const pieces = replay(translation, eventStreamFraming, [streamOf(name)])
    deepEqual(withSameArguments(joinChunks(pieces)), wholeOf(answer))
    equal(pieces.at(-1), 'done')
  })
}

for (const name of [...whole, 'throttled']) {
  test(`a stream cut at any byte gives the same chunks and the same usage: ${name}`, () => {
    const bytes = streamOf(name)
    const expected = replay(translation, eventStreamFraming, [bytes])
    for (const buffers of cuts(bytes)) deepEqual(replay(translation, eventStreamFraming, buffers), expected)
  })
}

test('an exception in mid-stream is an error, and nothing says that the answer is whole', () => {
  const pieces = replay(translation, eventStreamFraming, [streamOf('throttled')])
  deepEqual(pieces.at(-1), {
    error: {
      message: 'Too many tokens, please wait before trying again.',
      type: 'throttlingException',
      code: null,
      param: null,
    },
  })
  ok(!pieces.includes('done'))
})

test('a stream that breaks off has no usage: what it delivered is counted instead', () => {
  const events = recording(fixture('text.jsonl'))
  for (let kept = 1; kept < events.length; kept++) {
    const pieces = replay(translation, eventStreamFraming, [wire(events.slice(0, kept))])
    for (const piece of pieces) ok(piece !== 'done' && piece['usage'] === undefined)
  }
})

test('what was read from the cache and written to it are classes of their own inside the prompt', () => {
  const { usage } = joinChunks(replay(translation, eventStreamFraming, [streamOf('thinking')]))
  const { native_usage: _native, ...rest } = objectOf(usage)
  deepEqual(rest, {
    prompt_tokens: 12 + 2_048 + 512,
    completion_tokens: 210,
    total_tokens: 12 + 2_048 + 512 + 210,
    prompt_tokens_details: { cached_tokens: 2_048, cache_write_tokens: 512 },
  })
})

test('an answer is named after its request, and what is no answer is none', () => {
  const named = { ...facts({ body: { model: 'amazon.nova' } }), headers: { 'x-amzn-requestid': 'r-1' } }
  const answer = translation.readAnswer(json(fixture('text.json')), named)
  deepEqual([answer?.['id'], answer?.['model']], ['chatcmpl-r-1', 'amazon.nova'])
  for (const wrong of [{}, { output: {} }, { message: 'no' }]) equal(translation.readAnswer(wrong, facts()), undefined)
})

test('thinking that the caller excludes stays out', () => {
  const body = { reasoning: { exclude: true } }
  const joined = joinChunks(replay(translation, eventStreamFraming, [streamOf('thinking')], { body }))
  const answer = translation.readAnswer(json(fixture('thinking.json')), facts({ body }))
  for (const { message } of [joined, wholeOf(answer ?? {})]) {
    equal(objectOf(message)['content'], 'It is 12231.')
    ok(!JSON.stringify(message).includes('reasoning'))
  }
})
