import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { openStream } from './open-stream.ts'
import { unsealReasoning } from './sealed-reasoning.ts'
import { chunkOf, eventsOf, factsOf, parseEvents, responseOf, stem, usage } from './test/events.ts'
import { writeAnswer } from './write-answer.ts'

const answerOf = (message: JsonObject, choice: JsonObject = {}): JsonObject => ({
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...choice }],
  usage,
})
const call = (id: string, name: string, args: string) => ({
  ...(id !== '' && { id }),
  type: 'function',
  function: { name, arguments: args },
})
const text = (words: string) => ({ type: 'output_text', annotations: [], logprobs: [], text: words })
const message = (at: string, content: readonly JsonObject[], status = 'completed') => ({
  id: `msg_${stem}${at}`,
  type: 'message',
  status,
  role: 'assistant',
  content,
})
const functionCall = (at: string, callId: string, name: string, args: string, status = 'completed') => ({
  id: `fc_${stem}${at}`,
  type: 'function_call',
  status,
  call_id: callId,
  name,
  arguments: args,
})
const outputOf = (chunks: readonly JsonObject[], asked: JsonObject = {}) =>
  responseOf(eventsOf(chunks, factsOf(asked)))['output']

test('an answer is a whole response: everything that was asked comes back, defaults where nothing was', () => {
  deepEqual(writeAnswer(answerOf({ content: 'Hello' }), factsOf({ model: 'alias', input: 'Hi' })), {
    id: `resp_${stem}`,
    object: 'response',
    created_at: 1,
    status: 'completed',
    background: false,
    completed_at: 3,
    error: null,
    incomplete_details: null,
    model: 'mock/model',
    output: [message('00', [text('Hello')])],
    access_programs: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    truncation: 'disabled',
    user: null,
    metadata: {},
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 16,
      cost: 0.00001,
      cost_credits: '20',
    },
  })
  const tool = { type: 'function', name: 'f', parameters: { type: 'object' } }
  const asked = {
    instructions: 'Be brief.',
    temperature: 0.5,
    metadata: { a: 'b' },
    tools: [tool],
    reasoning: { effort: 'low' },
    text: { verbosity: 'low' },
    max_output_tokens: 9,
    store: true,
  }
  const told = writeAnswer({ ...answerOf({ content: 'x' }), service_tier: 'flex' }, factsOf(asked))
  deepEqual(
    Object.keys(asked).map((name) => told[name]),
    [
      'Be brief.',
      0.5,
      { a: 'b' },
      [{ description: null, strict: null, ...tool }],
      { effort: 'low', summary: null },
      { format: { type: 'text' }, verbosity: 'low' },
      9,
      false,
    ],
  )
  equal(told['service_tier'], 'flex')
})

