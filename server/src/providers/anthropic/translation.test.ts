import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import { translation } from './translation.ts'

const hello = [{ role: 'user', content: 'Hi' }]
const plain = 'claude-sonnet-4-5'
const adaptive = 'claude-opus-4-8'

function written(body: JsonObject): { body: JsonObject; leftOut: readonly string[] } {
  const result = translation.write({
    endpoint: 'chat',
    stream: false,
    body: { model: plain, messages: hello, ...body },
  })
  ok(result.kind === 'request', JSON.stringify(result))
  return result
}

const refusalOf = (body: JsonObject): string => {
  const result = translation.write({
    endpoint: 'chat',
    stream: false,
    body: { model: plain, messages: hello, ...body },
  })
  ok(result.kind === 'refused', JSON.stringify(result))
  return result.why
}

/** What a request becomes beyond what every request has. */
function more(body: JsonObject): JsonObject {
  const { model: _model, messages: _messages, max_tokens: _max, ...rest } = written(body).body
  return rest
}

const leftOut = (body: JsonObject): string => written(body).leftOut.join('; ')

test('a plain request is sent as the Messages API has it', () => {
  const result = translation.write({
    endpoint: 'chat',
    stream: true,
    body: {
      model: plain,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 20,
      messages: [{ role: 'system', content: 'Be brief.' }, ...hello],
    },
  })
  deepEqual(result, {
    kind: 'request',
    path: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: {
      model: plain,
      max_tokens: 20,
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      stream: true,
    },
    leftOut: [],
  })
})

test("the API demands a bound: the caller's, else the model's own", () => {
  const boundOf = (body: JsonObject) => written(body).body['max_tokens']
  equal(boundOf({ max_tokens: 7 }), 7)
  equal(boundOf({ max_completion_tokens: 8, max_tokens: 7 }), 8)
  const own: Readonly<Record<string, number>> = {
    'claude-3-haiku-20240307': 4_096,
    'claude-3-5-sonnet-20241022': 8_192,
    'claude-3-7-sonnet-latest': 64_000,
    'claude-opus-4-20250514': 32_000,
    'claude-opus-4-1-20250805': 32_000,
    'claude-sonnet-4-20250514': 64_000,
    'claude-haiku-4-5': 64_000,
    'claude-opus-4-6': 128_000,
    'claude-opus-5': 128_000,
    'claude-mythos-preview': 128_000,
    'kimi-k2': 8_192,
  }
  for (const [model, tokens] of Object.entries(own)) equal(boundOf({ model }), tokens, model)
})

test('temperature goes up to 1 there: what is above is 1, and said', () => {
  deepEqual(more({ temperature: 0.3 }), { temperature: 0.3 })
  deepEqual(more({ temperature: 0 }), { temperature: 0 })
  deepEqual(more({ temperature: 1.7 }), { temperature: 1 })
  match(leftOut({ temperature: 1.7 }), /temperature above 1 is left out/)
  deepEqual(more({ model: adaptive, temperature: 0.3, top_p: 0.5, top_k: 4 }), {})
  match(leftOut({ model: adaptive, temperature: 0.3, top_p: 0.5, top_k: 4 }), /temperature .*top_p .*top_k /)
  equal(leftOut({ model: adaptive, temperature: 1, top_p: 1 }), '')
  deepEqual(more({ temperature: 0.3, top_p: 0.5, top_k: 4 }), { temperature: 0.3, top_k: 4 })
  match(leftOut({ temperature: 0.3, top_p: 0.5 }), /top_p is left out: this model takes temperature or top_p/)
})

const tool = {
  type: 'function',
  function: { name: 'f', description: 'Does.', parameters: { properties: { a: { type: 'string' } } }, strict: true },
}

