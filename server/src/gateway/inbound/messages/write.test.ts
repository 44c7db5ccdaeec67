import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError, catalogue, type ErrorCode } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { chunkOf, eventsOf, factsOf, messageOf, parseEvents, usage } from './test/events.ts'
import { openStream } from './open-stream.ts'
import { writeAnswer } from './write-answer.ts'
import { writeError } from './write-error.ts'

const answerOf = (message: JsonObject, choice: JsonObject = {}): JsonObject => ({
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...choice }],
  usage,
})

const call = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } })
const text = (value: string) => ({ type: 'text', text: value, citations: null })
const tool = (id: string, name: string, input: JsonObject) => ({
  type: 'tool_use',
  id,
  name,
  input,
  caller: { type: 'direct' },
})

test('an answer is a message: thinking, text, tools, why it stopped, and usage with cached tokens apart', () => {
  const message = {
    content: 'Hello',
    reasoning_content: 'Hm.',
    tool_calls: [call('t1', 'f', '{"a":1}'), call('', 'g', ''), call('t3', 'h', '{"a":')],
  }
  deepEqual(writeAnswer(answerOf(message, { finish_reason: 'tool_calls' }), factsOf()), {
    id: 'msg_0123456789ab7cde8f0123456789abcd',
    type: 'message',
    role: 'assistant',
    model: 'mock/model',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      text('Hello'),
      tool('t1', 'f', { a: 1 }),
      tool('toolu_1', 'g', {}),
      tool('t3', 'h', { INVALID_JSON: '{"a":' }),
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    stop_details: null,
    usage: {
      input_tokens: 5,
      cache_creation_input_tokens: 2,
      cache_read_input_tokens: 4,
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 3 },
      cost: 0.00001,
      cost_credits: '20',
    },
  })
})

test('reasoning keeps its signatures and its encrypted parts, and is not told twice', () => {
  const details = [
    { type: 'reasoning.text', text: 'First. ' },
    { type: 'reasoning.text', text: 'Second.', signature: 'sig' },
    { type: 'reasoning.encrypted', data: 'xyz' },
  ]
  deepEqual(
    writeAnswer(answerOf({ content: '', reasoning: 'First. Second.', reasoning_details: details }), factsOf())[
      'content'
    ],
    [
      { type: 'thinking', thinking: 'First. Second.', signature: 'sig' },
      { type: 'redacted_thinking', data: 'xyz' },
    ],
  )
})

test('every reason to stop has its name', () => {
  const stopOf = (choice: JsonObject, message: JsonObject = { content: 'x' }) => {
    const written = writeAnswer(answerOf(message, choice), factsOf({ stop_sequences: ['END'] }))
    return [written['stop_reason'], written['stop_sequence']]
  }
  deepEqual(stopOf({}), ['end_turn', null])
  deepEqual(stopOf({ finish_reason: 'length' }), ['max_tokens', null])
  deepEqual(stopOf({ finish_reason: 'content_filter' }), ['refusal', null])
  deepEqual(stopOf({}, { content: null, refusal: 'No.' }), ['refusal', null])
  deepEqual(stopOf({ stop_reason: 'END' }), ['stop_sequence', 'END'])
  deepEqual(stopOf({ stop_reason: 'OTHER' }), ['end_turn', null])
  deepEqual(stopOf({ stop_sequence: 'END' }), ['stop_sequence', 'END'])
  deepEqual(stopOf({ finish_reason: 'length', native_finish_reason: 'model_context_window_exceeded' }), [
    'model_context_window_exceeded',
    null,
  ])
  deepEqual(stopOf({}, { tool_calls: [call('t', 'f', '{}')] }), ['tool_use', null])
  deepEqual(stopOf({ finish_reason: 'eos' }), ['end_turn', null])
})

