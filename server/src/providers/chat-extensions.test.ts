import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../core/json.ts'
import { fitExtensions } from './chat-extensions.ts'
import { dialects } from './dialects.ts'

const cache = { cache_control: { type: 'ephemeral' } }
const details = [
  { type: 'reasoning.text', text: 'Hm.', signature: 's' },
  { type: 'reasoning.encrypted', data: 'x' },
]
const call = { id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }
const tool = { type: 'function', function: { name: 'f', parameters: {} } }

/** All that OpenRouter added, wherever it can stand. */
const extended: JsonObject = {
  model: 'm',
  ...cache,
  top_k: 3,
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.', ...cache }] },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: null, tool_calls: [{ ...call, ...cache }], reasoning_details: details },
    { role: 'tool', tool_call_id: 't', content: 'No', is_error: true, ...cache },
  ],
  tools: [{ ...tool, ...cache }],
}

const fit = (dialect: string, body: JsonObject, endpoint: 'chat' | 'completions' = 'chat') =>
  fitExtensions(dialects.get(dialect)!, { endpoint, body })

test('a server that refuses unknown fields gets none of the extensions, and each is told by name', () => {
  const { body, leftOut } = fit('openai', extended)
  deepEqual(body, {
    model: 'm',
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 't', content: 'No' },
    ],
    tools: [tool],
  })
  const told = [
    'cache_control',
    'top_k',
    'cache_control of a tool',
    'cache_control of a part',
    'reasoning_details of a message',
    'cache_control of a tool call',
    'cache_control of a message',
    'is_error of a message',
  ]
  deepEqual(
    leftOut,
    told.map((field) => `${field} is left out: the provider does not know it`),
  )
})

/** Each field that OpenRouter's own client can send and OpenAI's specification does not have; searches and plugins apart. */
const openrouterFields: JsonObject = {
  ...{
    debug: { echo_upstream_body: true },
    image_config: { aspect_ratio: '1:1' },
    include_reasoning: true,
    min_p: 0.1,
  },
  ...{ preset: 'p', reasoning: { effort: 'low' }, repetition_penalty: 1.1, stop_server_tools_when: [{ type: 'x' }] },
  ...{ top_a: 0.2, top_k: 3, trace: { trace_id: 't' }, transforms: ['middle-out'] },
}

test("no field of OpenRouter's reaches a server that refuses it, and each is told by name unless it says nothing", () => {
  const said = { role: 'assistant', content: 'Hm.' }
  const sent = {
    model: 'm',
    messages: [{ ...said, images: [{ type: 'image_url' }], model: 'a/b' }],
    ...openrouterFields,
  }
  for (const dialect of ['openai', 'azure', 'groq', 'mistral', 'cerebras', 'nvidia']) {
    const { body, leftOut } = fit(dialect, sent)
    deepEqual(body, { model: 'm', messages: [said] })
    const names = [...Object.keys(openrouterFields), 'images of a message', 'model of a message']
    deepEqual(leftOut.toSorted(), names.map((name) => `${name} is left out: the provider does not know it`).toSorted())
  }
  const neutral = {
    model: 'm',
    top_k: 0,
    min_p: 0,
    top_a: 0,
    repetition_penalty: 1,
    include_reasoning: false,
    trace: null,
  }
  deepEqual(fit('openai', neutral), { body: { model: 'm' }, leftOut: [] })
  equal(fit('openrouter', sent).body, sent)
})

test('the thinking that stands in a message goes to those who read it there', () => {
  const sent = { model: 'm', messages: [{ role: 'assistant', content: 'Hm.', reasoning: 'I think.' }] }
  for (const dialect of ['groq', 'cerebras', 'vllm']) deepEqual(fit(dialect, sent), { body: sent, leftOut: [] })
  for (const dialect of ['openai', 'azure', 'mistral']) {
    const { body, leftOut } = fit(dialect, sent)
    deepEqual(body['messages'], [{ role: 'assistant', content: 'Hm.' }])
    deepEqual(leftOut, ['reasoning of a message is left out: the provider does not know it'])
  }
})

test('everybody else gets what the caller sent, untouched', () => {
  for (const dialect of ['openrouter', 'compatible', 'vllm', 'together']) {
    const { body, leftOut } = fit(dialect, extended)
    equal(body, extended)
    deepEqual(leftOut, [])
  }
  equal(fit('openai', extended, 'completions').body, extended)
})

test('a plain chat completion is sent as it is, and nothing is told', () => {
  const plain = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], reasoning_effort: 'low', temperature: 0 }
  for (const dialect of dialects.keys()) deepEqual(fit(dialect, plain), { body: plain, leftOut: [] })
})

test('of two ways to ask for reasoning each server gets its own', () => {
  const both = (reasoning: JsonObject) => ({ model: 'm', reasoning_effort: 'low', reasoning })
  deepEqual(fit('openrouter', both({ max_tokens: 2_000 })).body, { model: 'm', reasoning: { max_tokens: 2_000 } })
  deepEqual(fit('openrouter', both({ enabled: true })).body, {
    model: 'm',
    reasoning: { enabled: true, effort: 'low' },
  })
  deepEqual(fit('vllm', both({ enabled: true })), { body: { model: 'm', reasoning_effort: 'low' }, leftOut: [] })
  deepEqual(fit('openai', both({ max_tokens: 2_000 })), {
    body: { model: 'm', reasoning_effort: 'low' },
    leftOut: ['reasoning.max_tokens is left out: the provider knows reasoning_effort only'],
  })
  const own = { model: 'm', reasoning: { effort: 'low' } }
  equal(fit('vllm', own).body, own)
})