test('reasoning, words, a refusal and calls are items, in the order of a turn', () => {
  const said = {
    reasoning: 'Hm.',
    content: 'I look.',
    refusal: 'Not that.',
    tool_calls: [call('c1', 'f', '{"a":1}'), call('', 'g', '')],
  }
  deepEqual(writeAnswer(answerOf(said, { finish_reason: 'tool_calls' }), factsOf())['output'], [
    { id: `rs_${stem}00`, type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    message('01', [text('I look.'), { type: 'refusal', refusal: 'Not that.' }]),
    functionCall('02', 'c1', 'f', '{"a":1}'),
    functionCall('03', `call_${stem}03`, 'g', '{}'),
  ])
})

test('a custom tool gets its text, whole or as far as the model came', () => {
  const asked = { tools: [{ type: 'custom', name: 'sql' }] }
  const item = (input: string, status: string) => ({
    id: `ctc_${stem}00`,
    type: 'custom_tool_call',
    status,
    call_id: 'c',
    name: 'sql',
    input,
  })
  const write = (args: string, finish: string) =>
    writeAnswer(answerOf({ tool_calls: [call('c', 'sql', args)] }, { finish_reason: finish }), factsOf(asked))['output']
  deepEqual(write('{"input":"SELECT 1"}', 'tool_calls'), [item('SELECT 1', 'completed')])
  deepEqual(write('{"input":"SEL', 'length'), [item('{"input":"SEL', 'incomplete')])
  const pieces = ['{"inp', 'ut":"SELECT', ' 1"}'].map((args, at) =>
    chunkOf({ tool_calls: [{ index: 0, ...(at === 0 ? call('c', 'sql', args) : { function: { arguments: args } }) }] }),
  )
  deepEqual(outputOf(pieces, asked), [item('SELECT 1', 'completed')])
})

test('an answer that was cut is incomplete, says why, and so is its last item', () => {
  const cut = writeAnswer(answerOf({ content: 'Hel' }, { finish_reason: 'length' }), factsOf())
  deepEqual(
    [cut['status'], cut['incomplete_details'], cut['completed_at'], cut['output']],
    ['incomplete', { reason: 'max_output_tokens' }, null, [message('00', [text('Hel')], 'incomplete')]],
  )
  const filtered = writeAnswer(answerOf({ content: null }, { finish_reason: 'content_filter' }), factsOf())
  deepEqual([filtered['incomplete_details'], filtered['output']], [{ reason: 'content_filter' }, []])
})

test('reasoning is sealed with all that its provider wants back, and without that for those who ask', () => {
  const details = [
    { type: 'reasoning.text', text: 'Two ', index: 0 },
    { type: 'reasoning.text', text: 'cities.', signature: 'sig', index: 0 },
    { type: 'reasoning.text', text: ' Next.', index: 1 },
    { type: 'reasoning.encrypted', data: 'xyz' },
    { type: 'reasoning.encrypted', data: 'uvw' },
  ]
  const chunks = details.map((detail) => chunkOf({ reasoning_details: [detail] }))
  const [item] = outputOf(chunks) as readonly JsonObject[]
  deepEqual(item!['summary'], [{ type: 'summary_text', text: 'Two cities. Next.' }])
  deepEqual(unsealReasoning(item!['encrypted_content'] as string), [
    { type: 'reasoning.text', text: 'Two cities.', signature: 'sig', index: 0 },
    ...details.slice(2),
  ])
  const thought = [chunkOf({ reasoning: 'Hm' }), chunkOf({ reasoning: '.' })]
  const asked = { include: ['reasoning.encrypted_content'] }
  const [plain] = outputOf(thought, asked) as readonly JsonObject[]
  deepEqual(unsealReasoning(plain!['encrypted_content'] as string), [{ type: 'reasoning.text', text: 'Hm.' }])
  deepEqual(outputOf(thought), [
    { id: `rs_${stem}00`, type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
  ])
  const [hidden] = outputOf([chunkOf({ reasoning_details: [details[3]!] })]) as readonly JsonObject[]
  deepEqual([hidden!['summary'], unsealReasoning(hidden!['encrypted_content'] as string)], [[], [details[3]]])
})

test('log probabilities and citations stand beside the text that they are about', () => {
  const top = { token: 'Hi', bytes: [72, 105], logprob: -0.1 }
  const logprobs = {
    content: [
      { ...top, top_logprobs: [top] },
      { token: '!', logprob: -1, bytes: null },
    ],
  }
  const citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 }
  const annotations = [{ type: 'url_citation', url_citation: citation }]
  const expected = {
    ...text('Hi!'),
    annotations: [{ type: 'url_citation', ...citation }],
    logprobs: [
      { ...top, top_logprobs: [top] },
      { token: '!', bytes: [], logprob: -1, top_logprobs: [] },
    ],
  }
  deepEqual(writeAnswer(answerOf({ content: 'Hi!', annotations }, { logprobs }), factsOf())['output'], [
    message('00', [expected]),
  ])
  const chunks = [
    chunkOf({ content: 'Hi' }, null, { logprobs: { content: [logprobs.content[0]!] } }),
    chunkOf({ content: '!' }, null, { logprobs: { content: [logprobs.content[1]!] } }),
    chunkOf({ annotations }),
  ]
  deepEqual(outputOf(chunks), [message('00', [expected])])
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
    eventsOf(chunks).map(({ type, output_index: at }) => `${type} ${typeof at === 'number' ? at : ''}`.trim()),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added 0',
      'response.reasoning_summary_part.added 0',
      'response.reasoning_summary_text.delta 0',
      'response.reasoning_summary_text.done 0',
      'response.reasoning_summary_part.done 0',
      'response.output_item.done 0',
      'response.output_item.added 1',
      'response.content_part.added 1',
      'response.output_text.delta 1',
      'response.output_text.delta 1',
      'response.output_text.done 1',
      'response.content_part.done 1',
      'response.output_item.done 1',
      'response.output_item.added 2',
      'response.function_call_arguments.delta 2',
      'response.function_call_arguments.delta 2',
      'response.function_call_arguments.done 2',
      'response.output_item.done 2',
      'response.completed',
    ],
  )
})