test('a stream has the events of the API, in its order', () => {
  const chunks = [
    chunkOf({ role: 'assistant', content: '' }),
    chunkOf({ reasoning_content: 'Hm' }),
    chunkOf({ content: 'Hel' }),
    chunkOf({ content: 'lo' }),
    chunkOf({ tool_calls: [{ index: 0, ...call('t1', 'f', '') }] }),
    chunkOf({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
    chunkOf({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
    chunkOf({}, 'tool_calls'),
  ]
  deepEqual(
    eventsOf(chunks).map(({ type, index, delta }) =>
      `${type} ${index ?? ''} ${(delta?.['type'] as string | undefined) ?? ''}`.trim().replace('  ', ' '),
    ),
    [
      'message_start',
      'content_block_start 0',
      'content_block_delta 0 thinking_delta',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1 text_delta',
      'content_block_delta 1 text_delta',
      'content_block_stop 1',
      'content_block_start 2',
      'content_block_delta 2 input_json_delta',
      'content_block_delta 2 input_json_delta',
      'content_block_stop 2',
      'message_delta',
      'message_stop',
    ],
  )
})

test('the end of a message leaves with its charge, and not with the last chunk', () => {
  const writer = openStream(factsOf())
  const before = writer.chunk(chunkOf({ content: 'Hi' })).toString() + writer.chunk(chunkOf({}, 'stop')).toString()
  deepEqual(
    parseEvents(before).map(({ type }) => type),
    ['message_start', 'content_block_start', 'content_block_delta'],
  )
  const [stop, delta, end] = parseEvents(writer.finish(usage))
  deepEqual([stop?.type, end?.type], ['content_block_stop', 'message_stop'])
  equal(delta?.['usage']?.['cost_credits'], '20')
})

test('a block goes out as soon as its call is known; mixed calls are sorted, later text keeps its place', () => {
  const args = (index: number, piece: string) => ({ tool_calls: [{ index, function: { arguments: piece } }] })
  const chunks = [
    chunkOf({
      tool_calls: [
        { index: 0, ...call('t1', 'f', '{"a":"}') },
        { index: 1, ...call('t2', 'g', '{"b"') },
      ],
    }),
    chunkOf(args(1, ':2}')),
    chunkOf({ content: 'Done' }),
    chunkOf(args(0, '{\\"]}"}')),
    chunkOf({}, 'stop'),
  ]
  deepEqual(messageOf(eventsOf(chunks))['content'], [
    tool('t1', 'f', { a: '}{"]}' }),
    tool('t2', 'g', { b: 2 }),
    text('Done'),
  ])
})

test('calls without ids, indexes or arguments are told apart all the same', () => {
  const chunks = [
    chunkOf({ tool_calls: [{ ...call('a', 'f', '{}') }] }),
    chunkOf({ tool_calls: [{ ...call('b', 'g', '') }] }),
    chunkOf({ tool_calls: [{ index: 0, ...call('c', 'h', '{}') }] }),
    chunkOf({ tool_calls: [{ index: 5, function: { name: 'i', arguments: '{"x":1}' } }] }),
    chunkOf({}, 'tool_calls'),
  ]
  deepEqual(messageOf(eventsOf(chunks))['content'], [
    tool('a', 'f', {}),
    tool('b', 'g', {}),
    tool('c', 'h', {}),
    tool('toolu_3', 'i', { x: 1 }),
  ])
})

test('an answer that was cut before its first word is a message without content', () => {
  deepEqual(messageOf(eventsOf([chunkOf({}, 'length')]))['content'], [])
  equal(messageOf(eventsOf([]))['stop_reason'], 'end_turn')
})

const word = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' })
const arbitraryCall = fc.record({
  name: word,
  input: fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
})
const arbitraryMessage = fc.record({
  reasoning: fc.option(word, { nil: undefined }),
  content: fc.option(word, { nil: undefined }),
  calls: fc.array(arbitraryCall, { maxLength: 3 }),
})

/** A text cut in pieces, anywhere between its UTF-16 units that are whole characters. */
const cut = (value: string, size: number): readonly string[] => {
  const characters = Array.from(value)
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, at) =>
    characters.slice(at * size, (at + 1) * size).join(''),
  )
}

test('however an answer is cut into chunks, its stream reads as the whole answer would', () => {
  fc.assert(
    fc.property(arbitraryMessage, fc.integer({ min: 1, max: 5 }), ({ reasoning, content, calls }, size) => {
      const toolCalls = calls.map(({ name, input }, at) => call(`t${at}`, name, JSON.stringify(input)))
      const finish = calls.length > 0 ? 'tool_calls' : 'stop'
      const chunks = [
        ...cut(reasoning ?? '', size).map((piece) => chunkOf({ reasoning_content: piece })),
        ...cut(content ?? '', size).map((piece) => chunkOf({ content: piece })),
        ...toolCalls.flatMap(({ function: { arguments: args, name }, ...rest }, index) => [
          chunkOf({ tool_calls: [{ index, ...rest, function: { name, arguments: '' } }] }),
          ...cut(args, size).map((piece) => chunkOf({ tool_calls: [{ index, function: { arguments: piece } }] })),
        ]),
        chunkOf({}, finish),
      ]
      const message = {
        content: content ?? null,
        ...(reasoning !== undefined && { reasoning_content: reasoning }),
        ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      }
      deepEqual(messageOf(eventsOf(chunks)), writeAnswer(answerOf(message, { finish_reason: finish }), factsOf()))
    }),
    { numRuns: 200 },
  )
})

const arbitraryDelta: fc.Arbitrary<JsonObject> = fc.oneof(
  word.map((content) => ({ content })),
  word.map((reasoning) => ({ reasoning })),
  fc.record({ text: word, signature: fc.constantFrom('', 'sig') }).map((detail) => ({ reasoning_details: [detail] })),
  fc.constant({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }),
  fc.constant({}),
)

test('whatever comes in whatever order, blocks are paired and numbered, and no text is lost', () => {
  // Calls whose JSON comes in two pieces each, mixed with one another and with everything else.
  const halves = fc.shuffledSubarray([0, 1, 2], { minLength: 0 }).chain((indexes) =>
    fc.shuffledSubarray([...indexes, ...indexes.map((index) => index + 10)], {
      minLength: indexes.length * 2,
      maxLength: indexes.length * 2,
    }),
  )
  fc.assert(
    fc.property(
      fc.array(arbitraryDelta, { maxLength: 12 }),
      halves,
      fc.infiniteStream(fc.nat(11)),
      (deltas, order, places) => {
        const all = [...deltas]
        const begun = new Set<number>()
        const calls = order.map((half) => half % 10)
        for (const index of calls) {
          const first = !begun.has(index)
          begun.add(index)
          const piece = first
            ? { index, ...call(`t${index}`, 'f', '{"n":') }
            : { index, function: { arguments: `${index}}` } }
          all.push({ tool_calls: [piece] })
        }
        // Interleave without changing the order of the calls among themselves.
        const mixed = mixIn(all.slice(deltas.length), deltas, places)
        const content = messageOf(eventsOf(mixed.map((delta) => chunkOf(delta))))['content'] as readonly JsonObject[]
        const said = (name: string) =>
          content.map((block) => (block['type'] === name ? (block[name] as string) : '')).join('')
        equal(said('text'), mixed.map(({ content: value }) => (value as string | undefined) ?? '').join(''))
        equal(said('thinking'), mixed.map(thinkingIn).join(''))
        const inputs = content.filter(({ type }) => type === 'tool_use').map(({ id, input }) => [id as string, input])
        deepEqual(
          Object.fromEntries(inputs),
          Object.fromEntries([...begun].map((index) => [`t${index}`, { n: index }])),
        )
      },
    ),
    { numRuns: 300 },
  )
})

const thinkingIn = (delta: JsonObject): string => {
  const [detail] = (delta['reasoning_details'] ?? []) as readonly JsonObject[]
  return ((detail?.['text'] ?? delta['reasoning']) as string | undefined) ?? ''
}

function mixIn(
  first: readonly JsonObject[],
  second: readonly JsonObject[],
  places: fc.Stream<number>,
): readonly JsonObject[] {
  const left = [...first]
  const right = [...second]
  const mixed: JsonObject[] = []
  for (const place of places) {
    const from = left.length === 0 || (place % 2 === 1 && right.length > 0) ? right : left
    const next = from.shift()
    if (!next) return mixed
    mixed.push(next)
  }
  return mixed
}

test("errors come in the API's envelope, each code with a type, our facts beside it", () => {
  const error = new AppError('insufficient_credits', { message: 'Too little.', metadata: { needed_credits: '5' } })
  const envelope = {
    type: 'error',
    error: {
      type: 'billing_error',
      message: 'Too little.',
      details: { error_code: 'insufficient_credits' },
      metadata: { needed_credits: '5' },
    },
    request_id: 'request-1',
  }
  deepEqual(writeError(error, factsOf()), envelope)
  const [event] = parseEvents(openStream(factsOf()).error(error))
  deepEqual(event, envelope)
  const byStatus: Readonly<Record<number, string>> = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    429: 'rate_limit_error',
  }
  for (const [code, { status }] of Object.entries(catalogue)) {
    const { type } = writeError(new AppError(code as ErrorCode, { message: '' }), factsOf()).error
    if (byStatus[status] !== undefined) equal(type, byStatus[status], code)
  }
})

test('a ping keeps a silent stream alive', () => {
  deepEqual(parseEvents(openStream(factsOf()).keepAlive), [{ type: 'ping' }])
})