test('a model that wants its thinking back as text gets it as text', () => {
  const { body, leftOut } = fit('deepseek', extended)
  deepEqual((body['messages'] as readonly JsonObject[])[2], {
    role: 'assistant',
    content: null,
    tool_calls: [{ ...call, ...cache }],
    reasoning_content: 'Hm.',
  })
  deepEqual(leftOut, ['encrypted reasoning_details is left out: the provider does not know it'])
})

test('metadata is a label of the call here where a provider takes it only to store it, and goes on everywhere else', () => {
  const labelled = { model: 'm', metadata: { job: '8' } }
  deepEqual(fit('openai', labelled), { body: { model: 'm' }, leftOut: [] })
  deepEqual(fit('openai', { ...labelled, store: true }).body, { ...labelled, store: true })
  equal(fit('vllm', labelled).body, labelled)
})

test("OpenAI's own hints go to OpenAI; who would refuse a call for them is spared them, and the caller told", () => {
  const hinted = { model: 'm', prompt_cache_key: 'k', safety_identifier: 's', verbosity: 'low' }
  for (const dialect of ['openai', 'azure', 'vllm', 'compatible', 'openrouter'])
    deepEqual(fit(dialect, hinted), { body: hinted, leftOut: [] })
  for (const dialect of ['groq', 'mistral', 'cerebras', 'nvidia']) {
    const { body, leftOut } = fit(dialect, hinted)
    deepEqual(body, { model: 'm' })
    deepEqual(
      leftOut,
      ['prompt_cache_key', 'safety_identifier', 'verbosity'].map(
        (field) => `${field} is left out: the provider does not know it`,
      ),
    )
  }
})

test('reasoning that is switched off is no loss to a server that does not know the word', () => {
  const body = { model: 'm', messages: [], reasoning: { enabled: false } }
  deepEqual(fit('openai', body), { body: { model: 'm', messages: [] }, leftOut: [] })
  deepEqual(fit('openrouter', body), { body, leftOut: [] })
})

test('a tier of service that costs more than what is charged is not bought, and that is told', () => {
  for (const dialect of ['openai', 'openrouter', 'compatible']) {
    const { body, leftOut } = fit(dialect, { model: 'm', service_tier: 'priority' })
    deepEqual(body, { model: 'm' })
    deepEqual(leftOut, ['service_tier priority is left out: it has prices of its own, which are not charged here'])
    const cheap = { model: 'm', service_tier: 'flex' }
    deepEqual(fit(dialect, cheap), { body: cheap, leftOut: [] })
  }
})

test('caching that costs more than what is charged is not asked for, wherever it is marked, and that is told', () => {
  const long = { cache_control: { type: 'ephemeral', ttl: '1h' } }
  const marked = (mark: JsonObject): JsonObject => ({
    model: 'm',
    ...mark,
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi', ...mark }] },
      { role: 'assistant', content: null, tool_calls: [{ ...call, ...mark }] },
      { role: 'tool', tool_call_id: 't', content: 'No', ...mark },
    ],
    tools: [{ ...tool, ...mark }],
  })
  const { body, leftOut } = fit('openrouter', marked(long))
  deepEqual(body, marked(cache))
  deepEqual(leftOut, ['ttl of cache_control is left out: caching for longer than five minutes has no price here'])
  const usual = marked({ cache_control: { type: 'ephemeral', ttl: '5m' } })
  equal(fit('openrouter', usual).body, usual)
})

test('no other name than max_tokens bounds the output, at either endpoint', () => {
  for (const endpoint of ['chat', 'completions'] as const) {
    const { body, leftOut } = fit('llamacpp', { model: 'm', max_tokens: 1, n_predict: 4_000 }, endpoint)
    deepEqual(body, { model: 'm', max_tokens: 1 })
    deepEqual(leftOut, ['n_predict is left out: max_tokens bounds the output here'])
  }
})

test('files at OpenRouter are read by the model or by a parser that is free, never by the one that is paid by the page', () => {
  const content = [{ type: 'file', file: { file_data: 'https://example.com/a.pdf' } }]
  const asked = { model: 'm', messages: [{ role: 'user', content }] }
  const healing = { id: 'response-healing' }
  const native = { id: 'file-parser', pdf: { engine: 'native' } }
  deepEqual(fit('openrouter', asked), { body: { ...asked, plugins: [native] }, leftOut: [] })
  const off = { id: 'file-parser', enabled: false }
  deepEqual(fit('openrouter', { ...asked, plugins: [healing, off] }).body['plugins'], [healing, native])
  const free = { ...asked, plugins: [{ id: 'file-parser', pdf: { engine: 'cloudflare-ai' } }] }
  equal(fit('openrouter', free).body, free)
  equal(fit('compatible', asked).body, asked)
})
