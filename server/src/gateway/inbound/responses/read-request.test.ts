import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { itemRules } from './read-input.ts'
import { partRules } from './read-parts.ts'
import { readRequest } from './read-request.ts'
import { requestFields } from './request-fields.ts'
import { sealReasoning } from './sealed-reasoning.ts'

const hi = [{ role: 'user', content: 'Hi' }]

function readWhole(request: JsonObject): { body: JsonObject; warnings: readonly string[] } {
  const read = readRequest({ model: 'm', input: 'Hi', ...request })
  if (read.kind === 'invalid') throw new Error(`${read.param}: ${read.message}`)
  return { body: read.body, warnings: read.warnings ?? [] }
}

const bodyOf = (more: JsonObject): JsonObject => {
  const { body, warnings } = readWhole(more)
  deepEqual(warnings, [])
  return body
}

const messagesOf = (input: JsonValue) => bodyOf({ input })['messages']
const warningsOf = (more: JsonObject) => readWhole(more).warnings

const refusalOf = (more: JsonObject) => {
  const read = readRequest({ model: 'm', input: 'Hi', ...more })
  return read.kind === 'invalid' ? read : { param: `read: ${JSON.stringify(read)}`, message: '' }
}

test('a request of one line becomes a chat completion of one line', () => {
  deepEqual(bodyOf({}), { model: 'm', messages: hi })
  deepEqual(bodyOf({ instructions: 'Be brief.' })['messages'], [{ role: 'system', content: 'Be brief.' }, ...hi])
})

test('settings keep their meaning under the names of the other form', () => {
  const same = {
    temperature: 0.5,
    top_p: 0.9,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    stream: true,
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    service_tier: 'flex',
  }
  const asked = { ...same, max_output_tokens: 100, max_tool_calls: 3, metadata: { a: 'b' }, truncation: 'disabled' }
  deepEqual(bodyOf({ ...asked, stream_options: { include_obfuscation: true }, store: false }), {
    model: 'm',
    messages: hi,
    ...same,
    max_completion_tokens: 100,
  })
  deepEqual(bodyOf({ include: ['message.output_text.logprobs'] })['logprobs'], true)
  const logprobs = bodyOf({ top_logprobs: 3, include: ['reasoning.encrypted_content'] })
  deepEqual([logprobs['logprobs'], logprobs['top_logprobs']], [true, 3])
  const told = bodyOf({ reasoning: { effort: 'low', summary: 'auto' } })
  deepEqual([told['reasoning_effort'], told['reasoning']], ['low', { summary: 'auto' }])
  equal(bodyOf({ reasoning: { effort: 'low' } })['reasoning'], undefined)
  equal(bodyOf({ reasoning: { effort: 'max' } })['reasoning_effort'], 'xhigh')
})

test('messages come in every form: easy ones, parts, and answers given back', () => {
  const audio = { data: 'AAAA', format: 'wav' }
  deepEqual(
    messagesOf([
      { role: 'developer', content: 'Be brief.' },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look' },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          { type: 'input_image', image_url: 'https://a.example/b.png', detail: 'original' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
          { type: 'input_file', file_url: 'https://a.example/a.pdf' },
          { type: 'input_file', file_id: 'file-1' },
          { type: 'input_audio', input_audio: audio },
        ],
      },
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [
          { type: 'output_text', text: 'One ', annotations: [{ type: 'url_citation' }], logprobs: [{}] },
          { type: 'output_text', text: 'two', annotations: [], parsed: { a: 1 } },
          { type: 'refusal', refusal: 'Not three.' },
        ],
      },
      { role: 'assistant', content: 'And more.' },
    ]),
    [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'high' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
          { type: 'file', file: { file_data: 'https://a.example/a.pdf' } },
          { type: 'file', file: { file_id: 'file-1' } },
          { type: 'input_audio', input_audio: audio },
        ],
      },
      { role: 'assistant', content: 'One two', refusal: 'Not three.' },
      { role: 'assistant', content: 'And more.' },
    ],
  )
})

const reasoningItem = (more: JsonObject) => ({ type: 'reasoning', id: 'rs_1', summary: [], ...more })
const called = (id: string, name: string, args: string) => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