test('the end of a response leaves with its charge, and not with the last chunk', () => {
  const writer = openStream(factsOf())
  const before = writer.chunk(chunkOf({ content: 'Hi' })).toString() + writer.chunk(chunkOf({}, 'stop')).toString()
  const events = parseEvents(before)
  equal(events.at(-1)?.type, 'response.output_text.delta')
  const last = parseEvents(writer.finish(usage), events.length).at(-1)!
  equal(last.type, 'response.completed')
  equal(((last['response'] as JsonObject)['usage'] as JsonObject)['cost_credits'], '20')
})

test('who asks how a call was routed finds it in the last event, as in a plain answer', () => {
  const [last] = parseEvents(openStream(factsOf()).finish(usage, { attempts: [] })).slice(-1)
  deepEqual((last!['response'] as JsonObject)['redpill'], { attempts: [] })
})

test('calls whose pieces come mixed are sorted; a call without id or index is told apart all the same', () => {
  const args = (index: number, piece: string) => ({ tool_calls: [{ index, function: { arguments: piece } }] })
  const mixed = [
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
  deepEqual(outputOf(mixed), [
    functionCall('00', 't1', 'f', '{"a":"}{\\"]}"}'),
    functionCall('01', 't2', 'g', '{"b":2}'),
    message('02', [text('Done')]),
  ])
  const odd = [
    chunkOf({ tool_calls: [call('a', 'f', '{}')] }),
    chunkOf({ tool_calls: [call('b', 'g', '')] }),
    chunkOf({ tool_calls: [{ index: 0, ...call('c', 'h', '{}') }] }),
    chunkOf({ tool_calls: [{ index: 5, function: { name: 'i', arguments: { x: 1 } } }] }),
    chunkOf({ tool_calls: [{ index: 6, function: { arguments: '{}' } }] }),
  ]
  deepEqual(outputOf(odd), [
    functionCall('00', 'a', 'f', '{}'),
    functionCall('01', 'b', 'g', '{}'),
    functionCall('02', 'c', 'h', '{}'),
    functionCall('03', `call_${stem}03`, 'i', '{"x":1}'),
    functionCall('04', `call_${stem}04`, '', '{}'),
  ])
})

test('a failure is told where every client looks, and what had begun is not told as done', () => {
  const writer = openStream(factsOf())
  const before = parseEvents(
    writer.chunk(chunkOf({ content: 'Hi' })).toString() +
      writer.chunk(chunkOf({ tool_calls: [{ index: 0, ...call('t', 'pay', '{"usd":1') }] })).toString(),
  )
  const error = new AppError('upstream_error', { message: 'It broke.' })
  const [told, failed, ...rest] = parseEvents(writer.error(error), before.length)
  deepEqual(rest, [])
  const said = { code: 'upstream_error', message: 'It broke.', param: null }
  deepEqual(told, {
    type: 'error',
    sequence_number: before.length,
    ...said,
    error: { ...said, type: 'upstream_error' },
  })
  const response = failed!['response'] as JsonObject
  deepEqual(
    [failed!.type, response['status'], response['error'], response['usage'], response['output']],
    [
      'response.failed',
      'failed',
      { code: 'server_error', message: 'It broke.' },
      null,
      [message('00', [text('Hi')]), functionCall('01', 't', 'pay', '{"usd":1', 'incomplete')],
    ],
  )
  const early = parseEvents(openStream(factsOf()).error(new AppError('rate_limit_exceeded', { message: 'Slow.' })))
  deepEqual(
    early.map(({ type }) => type),
    ['response.created', 'response.in_progress', 'error', 'response.failed'],
  )
  equal(((early[3]!['response'] as JsonObject)['error'] as JsonObject)['code'], 'rate_limit_exceeded')
})

test('silence is kept alive by comments, which no client sees', () => {
  match(openStream(factsOf()).keepAlive, /^: .*\n\n$/)
})

const word = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' })
const arbitraryMessage = fc.record({
  reasoning: fc.option(word, { nil: undefined }),
  content: fc.option(word, { nil: undefined }),
  refusal: fc.option(word, { nil: undefined }),
  calls: fc.array(
    fc.record({
      name: fc.constantFrom('f', 'custom'),
      input: fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
    }),
    { maxLength: 3 },
  ),
  finish: fc.constantFrom('stop', 'length', 'content_filter'),
  isSealed: fc.boolean(),
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
    fc.property(arbitraryMessage, fc.integer({ min: 1, max: 5 }), (said, size) => {
      const { reasoning, content, refusal, calls, finish } = said
      const include = said.isSealed ? ['reasoning.encrypted_content'] : []
      const facts = factsOf({ tools: [{ type: 'custom', name: 'custom' }], include })
      const toolCalls = calls.map(({ name, input }, at) => call(`t${at}`, name, JSON.stringify(input)))
      const chunks = [
        ...cut(reasoning ?? '', size).map((piece) => chunkOf({ reasoning_content: piece })),
        ...cut(content ?? '', size).map((piece) => chunkOf({ content: piece })),
        ...cut(refusal ?? '', size).map((piece) => chunkOf({ refusal: piece })),
        ...toolCalls.flatMap(({ function: { arguments: args, name }, ...rest }, index) => [
          chunkOf({ tool_calls: [{ index, ...rest, function: { name, arguments: '' } }] }),
          ...cut(args, size).map((piece) => chunkOf({ tool_calls: [{ index, function: { arguments: piece } }] })),
        ]),
        chunkOf({}, finish),
      ]
      const whole = {
        content: content ?? null,
        ...(reasoning !== undefined && { reasoning_content: reasoning }),
        ...(refusal !== undefined && { refusal }),
        ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      }
      deepEqual(responseOf(eventsOf(chunks, facts)), writeAnswer(answerOf(whole, { finish_reason: finish }), facts))
    }),
    { numRuns: 300 },
  )
})