test('tools, and every choice of them', () => {
  const tools = [
    {
      name: 'f',
      description: 'Does.',
      input_schema: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
      strict: true,
    },
  ]
  deepEqual(more({ tools: [tool] }), { tools })
  const choiceOf = (body: JsonObject) => more({ tools: [tool], ...body })['tool_choice']
  deepEqual(choiceOf({ tool_choice: 'auto' }), { type: 'auto' })
  deepEqual(choiceOf({ tool_choice: 'none', parallel_tool_calls: false }), { type: 'none' })
  deepEqual(choiceOf({ tool_choice: 'required' }), { type: 'any' })
  deepEqual(choiceOf({ tool_choice: { type: 'function', function: { name: 'f' } }, parallel_tool_calls: false }), {
    type: 'tool',
    name: 'f',
    disable_parallel_tool_use: true,
  })
  deepEqual(choiceOf({ parallel_tool_calls: false }), { type: 'auto', disable_parallel_tool_use: true })
  deepEqual(choiceOf({ parallel_tool_calls: true }), undefined)
  const other = { type: 'function', function: { name: 'g' } }
  const allowed = {
    type: 'allowed_tools',
    allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
  }
  deepEqual(more({ tools: [other, tool], tool_choice: allowed }), { tools, tool_choice: { type: 'any' } })
  match(leftOut({ model: 'claude-sonnet-4-20250514', tools: [tool] }), /strict of a tool is left out/)
  match(refusalOf({ tools: [{ type: 'web_search' }] }), /tools/)
})

test('a conversation that used tools declares them where the request does not', () => {
  const messages = [
    ...hello,
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: 'done' },
  ]
  deepEqual(more({ messages }), {
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
    tool_choice: { type: 'none' },
  })
})

test('reasoning becomes a budget, or effort, as the model takes it', () => {
  const bound = { max_tokens: 10_000 }
  deepEqual(more({ ...bound, reasoning_effort: 'medium' }), { thinking: { type: 'enabled', budget_tokens: 5_000 } })
  deepEqual(more({ ...bound, reasoning_effort: 'low', reasoning: { max_tokens: 2_000 } }), {
    thinking: { type: 'enabled', budget_tokens: 2_000 },
  })
  deepEqual(more({ ...bound, reasoning: { max_tokens: 50_000 } }), {
    thinking: { type: 'enabled', budget_tokens: 9_999 },
  })
  deepEqual(more({ max_tokens: 1_100, reasoning_effort: 'minimal' }), {
    thinking: { type: 'enabled', budget_tokens: 1_024 },
  })
  match(leftOut({ max_tokens: 1_000, reasoning_effort: 'high' }), /max_tokens leaves no room/)
  deepEqual(more({ model: adaptive, reasoning_effort: 'xhigh' }), {
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'xhigh' },
  })
  deepEqual(more({ model: 'claude-opus-4-6', reasoning_effort: 'xhigh' }), {
    thinking: { type: 'adaptive' },
    output_config: { effort: 'max' },
  })
  deepEqual(more({ model: 'claude-opus-4-6', ...bound, reasoning: { max_tokens: 3_000 } }), {
    thinking: { type: 'enabled', budget_tokens: 3_000 },
  })
  deepEqual(more({ model: adaptive, reasoning: { max_tokens: 3_000 } }), {
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'low' },
  })
  match(leftOut({ model: adaptive, reasoning: { max_tokens: 3_000 } }), /reasoning.max_tokens is left out/)
  match(leftOut({ model: 'claude-3-5-haiku-20241022', reasoning_effort: 'low' }), /this model does not think/)
})

test('reasoning that is off needs a word only where the model thinks unasked', () => {
  for (const off of [{ reasoning_effort: 'none' }, { reasoning: { enabled: false } }]) {
    deepEqual(more(off), {})
    deepEqual(more({ model: 'claude-opus-5', ...off }), { thinking: { type: 'disabled' } })
    match(leftOut({ model: 'claude-fable-5', ...off }), /always thinks/)
  }
  deepEqual(more({ model: 'claude-opus-5' }), {})
})

test('what does not go together with thinking is left out, and said', () => {
  const thinking = { max_tokens: 4_000, reasoning_effort: 'medium' }
  const both = written({ ...thinking, temperature: 0.2, top_p: 0.5, top_k: 3 })
  deepEqual(both.body['temperature'] ?? both.body['top_p'] ?? both.body['top_k'], undefined)
  equal(both.leftOut.length, 3)
  equal(written({ ...thinking, top_p: 0.97 }).body['top_p'], 0.97)
  const forced = written({ ...thinking, tools: [tool], tool_choice: 'required' })
  equal(forced.body['thinking'], undefined)
  match(forced.leftOut.join(), /reasoning_effort is left out: it does not go together with a tool_choice/)
})

