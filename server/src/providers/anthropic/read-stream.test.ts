import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import { cuts, facts, joinChunks, json, recording, replay, wholeOf, withSameArguments } from '../test/replay.ts'
import { translation } from './translation.ts'

const fixture = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url)
const whole = ['text', 'tools', 'thinking', 'refusal', 'stop-sequence', 'pause-turn']
const cutShort = ['max-tokens', 'overloaded']

const wire = (events: readonly JsonObject[]): Buffer =>
  Buffer.from(events.map((event) => `event: ${textOf(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join(''))

const streamOf = (name: string): Buffer => wire(recording(fixture(`${name}.jsonl`)))

for (const name of whole) {
  test(`a stream says what the whole answer says: ${name}`, () => {
    const answer = translation.readAnswer(json(fixture(`${name}.json`)), facts({ stream: false }))
    ok(answer)
    const pieces = replay(translation, sseFraming, [streamOf(name)])
    deepEqual(withoutNative(withSameArguments(joinChunks(pieces))), withoutNative(wholeOf(answer)))
    equal(pieces.at(-1), 'done')
  })
}

/** Figures of a stream may be in other places of the provider's own usage; what is charged is the same. */
function withoutNative(answer: JsonObject): JsonObject {
  const { native_usage: _native, ...usage } = objectOf(answer['usage'])
  return { ...answer, usage }
}

for (const name of [...whole, ...cutShort]) {
  test(`a stream cut at any byte gives the same chunks and the same usage: ${name}`, () => {
    const bytes = streamOf(name)
    const expected = replay(translation, sseFraming, [bytes])
    for (const buffers of cuts(bytes)) deepEqual(replay(translation, sseFraming, buffers), expected)
  })
}

test('an error in mid-stream is an error, and nothing says that the answer is whole', () => {
  const pieces = replay(translation, sseFraming, [streamOf('overloaded')])
  deepEqual(pieces.at(-1), {
    error: { message: 'Overloaded', type: 'overloaded_error', code: 'overloaded_error', param: null },
  })
  ok(!pieces.includes('done'))
})

test('a stream that breaks off tells the usage of its prompt alone: what it delivered is counted', () => {
  const events = recording(fixture('thinking.jsonl'))
  for (let kept = 1; kept < events.length; kept++) {
    const pieces = replay(translation, sseFraming, [wire(events.slice(0, kept))]).filter((piece) => piece !== 'done')
    const usages = pieces.flatMap(({ usage }) => (usage === undefined ? [] : [objectOf(usage)]))
    equal(usages.length, pieces.length > 0 ? 1 : 0)
    for (const usage of usages) {
      equal(usage['completion_tokens'], null)
      equal(usage['prompt_tokens'], 12 + 2_048 + 512)
      deepEqual(usage['prompt_tokens_details'], { cached_tokens: 2_048, cache_write_tokens: 512 })
    }
  }
})

test('a prompt that nobody has counted when the stream begins is not taken for none', () => {
  const [start, ...events] = recording(fixture('text.jsonl'))
  const uncounted = {
    ...start,
    message: { ...objectOf(start?.['message']), usage: { input_tokens: 0, output_tokens: 0 } },
  }
  const pieces = replay(translation, sseFraming, [wire([uncounted, ...events.slice(0, 4)])])
  ok(pieces.length > 0 && pieces.every((piece) => piece === 'done' || piece['usage'] === undefined))
})

test('cache and thinking are classes of their own inside the totals', () => {
  const { usage } = joinChunks(replay(translation, sseFraming, [streamOf('thinking')]))
  const { native_usage: native, ...rest } = objectOf(usage)
  deepEqual(rest, {
    prompt_tokens: 12 + 2_048 + 512,
    completion_tokens: 210,
    total_tokens: 12 + 2_048 + 512 + 210,
    prompt_tokens_details: { cached_tokens: 2_048, cache_write_tokens: 512 },
    completion_tokens_details: { reasoning_tokens: 150 },
  })
  equal(objectOf(native)['cache_read_input_tokens'], 2_048)
})

test('thinking that the caller excludes stays out, in a stream and in a whole answer', () => {
  const body = { reasoning: { exclude: true } }
  const joined = joinChunks(replay(translation, sseFraming, [streamOf('thinking')], { body }))
  const answer = translation.readAnswer(json(fixture('thinking.json')), facts({ body, stream: false }))
  for (const { message } of [joined, wholeOf(answer ?? {})]) {
    equal(objectOf(message)['content'], "I'd use the calculator.")
    ok(!JSON.stringify(message).includes('reasoning'))
  }
})

test('what is no message is no answer, and events that are not known say nothing', () => {
  for (const answer of [{}, { type: 'error' }, { type: 'message' }, { choices: [] }])
    equal(translation.readAnswer(answer, facts()), undefined)
  const events: JsonObject[] = [
    { type: 'some_new_event', index: 3 },
    { type: 'content_block_delta', index: 9, delta: { type: 'citations_delta', citation: {} } },
    { type: 'content_block_start', index: 1, content_block: { type: 'server_tool_use', id: 'x' } },
    { type: 'content_block_stop', index: 1 },
  ]
  deepEqual(replay(translation, sseFraming, [wire(events)]), [])
})