test('a round of tools: one assistant message, each result right after it, what results hold besides text last', () => {
  const summary = [{ type: 'summary_text', text: 'Two cities.' }]
  deepEqual(
    messagesOf([
      ...hi,
      reasoningItem({ summary, encrypted_content: null }),
      { type: 'message', role: 'assistant', content: 'I look.' },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'weather', arguments: '{"a":1}', status: 'completed' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'sql', input: 'SELECT 1', caller: { type: 'direct' } },
      {
        type: 'function_call_output',
        call_id: 'c1',
        output: [
          { type: 'input_text', text: 'Sunny' },
          { type: 'input_image', image_url: 'https://a.example/map.png' },
        ],
      },
      { type: 'custom_tool_call_output', call_id: 'c2', output: '1' },
      { role: 'user', content: 'And now?' },
    ]),
    [
      ...hi,
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [called('c1', 'weather', '{"a":1}'), called('c2', 'sql', '{"input":"SELECT 1"}')],
        reasoning_details: [{ type: 'reasoning.text', text: 'Two cities.', index: 0 }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Sunny' },
      { role: 'tool', tool_call_id: 'c2', content: '1' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached to the result of c1:' },
          { type: 'image_url', image_url: { url: 'https://a.example/map.png' } },
        ],
      },
      { role: 'user', content: 'And now?' },
    ],
  )
})

test('calls one after another stay so, and words after a call do not part it from its result', () => {
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' })
  const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'x' })
  const assistant = (...ids: string[]) => ({
    role: 'assistant',
    content: null,
    tool_calls: ids.map((id) => called(id, 'f', '{}')),
  })
  const tool = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' })
  deepEqual(messagesOf([...hi, call('a'), output('a'), call('b'), call('c'), output('c'), output('b')]), [
    ...hi,
    assistant('a'),
    tool('a'),
    assistant('b', 'c'),
    tool('c'),
    tool('b'),
  ])
  deepEqual(messagesOf([call('a'), { role: 'assistant', content: 'Wait.' }, output('a')]), [
    { ...assistant('a'), content: 'Wait.' },
    tool('a'),
  ])
})

test('reasoning that was sealed here goes back as its provider gave it, any other as what it is', () => {
  const details = [{ type: 'reasoning.text', text: 'Hm.', signature: 'sig', format: 'x', index: 3 }]
  const detailsOf = (item: JsonObject) => {
    const [message] = messagesOf([reasoningItem(item), { role: 'assistant', content: 'Yes.' }]) as JsonObject[]
    return message!['reasoning_details']
  }
  deepEqual(detailsOf({ encrypted_content: sealReasoning(details) }), [{ ...details[0], index: 0 }])
  deepEqual(detailsOf({ encrypted_content: 'gAAAA' }), [
    { type: 'reasoning.encrypted', data: 'gAAAA', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
  ])
  deepEqual(
    detailsOf({
      summary: [{ type: 'summary_text', text: 'Short.' }],
      content: [{ type: 'reasoning_text', text: 'Long.' }],
    }),
    [
      { type: 'reasoning.text', text: 'Long.', index: 0 },
      { type: 'reasoning.summary', summary: 'Short.', index: 1 },
    ],
  )
  deepEqual(warningsOf({ input: [reasoningItem({}), ...hi] }), [
    'input[0] is left out: it holds no reasoning, and none is stored here',
  ])
})

test('reasoning that is referred to is left out with a warning, for a conversation is whole without it', () => {
  deepEqual(readWhole({ input: [{ type: 'item_reference', id: 'rs_1' }, ...hi] }), {
    body: { model: 'm', messages: hi },
    warnings: ['input[0] is left out: it refers to reasoning, which is not kept by its id here'],
  })
})

test('functions, custom tools and their choice', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const tools = [
    { type: 'function', name: 'weather', description: 'Tells it', parameters, strict: true },
    { type: 'function', name: 'now', parameters: null, strict: false },
    { type: 'custom', name: 'sql', description: 'Runs it', format: { type: 'text' } },
  ]
  const [weather, now, sql] = [
    { type: 'function', function: { name: 'weather', description: 'Tells it', parameters, strict: true } },
    { type: 'function', function: { name: 'now', strict: false } },
    {
      type: 'function',
      function: {
        name: 'sql',
        description: 'Runs it',
        parameters: {
          type: 'object',
          properties: { input: { type: 'string' } },
          required: ['input'],
          additionalProperties: false,
        },
      },
    },
  ]
  deepEqual(bodyOf({ tools })['tools'], [weather, now, sql])
  const choice = (tool_choice: JsonValue) => {
    const body = bodyOf({ tools, tool_choice, parallel_tool_calls: false })
    equal(body['parallel_tool_calls'], false)
    return [body['tool_choice'], (body['tools'] as JsonValue[]).length]
  }
  for (const word of ['auto', 'none', 'required']) deepEqual(choice(word), [word, 3])
  deepEqual(choice({ type: 'function', name: 'now' }), [{ type: 'function', function: { name: 'now' } }, 3])
  deepEqual(choice({ type: 'custom', name: 'sql' }), [{ type: 'function', function: { name: 'sql' } }, 3])
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'custom', name: 'sql' }] }
  deepEqual(choice(allowed), ['required', 1])
  deepEqual(bodyOf({ tools, tool_choice: allowed })['tools'], [sql])
  deepEqual(bodyOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: true }), { model: 'm', messages: hi })
})

