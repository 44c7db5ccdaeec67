import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import type { StreamPiece } from '../translation.ts'
import { readAnswer } from './read-answer.ts'
import { assemble, facts, fixture, replay, streamOf, wholeOf } from './test/replay.ts'

const names = readdirSync(new URL('test/fixtures', import.meta.url)).map((file) => file.replace(/\.jsonl$/, ''))
const isUsage = (piece: StreamPiece) => piece !== 'done' && piece['usage'] !== undefined
const replayed = (name: string) => replay([streamOf(fixture(name))])
/** What the caller sees of a stream. */
const pieces = (name: string) => replayed(name).filter((piece) => !isUsage(piece))
const usageOf = (name: string) => replayed(name).findLast(isUsage)

test('a stream cut at any byte is the same stream', () => {
  for (const name of names) {
    const bytes = streamOf(fixture(name))
    const whole = replay([bytes])
    for (let cut = 1; cut < bytes.length; cut++)
      deepEqual(replay([bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `${name} cut at ${cut}`)
  }
})

test('a stream says what the whole answer says', () => {
  for (const name of names.filter((each) => !['error', 'cut', 'malformed-call'].includes(each))) {
    const whole = readAnswer(wholeOf(fixture(name)), facts)!
    const choices = (whole['choices'] as readonly JsonObject[]).map(({ logprobs: _logprobs, ...choice }) => choice)
    const told = assemble(pieces(name)).map(({ message, ...choice }) => {
      const { content, ...more } = message
      return {
        ...choice,
        message: { role: message['role'], content: content === '' && message['tool_calls'] ? null : content, ...more },
      }
    })
    if (name !== 'blocked') deepEqual(told, choices, name)
    deepEqual(usageOf(name), { ...envelope(name), choices: [], usage: whole['usage'] })
    equal(pieces(name).at(-1), 'done')
  }
})

const envelope = (name: string) => {
  const last = fixture(name).at(-1)!
  const { created } = facts
  return { id: last['responseId'], object: 'chat.completion.chunk', created, model: last['modelVersion'] }
}

const chunk = (name: string, choice: object) => ({
  ...envelope(name),
  choices: [{ index: 0, logprobs: null, finish_reason: null, ...choice }],
})

test('text comes as it is said', () => {
  deepEqual(pieces('text').slice(0, 3), [
    chunk('text', { delta: { role: 'assistant', content: 'Grüße' } }),
    chunk('text', { delta: { content: ', 世界 ' } }),
    chunk('text', { delta: { content: '🚀' }, finish_reason: 'stop', native_finish_reason: 'STOP' }),
  ])
  deepEqual(pieces('text').slice(3), ['done'])
})

const [signed] = fixture('tool').flatMap(
  ({ candidates }) => JSON.stringify(candidates).match(/"thoughtSignature":"([^"]+)"/)?.[1] ?? [],
)

test('the usage as of then follows each chunk of which Google tells it whole, so that a call that is cut pays exactly', () => {
  const outputs = (name: string) =>
    replayed(name)
      .filter(isUsage)
      .map((piece) => ((piece as JsonObject)['usage'] as JsonObject)['completion_tokens'])
  deepEqual(outputs('text'), [2, 5, 9])
  deepEqual(outputs('cut'), [3, 5])
  // While it only thinks, the answer is not counted yet.
  deepEqual(outputs('thinking'), [53, 53])
  deepEqual(outputs('blocked'), [0])
})

test("thoughts are reasoning, and the signature of the text closes them in everybody's words", () => {
  const [choice] = assemble(pieces('thinking'))
  deepEqual(choice!.message, {
    role: 'assistant',
    content: '4',
    reasoning: '**Counting**\n\nTwo and two make four.',
    reasoning_details: [
      {
        ...{ type: 'reasoning.text', text: '**Counting**\n\nTwo and two make four.', index: 0 },
        ...{ signature: signed, format: 'google-gemini-v1' },
      },
    ],
    extra_content: { google: { thought_signature: signed } },
  })
})

test('a tool call is whole in one chunk, has an id of its own where Google gives none, and its signature', () => {
  const [choice] = assemble(pieces('tool'))
  const id = 'call_R-2_x_0_0'
  deepEqual(choice!.message['tool_calls'], [
    {
      ...{ index: 0, id, type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
      extra_content: { google: { thought_signature: signed } },
    },
  ])
  deepEqual(choice!.message['reasoning_details'], [
    { type: 'reasoning.encrypted', data: signed, id, format: 'google-gemini-v1', index: 1 },
  ])
  deepEqual([choice!.finish_reason, choice!.native_finish_reason], ['tool_calls', 'STOP'])
})

test('parallel tool calls keep their order and ids over the events of a stream', () => {
  const [choice] = assemble(pieces('parallel-tools'))
  const calls = choice!.message['tool_calls'] as readonly JsonObject[]
  deepEqual(
    calls.map(({ index, id, function: called }) => [index, id, called]),
    [
      [0, 'lpndqlku', { name: 'weather', arguments: '{"city":"Rome"}' }],
      [1, 'm6rogicj', { name: 'weather', arguments: '{"city":"Oslo"}' }],
      [2, 'z1', { name: 'now', arguments: '{}' }],
    ],
  )
  equal(choice!.finish_reason, 'tool_calls')
})

test('a prompt that Google blocks is a refusal that says why', () => {
  for (const told of [pieces('blocked')[0] as JsonObject, readAnswer(fixture('blocked')[0]!, facts)!]) {
    const [choice] = told['choices'] as readonly JsonObject[]
    deepEqual([choice!['finish_reason'], choice!['native_finish_reason']], ['content_filter', 'PROHIBITED_CONTENT'])
    const said = (choice!['delta'] ?? choice!['message']) as JsonObject
    deepEqual([said['content'], said['refusal']], [null, 'Google blocked the prompt: PROHIBITED_CONTENT.'])
  }
})

test('an answer that a filter stops ends as one', () => {
  const [choice] = assemble(pieces('filtered'))
  deepEqual([choice!.message['content'], choice!.finish_reason], ['Well, one would', 'content_filter'])
})

test('an error in mid-stream is told, and no usage or end follows', () => {
  const message = 'The model is overloaded. Please try again later.'
  deepEqual(replayed('error').slice(2), [{ error: { message, type: 'UNAVAILABLE', code: null, param: null } }])
})

test('a stream that breaks off has no end', () => {
  equal(pieces('cut').length, 2)
  ok(!pieces('cut').includes('done'))
})

test('a tool call that the model did not bring to its end is an error, for another try', () => {
  const [told, ...others] = pieces('malformed-call') as readonly JsonObject[]
  equal(others.length, 0)
  const whole = readAnswer(wholeOf(fixture('malformed-call')), facts)
  deepEqual(told, whole)
  deepEqual(told!['error'], {
    message:
      "The model ended its answer with MALFORMED_FUNCTION_CALL: Malformed function call: print(default_api.weather(city='Rome')).",
    ...{ type: 'upstream_error', code: 'malformed_function_call', param: null },
  })
})

test('pictures come as images of the message', () => {
  const [choice] = assemble(pieces('picture'))
  equal(choice!.message['content'], 'A pill: .')
  deepEqual(choice!.message['images'], [
    { index: 0, type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
  ])
})

test('choices are told apart, each with its end, and the probabilities of its tokens', () => {
  deepEqual(
    assemble(pieces('two-choices')).map(({ index, message, finish_reason: finish }) => [
      index,
      message['content'],
      finish,
    ]),
    [
      [0, 'Redü', 'stop'],
      [1, 'Blue', 'length'],
    ],
  )
  const [first] = pieces('two-choices') as readonly JsonObject[]
  const [choice] = first!['choices'] as readonly JsonObject[]
  deepEqual(choice!['logprobs'], {
    content: [
      {
        ...{ token: 'Red', logprob: -0.25, bytes: [82, 101, 100] },
        top_logprobs: [
          { token: 'Red', logprob: -0.25, bytes: [82, 101, 100] },
          { token: 'Blue', logprob: -1.5, bytes: [66, 108, 117, 101] },
        ],
      },
    ],
    refusal: null,
  })
})

test('an answer of another shape is no answer', () => {
  for (const answer of [{}, { candidates: [] }, { models: [] }]) equal(readAnswer(answer, facts), undefined)
  ok(readAnswer({ error: { code: 500, message: 'No' } }, facts)!['error'])
})
