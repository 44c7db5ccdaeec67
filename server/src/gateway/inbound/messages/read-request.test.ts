import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { requestFields } from './request-fields.ts'
import { readCountRequest, readRequest } from './read-request.ts'

const usual = { model: 'm', max_tokens: 100 }
const hi = [{ role: 'user', content: 'Hi' }]

function readWhole(request: JsonObject): { body: JsonObject; warnings: readonly string[] } {
  const read = readRequest(request)
  if (read.kind === 'invalid') throw new Error(`${read.param}: ${read.message}`)
  return { body: read.body, warnings: read.warnings ?? [] }
}

const bodyOf = (more: JsonObject): JsonObject => {
  const { body, warnings } = readWhole({ ...usual, messages: hi, ...more })
  deepEqual(warnings, [])
  return body
}

const messagesOf = (messages: readonly JsonValue[]) => bodyOf({ messages })['messages']

const paramOf = (more: JsonObject) => {
  const read = readRequest({ ...usual, messages: hi, ...more })
  return read.kind === 'invalid' ? read.param : `read: ${JSON.stringify(read)}`
}

const warningsOf = (more: JsonObject) => readWhole({ ...usual, messages: hi, ...more }).warnings

const cache = { cache_control: { type: 'ephemeral' } }

test('a request of one line becomes a chat completion of one line', () => {
  deepEqual(bodyOf({}), { model: 'm', max_completion_tokens: 100, messages: hi })
})

test('the system prompt is the first message, in parts only where a part is marked', () => {
  deepEqual(bodyOf({ system: 'Be brief.' })['messages'], [{ role: 'system', content: 'Be brief.' }, ...hi])
  deepEqual(bodyOf({ system: [{ type: 'text', text: 'Be brief.' }] })['messages'], [
    { role: 'system', content: 'Be brief.' },
    ...hi,
  ])
  deepEqual(bodyOf({ system: [{ type: 'text', text: 'Be brief.', ...cache }] })['messages'], [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.', ...cache }] },
    ...hi,
  ])
})

test('sampling, stops and the user keep their meaning under the names of the other API', () => {
  const asked = { temperature: 0.5, top_p: 0.9, top_k: 40, stream: true }
  deepEqual(bodyOf({ ...asked, stop_sequences: ['END'], metadata: { user_id: 'u1' } }), {
    model: 'm',
    max_completion_tokens: 100,
    messages: hi,
    ...asked,
    stop: ['END'],
    user: 'u1',
  })
})

test('images, documents and search results become parts, marked where the block was', () => {
  const png = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }
  const content = [
    { type: 'text', text: 'Look' },
    { type: 'image', source: png, ...cache },
    { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
    { type: 'document', source: pdf, title: 'Paper' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Plain' } },
    { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'Inner' }] } },
    { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    { type: 'search_result', source: 'https://a.example', title: 'A', content: [{ type: 'text', text: 'Found' }] },
  ]
  deepEqual(messagesOf([{ role: 'user', content }]), [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' }, ...cache },
        { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
        { type: 'text', text: 'Paper' },
        { type: 'file', file: { filename: 'Paper', file_data: 'data:application/pdf;base64,JVBE' } },
        { type: 'text', text: 'Plain' },
        { type: 'text', text: 'Inner' },
        { type: 'file', file: { file_id: 'file_1' } },
        { type: 'text', text: 'A\nhttps://a.example' },
        { type: 'text', text: 'Found' },
      ],
    },
  ])
})

test('a round of tools: calls stand in the assistant message, each result right after it, the rest of the turn last', () => {
  const messages = [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Two cities.', signature: 'sig' },
        { type: 'redacted_thinking', data: 'xyz' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Rome' }, caller: { type: 'direct' } },
        { type: 'tool_use', id: 't2', name: 'weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't1', content: 'Sunny' },
        {
          type: 'tool_result',
          tool_use_id: 't2',
          is_error: true,
          content: [
            { type: 'text', text: 'No city' },
            { type: 'image', source: { type: 'url', url: 'https://a.example/map.png' } },
          ],
        },
        { type: 'text', text: 'And now?' },
      ],
    },
  ]
  deepEqual(messagesOf(messages), [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [
        { id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
        { id: 't2', type: 'function', function: { name: 'weather', arguments: '{}' } },
      ],
      reasoning_details: [
        { type: 'reasoning.text', text: 'Two cities.', signature: 'sig', index: 0 },
        { type: 'reasoning.encrypted', data: 'xyz', index: 1 },
      ],
    },
    { role: 'tool', tool_call_id: 't1', content: 'Sunny' },
    { role: 'tool', tool_call_id: 't2', content: 'No city', is_error: true },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Attached to the result of t2:' },
        { type: 'image_url', image_url: { url: 'https://a.example/map.png' } },
        { type: 'text', text: 'And now?' },
      ],
    },
  ])
})