test('a grammar is told to the model, and the caller that it is no more than that', () => {
  const format = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' }
  const { body, warnings } = readWhole({ tools: [{ type: 'custom', name: 'sql', format }] })
  deepEqual(warnings, ['tools[0].format is told to the model, and not enforced'])
  match(JSON.stringify(body['tools']), /Must match this lark grammar:\\nstart/)
})

test("the text's form is asked for in the other form", () => {
  const schema = { type: 'object', properties: {} }
  const format = { type: 'json_schema', name: 'answer', description: 'It', schema, strict: true }
  const { type: _type, ...described } = format
  deepEqual(bodyOf({ text: { format, verbosity: 'low' } }), {
    model: 'm',
    messages: hi,
    response_format: { type: 'json_schema', json_schema: described },
    verbosity: 'low',
  })
  deepEqual(bodyOf({ text: { format: { type: 'json_object' } } })['response_format'], { type: 'json_object' })
  deepEqual(bodyOf({ text: { format: { type: 'text' }, verbosity: 'medium' } }), { model: 'm', messages: hi })
})

test('whatever cannot be said is named in a warning', () => {
  deepEqual(warningsOf({ seed: 1, constructor: 1 }), ['seed is left out', 'constructor is left out'])
  deepEqual(warningsOf({ store: true }), ['store is left out: responses are not stored for this key'])
  deepEqual(warningsOf({ truncation: 'auto' }), ['truncation is left out: nothing is cut from a conversation here'])
  deepEqual(warningsOf({ include: ['file_search_call.results'] }), [
    'include file_search_call.results is left out: such tools do not run here',
  ])
  deepEqual(warningsOf({ context_management: [{ type: 'compaction' }] }), ['context_management is left out'])
  deepEqual(warningsOf({ reasoning: { effort: 'low', context: 'all' } }), ['reasoning.context is left out'])
  deepEqual(warningsOf({ tools: [{ type: 'function', name: 'f', parameters: {}, defer_loading: true }] }), [
    'tools[0].defer_loading is left out',
  ])
  const content = [{ type: 'input_text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } }]
  deepEqual(warningsOf({ input: [{ role: 'user', content, phase: 'commentary' }] }), [
    'input[0].phase is left out',
    'input[0].content[0].prompt_cache_breakpoint is left out',
  ])
})

test('what RedPill itself reads goes to no provider', () => {
  const own = { models: ['b'], provider: { order: ['x'] }, session_id: 's' }
  deepEqual(bodyOf(own), { model: 'm', messages: hi })
})

test('what says nothing needs no warning', () => {
  const nothing = { seed: null, background: false, previous_response_id: null, conversation: null, prompt: null }
  deepEqual(bodyOf({ ...nothing, tools: [], service_tier: 'auto', store: null, include: [] }), {
    model: 'm',
    messages: hi,
  })
})

test('what would change the meaning of a request is refused, and the field is named', () => {
  const user = (...content: JsonValue[]) => ({ input: [{ role: 'user', content }] })
  const item = (more: JsonObject) => ({ input: [...hi, more] })
  const tool = { type: 'function', name: 'f', parameters: {} }
  const refused: readonly (readonly [JsonObject, string])[] = [
    [{ input: null }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: 1 }, 'input'],
    [{ input: [{ type: 'item_reference', id: 'rs_1' }] }, 'input'],
    [{ input: ['Hi'] }, 'input[0]'],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [user({ type: 'input_text', text: 1 }), 'input[0].content[0].text'],
    [user({ type: 'output_text', text: 'x' }), 'input[0].content[0].type'],
    [user({ type: 'constructor' }), 'input[0].content[0].type'],
    [user({ type: 'input_image', file_id: 'file-1' }), 'input[0].content[0]'],
    [user({ type: 'input_file' }), 'input[0].content[0]'],
    [item({ type: 'item_reference', id: 'msg_1' }), 'input[1]'],
    [item({ type: 'web_search_call', id: 'ws_1' }), 'input[1].type'],
    [item({ type: 'constructor' }), 'input[1].type'],
    [item({ type: 'function_call', name: 'f', arguments: '{}' }), 'input[1].call_id'],
    [item({ type: 'function_call', call_id: 'c', name: 'f', arguments: {} }), 'input[1].arguments'],
    [item({ type: 'function_call_output', call_id: 'c' }), 'input[1].output'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'mcp', server_label: 'a' }] }, 'tools[0].type'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].type'],
    [{ tools: [tool], tool_choice: 'any' }, 'tool_choice'],
    [{ tools: [tool], tool_choice: { type: 'web_search' } }, 'tool_choice.type'],
    [{ tools: [tool], tool_choice: { type: 'allowed_tools', mode: 'all', tools: [] } }, 'tool_choice.mode'],
    [{ tools: [tool], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } }, 'tool_choice.tools'],
    [
      { tools: [tool], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'g' }] } },
      'tool_choice.tools',
    ],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
    [{ text: { format: { type: 'json_schema', schema: {} } } }, 'text.format.name'],
    [{ reasoning: { effort: 'constructor' } }, 'reasoning.effort'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ temperature: 'warm' }, 'temperature'],
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
  ]
  for (const [more, param] of refused) equal(refusalOf(more).param, param)
})