const arbitraryDelta: fc.Arbitrary<JsonObject> = fc.oneof(
  word.map((content) => ({ content })),
  word.map((refusal) => ({ refusal })),
  word.map((reasoning) => ({ reasoning })),
  fc.record({ text: word, signature: fc.constantFrom('', 'sig') }).map((detail) => ({ reasoning_details: [detail] })),
  fc.constant({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }),
  fc
    .record({ index: fc.nat(2), id: fc.constantFrom('', 'a', 'b'), args: fc.constantFrom('', '{}', '{"a":', '1}') })
    .map(({ index, id, args }) => ({ tool_calls: [{ index, ...call(id, 'f', args) }] })),
  fc.constant({}),
)

test('whatever comes in whatever order, items are paired and numbered, and no word is lost', () => {
  fc.assert(
    fc.property(fc.array(arbitraryDelta, { maxLength: 14 }), (deltas) => {
      const output = responseOf(eventsOf(deltas.map((delta) => chunkOf(delta))))['output'] as readonly JsonObject[]
      const ids = output.map(({ id }) => id)
      equal(new Set(ids).size, ids.length)
      const said = (part: string, field: string) =>
        output
          .flatMap(({ content, summary }) => (content ?? summary ?? []) as readonly JsonObject[])
          .map(({ type, [field]: words }) => (type === part ? (words as string) : ''))
          .join('')
      const expected = (field: string) => deltas.map((delta) => (delta[field] as string | undefined) ?? '').join('')
      equal(said('output_text', 'text'), expected('content'))
      equal(said('refusal', 'refusal'), expected('refusal'))
      equal(said('summary_text', 'text'), deltas.map(thinkingIn).join(''))
    }),
    { numRuns: 500 },
  )
})

const thinkingIn = (delta: JsonObject): string => {
  const [detail] = (delta['reasoning_details'] ?? []) as readonly JsonObject[]
  return ((detail?.['text'] ?? delta['reasoning']) as string | undefined) ?? ''
}

test('what was sealed elsewhere, or broken, is not taken for ours', () => {
  equal(unsealReasoning('gAAAAB'), undefined)
  equal(unsealReasoning('rpr1.%%%'), undefined)
  fc.assert(
    fc.property(fc.string(), (tail) => {
      const details = unsealReasoning(`rpr1.${tail}`)
      ok(details === undefined || Array.isArray(details))
    }),
  )
})