test('the blocks of an earlier answer are one text again; a message of tools alone has none', () => {
  const split = [
    { type: 'text', text: 'One ' },
    { type: 'text', text: 'two', citations: null },
  ]
  deepEqual(messagesOf([...hi, { role: 'assistant', content: split }]), [
    ...hi,
    { role: 'assistant', content: 'One two' },
  ])
  const tool = { type: 'tool_use', id: 't', name: 'f', input: {}, ...cache }
  deepEqual(messagesOf([...hi, { role: 'assistant', content: [tool] }]), [
    ...hi,
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' }, ...cache }],
    },
  ])
})

test('tools and their choice', () => {
  const input_schema = { type: 'object', properties: { city: { type: 'string' } } }
  const tools = [
    { name: 'weather', description: 'Tells it', input_schema, ...cache },
    { type: 'custom', name: 'f', input_schema },
  ]
  deepEqual(bodyOf({ tools })['tools'], [
    { type: 'function', function: { name: 'weather', description: 'Tells it', parameters: input_schema }, ...cache },
    { type: 'function', function: { name: 'f', parameters: input_schema } },
  ])
  const choice = (tool_choice: JsonObject) => {
    const { tool_choice: said, parallel_tool_calls: parallel } = bodyOf({ tool_choice })
    return [said, parallel]
  }
  deepEqual(choice({ type: 'auto' }), ['auto', undefined])
  deepEqual(choice({ type: 'any', disable_parallel_tool_use: true }), ['required', false])
  deepEqual(choice({ type: 'none' }), ['none', undefined])
  deepEqual(choice({ type: 'tool', name: 'f' }), [{ type: 'function', function: { name: 'f' } }, undefined])
})

test('thinking is told as an effort that every provider knows, and exactly beside it', () => {
  const thinking = (value: JsonObject, more: JsonObject = {}) => {
    const { reasoning_effort: effort, reasoning } = bodyOf({ thinking: value, ...more })
    return [effort, reasoning]
  }
  deepEqual(thinking({ type: 'disabled' }), [undefined, { enabled: false }])
  deepEqual(thinking({ type: 'enabled', budget_tokens: 1024 }), ['low', { max_tokens: 1024 }])
  deepEqual(thinking({ type: 'enabled', budget_tokens: 10_000 }), ['medium', { max_tokens: 10_000 }])
  deepEqual(thinking({ type: 'enabled', budget_tokens: 32_000 }), ['high', { max_tokens: 32_000 }])
  deepEqual(thinking({ type: 'adaptive' }), ['high', { enabled: true }])
  deepEqual(thinking({ type: 'adaptive' }, { output_config: { effort: 'low' } }), ['low', { enabled: true }])
})

test('a JSON schema for the answer is asked for in the other form', () => {
  const schema = { type: 'object', properties: {} }
  deepEqual(bodyOf({ output_config: { format: { type: 'json_schema', schema } } })['response_format'], {
    type: 'json_schema',
    json_schema: { name: 'answer', schema, strict: true },
  })
})

test('whatever cannot be said is named in a warning', () => {
  deepEqual(warningsOf({ seed: 1 }), ['seed is left out'])
  deepEqual(warningsOf({ constructor: 1 }), ['constructor is left out'])
  deepEqual(warningsOf({ speed: 'fast', metadata: { user_id: 'u', team: 't' } }), [
    'metadata.team is left out',
    'speed is left out',
  ])
  deepEqual(warningsOf({ context_management: { edits: [{}] } }), ['context_management is left out'])
  deepEqual(warningsOf({ tools: [{ name: 'f', input_schema: {}, defer_loading: true }] }), [
    'tools[0].defer_loading is left out',
  ])
  const document = {
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data: 'x' },
    citations: { enabled: true },
  }
  deepEqual(warningsOf({ messages: [{ role: 'user', content: [document], name: 'Ann' }] }), [
    'messages[0].name is left out',
    'messages[0].content[0].citations is left out',
  ])
})

