import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import type { AskedCall } from '../translation.ts'
import { translation } from './translation.ts'

const user = { role: 'user', content: 'Hi' }

function write(body: JsonObject, endpoint: AskedCall['endpoint'] = 'chat') {
  const chat = endpoint === 'chat' ? { messages: [user] } : {}
  const written = translation.write({ endpoint, body: { model: 'm', ...chat, ...body }, stream: false })
  if (written.kind === 'refused') throw new Error(written.why)
  return written
}

function refusal(body: JsonObject, endpoint: AskedCall['endpoint'] = 'chat'): string {
  const written = translation.write({ endpoint, body: { model: 'm', messages: [user], ...body }, stream: false })
  return written.kind === 'refused' ? written.why : ''
}

test('settings have the names that Cohere has for them', () => {
  const { path, body, leftOut } = write({
    messages: [{ role: 'developer', content: 'Be brief.' }, user],
    ...{ max_completion_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 3, seed: 1, stop: 'x', frequency_penalty: 0.1 },
    ...{ stream: true, stream_options: { include_usage: true }, n: 1, parallel_tool_calls: true },
  })
  equal(path, '/v2/chat')
  deepEqual(leftOut, [])
  deepEqual(body, {
    model: 'm',
    messages: [{ role: 'system', content: 'Be brief.' }, user],
    ...{ max_tokens: 9, temperature: 0.5, p: 0.9, k: 3, seed: 1, stop_sequences: ['x'], frequency_penalty: 0.1 },
    stream: true,
  })
})

test('a round of tools is said as Cohere says it: what comes before the calls is their plan', () => {
  const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }
  const details = [{ type: 'reasoning.text', text: 'Hm.', format: 'cohere-v2', index: 0 }]
  const { body } = write({
    messages: [
      user,
      { role: 'assistant', content: 'I look.', tool_calls: [{ index: 0, ...call }] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'Rain' }] },
      { role: 'assistant', content: 'It rains.', reasoning: 'Hm.', reasoning_details: details },
      { role: 'assistant', content: null },
    ],
    tools: [{ type: 'function', function: { name: 'f', strict: true } }],
    tool_choice: 'required',
  })
  deepEqual(body['messages'], [
    user,
    { role: 'assistant', tool_plan: 'I look.', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'a', content: 'Rain' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'It rains.' },
      ],
    },
  ])
  const parameters = { type: 'object', properties: {} }
  deepEqual(body['tools'], [{ type: 'function', function: { name: 'f', parameters } }])
  deepEqual([body['tool_choice'], body['strict_tools']], ['REQUIRED', true])
})

test('pictures, schemas and thinking are asked for as Cohere has them', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }
  const schema = { type: 'object', properties: {} }
  const { body } = write({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }, image] }],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
    reasoning: { max_tokens: 500 },
  })
  deepEqual(body['messages'], [{ role: 'user', content: [{ type: 'text', text: 'What?' }, image] }])
  deepEqual(body['response_format'], { type: 'json_object', json_schema: schema })
  deepEqual(body['thinking'], { type: 'enabled', token_budget: 500 })
  deepEqual(write({ reasoning_effort: 'none' }).body['thinking'], { type: 'disabled' })
  deepEqual(write({ reasoning: { enabled: false } }).body['thinking'], { type: 'disabled' })
  deepEqual(write({ response_format: { type: 'json_object' } }).body['response_format'], { type: 'json_object' })
})

test('what cannot be said is told by name, or refused by name', () => {
  const { leftOut } = write({
    ...{ logprobs: true, user: 'u', metadata: { a: 'b' }, tool_choice: { type: 'function', function: { name: 'f' } } },
    parallel_tool_calls: false,
    messages: [
      user,
      { role: 'assistant', content: 'x', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
    ],
  })
  deepEqual(
    leftOut.map((sentence) => sentence.split(' is left out')[0]),
    ['reasoning of another provider', 'tool_choice', 'parallel_tool_calls', 'logprobs', 'user', 'metadata'],
  )
  const file = { role: 'user', content: [{ type: 'file', file: { file_id: 'x' } }] }
  for (const [body, named] of [
    [{ n: 2 }, /^n:/],
    [{ messages: [file] }, /"file"/],
    [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, /^tools:/],
    [{ audio: { voice: 'x' } }, /^audio:/],
  ] as const)
    match(refusal(body), named)
  for (const endpoint of ['completions', 'moderations'] as const)
    match(refusal({}, endpoint), new RegExp(`^${endpoint}:`))
})

test('an embedding says what its texts are for, and comes in floats', () => {
  const { path, body, leftOut } = write({ input: 'one', encoding_format: 'base64', user: 'u' }, 'embeddings')
  equal(path, '/v2/embed')
  deepEqual(body, { model: 'm', texts: ['one'], input_type: 'search_document', embedding_types: ['float'] })
  deepEqual(leftOut, ['user is left out: this API does not know it'])
  deepEqual(write({ input: ['a', 'b'], input_type: 'search_query', dimensions: 256 }, 'embeddings').body, {
    ...{ model: 'm', texts: ['a', 'b'], input_type: 'search_query', output_dimension: 256, embedding_types: ['float'] },
  })
  match(refusal({ input: [1, 2] }, 'embeddings'), /^input:/)
})

test('a document of several fields is ranked by all of them', () => {
  const documents = ['plain', { title: 'Rome', year: 1, tags: ['a'] }]
  const { path, body } = write({ query: 'q', documents, top_n: 1, return_documents: true }, 'rerank')
  equal(path, '/v2/rerank')
  deepEqual(body, { model: 'm', query: 'q', documents: ['plain', 'title: "Rome"\nyear: 1\ntags: ["a"]'], top_n: 1 })
})