test('who relies on storage is told what to send instead', () => {
  match(refusalOf({ previous_response_id: 'resp_1' }).message, /Send the whole conversation as 'input'/)
  match(refusalOf({ input: [{ type: 'item_reference', id: 'msg_1' }] }).message, /'msg_1'.*store: false/)
  match(refusalOf({ tools: [{ type: 'code_interpreter' }] }).message, /'code_interpreter'/)
})

const anything = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0, 1, '', 'user', 'assistant', 'function', 'auto'),
    fc.constantFrom<JsonValue>(...Object.keys(itemRules), ...Object.keys(partRules)),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom('type', 'role', 'id', 'call_id', 'name', 'content', 'output', 'text', 'summary', 'tools', 'format'),
    tie('value'),
    { maxKeys: 5 },
  ),
})).value

test('whatever a request holds, it is read or refused, and what is read has turns with roles', () => {
  const fieldNames = [...Object.keys(requestFields), 'unknown', '__proto__']
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fieldNames), anything), (fields) => {
      const read = readRequest({ model: 'm', input: 'Hi', ...fields })
      if (read.kind === 'invalid') return ok(read.message !== '')
      const messages = read.body['messages'] as readonly JsonObject[]
      return ok(messages.length > 0 && messages.every(({ role }) => typeof role === 'string'))
    }),
    { numRuns: 2_000 },
  )
})

test('every word of a conversation reaches the model', () => {
  const word = fc.string({ minLength: 4, maxLength: 8, unit: fc.constantFrom('a', 'b', 'c', 'd') })
  const item = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'assistant', 'system', 'developer'), content: word }),
    word.map((text) => ({ role: 'assistant', content: [{ type: 'output_text', text }] })),
    word.map((refusal) => ({ role: 'assistant', content: [{ type: 'refusal', refusal }] })),
    fc.record({ type: fc.constant('function_call'), call_id: word, name: word, arguments: word }),
    fc.record({ type: fc.constant('custom_tool_call'), call_id: word, name: word, input: word }),
    fc.record({ type: fc.constant('function_call_output'), call_id: word, output: word }),
    word.map((image_url) => ({
      type: 'function_call_output',
      call_id: 'c',
      output: [{ type: 'input_image', image_url }],
    })),
    word.map((text) => reasoningItem({ summary: [{ type: 'summary_text', text }] })),
  )
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (input) => {
      const said = JSON.stringify(messagesOf(input))
      for (const text of JSON.stringify(input).match(/\b[abcd]{4,8}\b/g) ?? []) ok(said.includes(text), text)
    }),
    { numRuns: 500 },
  )
})