test('what says nothing needs no warning', () => {
  const document = {
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data: 'x' },
    citations: { enabled: false },
  }
  const nothing = { seed: null, top_k: null, system: null, speed: 'standard', service_tier: 'auto', mcp_servers: [] }
  deepEqual(bodyOf({ ...nothing, messages: [{ role: 'user', content: [document] }] }), {
    model: 'm',
    max_completion_tokens: 100,
    messages: [{ role: 'user', content: 'x' }],
  })
})

test('what would change the meaning of a request is refused, and the field is named', () => {
  const user = (...content: JsonValue[]) => ({ messages: [{ role: 'user', content }] })
  const assistant = (...content: JsonValue[]) => ({ messages: [...hi, { role: 'assistant', content }] })
  const refused: readonly (readonly [JsonObject, string])[] = [
    [{ max_tokens: null }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: '10' }, 'max_tokens'],
    [{ messages: null }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: ['Hi'] }, 'messages[0]'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [user(), 'messages[0].content'],
    [user({ type: 'text', text: 1 }), 'messages[0].content[0].text'],
    [user({ type: 'tool_use', id: 't', name: 'f', input: {} }), 'messages[0].content[0].type'],
    [user({ type: 'constructor' }), 'messages[0].content[0].type'],
    [user({ type: 'image', source: { type: 'file', file_id: 'f' } }), 'messages[0].content[0].source.type'],
    [user({ type: 'tool_result', content: 'x' }), 'messages[0].content[0].tool_use_id'],
    [user({ type: 'container_upload', file_id: 'f' }), 'messages[0].content[0].type'],
    [assistant({ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }), 'messages[1].content[0].type'],
    [assistant({ type: 'tool_use', id: 't', name: 'f', input: '{}' }), 'messages[1].content[0].input'],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].input_schema'],
    [{ tool_choice: 'auto' }, 'tool_choice'],
    [{ tool_choice: { type: 'required' } }, 'tool_choice.type'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'on' } }, 'thinking.type'],
    [{ output_config: { effort: 'constructor' } }, 'output_config.effort'],
    [{ stop_sequences: ['a', 1] }, 'stop_sequences[1]'],
    [{ temperature: 'warm' }, 'temperature'],
    [{ stream: 'yes' }, 'stream'],
    [{ system: { type: 'text' } }, 'system'],
    [{ system: [{ type: 'image', source: {} }] }, 'system[0].type'],
    [{ mcp_servers: [{ url: 'https://a.example' }] }, 'mcp_servers'],
    [{ container: 'c' }, 'container'],
    [{ inference_geo: 'eu' }, 'inference_geo'],
  ]
  for (const [more, param] of refused) equal(paramOf(more), param)
})

test('a count needs no bound on the output', () => {
  deepEqual(readCountRequest({ model: 'm', messages: hi }), {
    kind: 'read',
    body: { model: 'm', messages: hi },
    warnings: [],
  })
  equal(readRequest({ model: 'm', messages: hi }).kind, 'invalid')
})

const fieldNames = [...Object.keys(requestFields), 'unknown', '__proto__']
const blockWords = [
  'type',
  'text',
  'image',
  'document',
  'tool_use',
  'tool_result',
  'thinking',
  'source',
  'content',
  'base64',
]
const anything = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0, 1, '', 'user', 'assistant', ...blockWords),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('role', 'id', 'name', 'input', 'data', ...blockWords), tie('value'), {
    maxKeys: 5,
  }),
})).value

test('whatever a request holds, it is read or refused, and what is read has turns with roles', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fieldNames), anything), (fields) => {
      const read = readRequest({ ...usual, messages: hi, ...fields })
      if (read.kind === 'invalid') return ok(read.message !== '')
      const messages = read.body['messages'] as readonly JsonObject[]
      return ok(messages.length > 0 && messages.every(({ role }) => typeof role === 'string'))
    }),
    { numRuns: 2_000 },
  )
})
