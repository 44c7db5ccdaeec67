import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseJson, type JsonObject } from '../../core/json.ts'
import { objectOf, objectsOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import type { AnswerFacts, StreamPiece } from '../translation.ts'
import { translation } from './translation.ts'

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const wholeOf = (name: string): JsonObject => objectOf(parseJson(fixture(`${name}.json`)))
const wireOf = (name: string): Buffer =>
  Buffer.from(
    fixture(`${name}.jsonl`)
      .trim()
      .split('\n')
      .map((line) => `event: ${textOf(objectOf(parseJson(line))['type'])}\ndata: ${line}\n\n`)
      .join(''),
  )

const asked = (body: JsonObject = {}, endpoint: AnswerFacts['call']['endpoint'] = 'chat'): AnswerFacts => ({
  call: { endpoint, body: { model: 'command-a', ...body }, stream: true },
  created: 1_765_552_660,
  headers: {},
})

function replay(pieces: readonly Buffer[], facts: AnswerFacts = asked()): readonly StreamPiece[] {
  const framer = sseFraming.openFramer()
  const stream = translation.openStream(facts)
  const read = [...pieces.map((piece) => framer.push(piece)), framer.finish()]
  ok(read.every(({ fault }) => fault === undefined))
  return [...read.flatMap(({ events }) => events.flatMap(stream.read)), ...stream.end()]
}

/** Text, reasoning, calls, ending and usage: of the chunks of a stream, or of one whole answer. */
function gist(chunks: readonly JsonObject[]): unknown {
  const choices = chunks.flatMap((chunk) => objectsOf(chunk['choices']))
  const messages = choices.map((choice) => objectOf(choice['delta'] ?? choice['message']))
  const join = (name: string) => messages.map((message) => textOf(message[name])).join('')
  const calls: string[][] = []
  for (const call of messages.flatMap((message) => objectsOf(message['tool_calls']))) {
    const { name, arguments: given } = objectOf(call['function'])
    const [id, named, said] = calls[Number(call['index'])] ?? ['', '', '']
    calls[Number(call['index'])] = [id! + textOf(call['id']), named! + textOf(name), said! + textOf(given)]
  }
  return {
    content: join('content'),
    reasoning: join('reasoning'),
    calls,
    finish: choices.map((choice) => choice['finish_reason']).findLast((reason) => reason !== null),
    usage: chunks.at(-1)?.['usage'],
    id: chunks[0]?.['id'],
    model: chunks[0]?.['model'],
  }
}

for (const name of ['text', 'tools', 'thinking', 'max-tokens']) {
  test(`${name}: a stream comes to the same as the whole answer, wherever its bytes are cut`, () => {
    const wire = wireOf(name)
    const pieces = replay([wire])
    equal(pieces.at(-1), 'done')
    for (let at = 1; at < wire.length; at++)
      deepEqual(replay([wire.subarray(0, at), wire.subarray(at)]), pieces, `cut at ${at}`)
    const whole = translation.readAnswer(wholeOf(name), asked())
    deepEqual(gist(pieces.filter((piece) => piece !== 'done')), gist([whole!]))
  })
}

test('an answer is a chat completion, charged by what Cohere bills', () => {
  deepEqual(translation.readAnswer(wholeOf('tools'), asked()), {
    id: 'c-2',
    object: 'chat.completion',
    created: 1_765_552_660,
    model: 'command-a',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'I will look both up.',
          refusal: null,
          tool_calls: [
            {
              index: 0,
              id: 'weather_a',
              type: 'function',
              function: { name: 'weather', arguments: '{"city": "Paris"}' },
            },
            { index: 1, id: 'now_b', type: 'function', function: { name: 'now', arguments: '{}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
        native_finish_reason: 'TOOL_CALL',
      },
    ],
    usage: {
      prompt_tokens: 37,
      completion_tokens: 55,
      total_tokens: 92,
      prompt_tokens_details: { cached_tokens: 16 },
      native_usage: objectOf(wholeOf('tools')['usage']),
    },
  })
})

test('thinking is reasoning, unless it is not wanted', () => {
  const [choice] = objectsOf(translation.readAnswer(wholeOf('thinking'), asked())?.['choices'])
  deepEqual(objectOf(choice?.['message'])['reasoning_details'], [
    { type: 'reasoning.text', text: 'Let me see.', format: 'cohere-v2', index: 0 },
  ])
  const facts = asked({ reasoning: { exclude: true } })
  ok(!JSON.stringify(replay([wireOf('thinking')], facts)).includes('Let me'))
  ok(!JSON.stringify(translation.readAnswer(wholeOf('thinking'), facts)?.['choices']).includes('Let me'))
})

test('a model that broke down has failed, and nothing was said before', () => {
  const error = { message: 'The provider ended with ERROR.', type: 'upstream_error', code: null, param: null }
  deepEqual(replay([wireOf('failed')]), [{ error }])
  deepEqual(translation.readAnswer(wholeOf('failed'), asked()), { error })
})

test('vectors are listed as OpenAI lists them, in floats or in base64 of them', () => {
  const floats = translation.readAnswer(wholeOf('embed'), asked({}, 'embeddings'))
  deepEqual(floats, {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [0.5, -0.25] },
      { object: 'embedding', index: 1, embedding: [1, 0] },
    ],
    model: 'command-a',
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
  const encoded = translation.readAnswer(wholeOf('embed'), asked({ encoding_format: 'base64' }, 'embeddings'))
  const [first] = objectsOf(encoded?.['data'])
  const bytes = Buffer.from(textOf(first?.['embedding']), 'base64')
  deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4)], [0.5, -0.25])
  equal(translation.readAnswer({ embeddings: { int8: [[1]] } }, asked({}, 'embeddings')), undefined)
})

test('a ranking is handed on, and what is none is no answer', () => {
  deepEqual(translation.readAnswer(wholeOf('rerank'), asked({}, 'rerank')), wholeOf('rerank'))
  equal(translation.readAnswer({ message: 'x' }, asked({}, 'rerank')), undefined)
  equal(translation.readAnswer({ id: 'x' }, asked()), undefined)
})

test('an error keeps its words', () => {
  equal(
    translation.readError(422, { id: 'x', message: "field 'texts' is required" }).message,
    "field 'texts' is required",
  )
  equal(translation.readError(500, undefined).message, 'The provider failed without a reason.')
})