test('a round of tools that came back without its thinking goes on without', () => {
  const call = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
  }
  const result = { role: 'tool', tool_call_id: 'a', content: '1' }
  const round = (assistant: JsonObject) =>
    written({ max_tokens: 4_000, reasoning_effort: 'low', tools: [tool], messages: [...hello, assistant, result] })
  equal(round(call).body['thinking'], undefined)
  match(round(call).leftOut.join(), /without its thinking/)
  const signed = { ...call, reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 's' }] }
  ok(round(signed).body['thinking'])
})

test('an answer is held to a schema where the model can be, its objects closed', () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 1 }, list: { type: 'array', items: { type: 'object' } } },
  }
  const format = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } }
  const closed = {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      list: { type: 'array', items: { type: 'object', additionalProperties: false } },
    },
    additionalProperties: false,
  }
  deepEqual(more({ response_format: format }), { output_config: { format: { type: 'json_schema', schema: closed } } })
  match(leftOut({ response_format: format }), /minimum in response_format is left out/)
  deepEqual(more({ model: adaptive, response_format: format, verbosity: 'low' })['output_config'], {
    format: { type: 'json_schema', schema: closed },
    effort: 'low',
  })
  match(leftOut({ model: 'claude-3-7-sonnet-latest', response_format: format }), /cannot be held to a schema/)
  match(leftOut({ response_format: { type: 'json_object' } }), /response_format json_object is left out/)
  equal(leftOut({ response_format: { type: 'text' } }), '')
  match(leftOut({ verbosity: 'low' }), /verbosity is left out/)
})

test('small fields', () => {
  deepEqual(more({ stop: 'END' }), { stop_sequences: ['END'] })
  deepEqual(more({ stop: ['a', ' \n'] }), { stop_sequences: ['a'] })
  match(leftOut({ stop: ['a', ' \n'] }), /blank stop/)
  deepEqual(more({ user: 'u1', safety_identifier: 's1' }), { metadata: { user_id: 'u1' } })
  deepEqual(more({ safety_identifier: 's1' }), { metadata: { user_id: 's1' } })
  deepEqual(more({ service_tier: 'default' }), { service_tier: 'standard_only' })
  deepEqual(more({ service_tier: 'auto' }), {})
  match(leftOut({ service_tier: 'flex' }), /service_tier/)
  deepEqual(more({ cache_control: { type: 'ephemeral' } }), { cache_control: { type: 'ephemeral' } })
})

test('settings that Claude does not know are left out and named; those that change nothing are not', () => {
  const unknown = {
    seed: 0,
    logprobs: true,
    frequency_penalty: 0.5,
    presence_penalty: -1,
    logit_bias: { 5: 1 },
    brand_new: 1,
  }
  const { leftOut: told } = written(unknown)
  for (const name of Object.keys(unknown))
    ok(
      told.some((sentence) => sentence.startsWith(`${name} is left out`)),
      name,
    )
  equal(told.length, Object.keys(unknown).length)
  const silent = { n: 1, logprobs: false, frequency_penalty: 0, logit_bias: {}, store: false, metadata: {}, top_p: 1 }
  deepEqual(leftOut(silent), '')
})

test('what cannot be said at all is refused', () => {
  match(refusalOf({ n: 2 }), /^n: /)
  match(refusalOf({ modalities: ['text', 'audio'] }), /^modalities: /)
  match(refusalOf({ functions: [{ name: 'f' }] }), /use tools/)
  match(
    refusalOf({ messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }),
    /does not hear/,
  )
  const other = translation.write({ endpoint: 'embeddings', stream: false, body: { input: 'x' } })
  deepEqual(other, { kind: 'refused', why: 'embeddings: the provider has chat alone' })
})

test('errors keep what they say; an empty account is no fault of the request', () => {
  const said = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'r' })
  deepEqual(translation.readError(429, said('rate_limit_error', 'Slow down')), {
    message: 'Slow down',
    type: 'rate_limit_error',
    code: 'rate_limit_error',
  })
  const poor = said('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.')
  equal(translation.readError(400, poor).status, 402)
  const long = said('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum')
  equal(translation.readError(400, long).code, 'context_length_exceeded')
  equal(translation.readError(502, undefined).message, 'The provider failed without a reason.')
})
