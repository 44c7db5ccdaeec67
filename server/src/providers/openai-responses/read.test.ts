import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isObject, parseJson, type JsonObject, type JsonValue } from '../../core/json.ts'
import { objectOf, objectsOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import type { AnswerFacts, StreamPiece } from '../translation.ts'
import { translation } from './translation.ts'

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const eventsOf = (name: string): readonly JsonObject[] =>
  fixture(`${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => objectOf(parseJson(line)))
const wireOf = (events: readonly JsonObject[]): Buffer =>
  Buffer.from(events.map((data) => `event: ${textOf(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`).join(''))

const asked = (body: JsonObject = {}): AnswerFacts => ({
  call: { endpoint: 'chat', body: { model: 'm', messages: [], ...body }, stream: true },
  created: 1_765_552_660,
  headers: {},
})

/** What a stream becomes whose bytes come in these pieces. */
function replay(pieces: readonly Buffer[], facts: AnswerFacts = asked()): readonly StreamPiece[] {
  const framer = sseFraming.openFramer()
  const stream = translation.openStream(facts)
  const read = [...pieces.map((piece) => framer.push(piece)), framer.finish()]
  ok(read.every(({ fault }) => fault === undefined))
  return [...read.flatMap(({ events }) => events.flatMap(stream.read)), ...stream.end()]
}

/** The answer that a client puts together from chunks. */
function assemble(pieces: readonly StreamPiece[]): JsonObject {
  const message: Record<string, string> = {}
  const calls: Record<string, string>[] = []
  const details: Record<string, unknown>[] = []
  const logprobs: JsonObject[] = []
  const rest: Record<string, JsonValue> = {}
  for (const piece of pieces) {
    if (piece === 'done') continue
    if (piece['usage'] !== undefined)
      Object.assign(rest, { usage: piece['usage'], service_tier: piece['service_tier'] })
    for (const choice of objectsOf(piece['choices'])) {
      const { content, refusal, reasoning, tool_calls: more, reasoning_details: told } = objectOf(choice['delta'])
      for (const [name, text] of Object.entries({ content, refusal, reasoning }))
        if (text) message[name] = (message[name] ?? '') + textOf(text)
      for (const call of objectsOf(more)) join(calls, call)
      for (const detail of objectsOf(told)) join(details, detail)
      logprobs.push(...objectsOf(objectOf(choice['logprobs'])['content']))
      if (typeof choice['finish_reason'] === 'string')
        Object.assign(rest, { finish: [choice['finish_reason'], choice['native_finish_reason']] })
    }
  }
  return { ...message, calls, details, logprobs, ...rest } as JsonObject
}

const growing = new Set(['summary', 'text', 'data', 'arguments', 'input'])

function join(list: Record<string, unknown>[], piece: JsonObject): void {
  const at = Number(piece['index'])
  const before = (list[at] ??= {})
  for (const [name, value] of Object.entries(piece)) {
    if (isObject(value)) join((before[name] ??= []) as Record<string, unknown>[], { ...value, index: 0 })
    else before[name] = growing.has(name) ? textOf(before[name] as string) + textOf(value) : value
  }
}

/** The same of a whole answer. */
function partsOf(answer: JsonObject): JsonObject {
  const [choice] = objectsOf(answer['choices'])
  const { content, refusal, reasoning, tool_calls: calls, reasoning_details: details } = objectOf(choice?.['message'])
  const texts = Object.entries({ content, refusal, reasoning }).filter(([, text]) => text)
  return {
    ...(Object.fromEntries(texts) as JsonObject),
    calls: objectsOf(calls).map((call) => {
      const called = call['type'] === 'custom' ? 'custom' : 'function'
      return { ...call, [called]: [{ ...objectOf(call[called]), index: 0 }] }
    }),
    details: objectsOf(details),
    logprobs: objectsOf(objectOf(choice?.['logprobs'])['content']),
    finish: [objectOf(choice)['finish_reason'], objectOf(choice)['native_finish_reason']],
    usage: answer['usage'],
    service_tier: answer['service_tier'],
  } as JsonObject
}

const answered = [
  'text',
  'tools',
  'reasoning',
  'phases',
  'custom-tool',
  'refusal',
  'max-tokens',
  'content-filter',
  'logprobs',
]

for (const name of answered) {
  test(`${name}: a stream comes to the same as the whole answer, wherever its bytes are cut`, () => {
    const wire = wireOf(eventsOf(name))
    const pieces = replay([wire])
    equal(pieces.at(-1), 'done')
    for (let at = 1; at < wire.length; at++)
      deepEqual(replay([wire.subarray(0, at), wire.subarray(at)]), pieces, `cut at ${at}`)
    deepEqual(replay([...wire].map((byte) => Buffer.of(byte))), pieces)
    const whole = translation.readAnswer(objectOf(parseJson(fixture(`${name}.json`))), asked())
    deepEqual(assemble(pieces), partsOf(whole!))
  })
}

test('a server that tells of a response only at its end is understood too', () => {
  for (const name of answered) {
    const events = eventsOf(name).filter(({ type }) => /\.(created|completed|incomplete)$/.test(textOf(type)))
    deepEqual(
      { ...assemble(replay([wireOf(events)])), logprobs: [] },
      { ...assemble(replay([wireOf(eventsOf(name))])), logprobs: [] },
    )
  }
})

test('an answer is a chat completion, field by field', () => {
  const answer = translation.readAnswer(objectOf(parseJson(fixture('tools.json'))), asked())
  const place = { format: 'openai-responses-v1', id: 'rs_1' }
  deepEqual(answer, {
    id: 'resp_tools',
    object: 'chat.completion',
    created: 1_765_552_660,
    model: 'gpt-5.1',
    service_tier: 'default',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'I look.',
          refusal: null,
          reasoning: '**Planning**\n\nTwo cities.\n\n**Calling**',
          reasoning_details: [
            { type: 'reasoning.summary', summary: '**Planning**\n\nTwo cities.', ...place, index: 0 },
            { type: 'reasoning.summary', summary: '**Calling**', ...place, index: 1 },
            { type: 'reasoning.encrypted', data: 'gAAAAABfinal-1==', ...place, index: 2 },
          ],
          tool_calls: [
            { index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
            {
              index: 1,
              id: 'call_b',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Östersund"}' },
            },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
        native_finish_reason: 'completed',
      },
    ],
    usage: {
      prompt_tokens: 120,
      completion_tokens: 77,
      total_tokens: 197,
      prompt_tokens_details: { cached_tokens: 64 },
      completion_tokens_details: { reasoning_tokens: 40 },
      native_usage: {
        input_tokens: 120,
        input_tokens_details: { cached_tokens: 64 },
        output_tokens: 77,
        output_tokens_details: { reasoning_tokens: 40 },
        total_tokens: 197,
      },
    },
  })
})

test('nothing is said before the model says something, so that another provider can still take over', () => {
  const [created, inProgress] = eventsOf('failed')
  deepEqual(replay([wireOf([created!, inProgress!])]), [])
  deepEqual(replay([wireOf(eventsOf('failed'))]), [
    {
      error: {
        message: 'Request too large on tokens per min.',
        type: 'upstream_error',
        code: 'rate_limit_exceeded',
        param: null,
      },
    },
  ])
})

test('an error in mid-stream is told in either of its forms, and a stream that is cut has no end', () => {
  const pieces = replay([wireOf(eventsOf('error'))])
  deepEqual(pieces.at(-1), {
    error: {
      message: 'You exceeded your current quota.',
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      param: null,
    },
  })
  const flat = { type: 'error', code: 'server_error', message: 'Broken', param: null, sequence_number: 3 }
  deepEqual(replay([wireOf([flat])]), [
    { error: { message: 'Broken', type: 'upstream_error', code: 'server_error', param: null } },
  ])
  const cut = replay([wireOf(eventsOf('text').slice(0, -1))])
  ok(
    cut.every(
      (piece) => piece !== 'done' && objectsOf(piece['choices']).every((each) => each['finish_reason'] === null),
    ),
  )
})

test('a response that failed is its error, and what is no response is no answer', () => {
  deepEqual(translation.readAnswer(objectOf(parseJson(fixture('failed.json'))), asked()), {
    error: {
      message: 'Request too large on tokens per min.',
      type: 'upstream_error',
      code: 'rate_limit_exceeded',
      param: null,
    },
  })
  for (const body of [{}, { status: 'in_progress', output: [] }, { status: 'completed' }])
    equal(translation.readAnswer(body, asked()), undefined)
})

test('reasoning that is not wanted in the answer is not in it, whole or streamed', () => {
  const facts = asked({ reasoning: { exclude: true } })
  const { reasoning, details, ...shown } = assemble(replay([wireOf(eventsOf('tools'))], facts))
  deepEqual([reasoning, details], [undefined, []])
  deepEqual(
    { ...shown, details: [] },
    partsOf(translation.readAnswer(objectOf(parseJson(fixture('tools.json'))), facts)!),
  )
})

test('events that nobody knows yet are passed over', () => {
  const events = eventsOf('text').flatMap((event) => [
    { type: 'response.unheard_of.delta', delta: 'x', output_index: 0 },
    event,
    { type: 'keepalive', sequence_number: 1 },
  ])
  deepEqual(replay([wireOf(events)]), replay([wireOf(eventsOf('text'))]))
})

test('an error keeps its words', () => {
  const error = { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' }
  deepEqual(translation.readError(404, { error }), error)
  equal(translation.readError(500, undefined).message, 'The provider failed without a reason.')
})
