import { deepEqual, equal, match } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseJson, type JsonObject } from '../../core/json.ts'
import { objectOf, objectsOf } from '../openai-form.ts'
import { translation } from './translation.ts'

const user = { role: 'user', content: 'Hi' }

function write(body: JsonObject) {
  const written = translation.write({
    endpoint: 'chat',
    body: { model: 'gpt-4o', messages: [user], ...body },
    stream: body['stream'] === true,
  })
  if (written.kind === 'refused') throw new Error(written.why)
  return written
}

const bodyOf = (body: JsonObject): JsonObject => write(body).body

function refusal(body: JsonObject): string {
  const written = translation.write({
    endpoint: 'chat',
    body: { model: 'm', messages: [user], ...body },
    stream: false,
  })
  return written.kind === 'refused' ? written.why : ''
}

test('a plain conversation is its instructions and its input, and nothing is kept', () => {
  const { path, body, leftOut } = write({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'And kind.' }] },
      user,
    ],
    ...{
      temperature: 0,
      top_p: 0.5,
      max_completion_tokens: 100,
      user: 'u',
      metadata: { a: 'b' },
      service_tier: 'flex',
    },
  })
  equal(path, '/v1/responses')
  deepEqual(leftOut, [])
  deepEqual(body, {
    model: 'gpt-4o',
    store: false,
    instructions: 'Be brief.\n\nAnd kind.',
    input: [user],
    ...{ temperature: 0, top_p: 0.5, max_output_tokens: 100, user: 'u', metadata: { a: 'b' }, service_tier: 'flex' },
  })
})

test('instructions in mid-conversation, or of more than text, stay where they are', () => {
  const later = { role: 'system', content: 'Now in French.' }
  deepEqual(bodyOf({ messages: [user, later] })['input'], [user, later])
  const pictured = [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }]
  deepEqual(objectsOf(bodyOf({ messages: [{ role: 'system', content: pictured }, user] })['input']).length, 2)
})

test('images, files and texts of a user are input of their kind', () => {
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
    { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
    { type: 'file', file: { file_data: 'https://x.test/a.pdf' } },
    { type: 'file', file: { file_id: 'file-1' } },
  ]
  deepEqual(bodyOf({ messages: [{ role: 'user', content }] })['input'], [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
        { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'auto' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
        { type: 'input_file', file_url: 'https://x.test/a.pdf' },
        { type: 'input_file', file_id: 'file-1' },
      ],
    },
  ])
})

test('tools are not held to a schema unless that is asked for, though this API would', () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const { tools, tool_choice: choice } = bodyOf({
    tools: [
      { type: 'function', function: { name: 'weather', description: 'Tells it', parameters } },
      { type: 'function', function: { name: 'strict', parameters, strict: true } },
      { type: 'function', function: { name: 'bare' } },
      {
        type: 'custom',
        custom: { name: 'sql', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
      },
    ],
    tool_choice: { type: 'function', function: { name: 'weather' } },
  })
  deepEqual(tools, [
    { type: 'function', name: 'weather', description: 'Tells it', parameters, strict: false },
    { type: 'function', name: 'strict', parameters, strict: true },
    { type: 'function', name: 'bare', parameters: { type: 'object', properties: {} }, strict: false },
    { type: 'custom', name: 'sql', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
  ])
  deepEqual(choice, { type: 'function', name: 'weather' })
})

test('every choice of tools has its form', () => {
  const choose = (choice: JsonObject | string) => bodyOf({ tool_choice: choice })['tool_choice']
  for (const word of ['auto', 'none', 'required']) equal(choose(word), word)
  deepEqual(choose({ type: 'custom', custom: { name: 'sql' } }), { type: 'custom', name: 'sql' })
  deepEqual(
    choose({
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'a' } }] },
    }),
    { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'a' }] },
  )
})

test('calls and their results are items, in order, each result of the kind of its call', () => {
  const messages = [
    user,
    {
      role: 'assistant',
      content: 'I look.',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
        { id: 'b', type: 'custom', custom: { name: 'sql', input: 'SELECT 1' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'One' }] },
    { role: 'tool', tool_call_id: 'b', content: [{ type: 'image_url', image_url: { url: 'https://x.test/b.png' } }] },
    { role: 'assistant', content: null, refusal: 'No.' },
  ]
  deepEqual(bodyOf({ messages })['input'], [
    user,
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }] },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"x":1}' },
    { type: 'custom_tool_call', call_id: 'b', name: 'sql', input: 'SELECT 1' },
    { type: 'function_call_output', call_id: 'a', output: 'One' },
    {
      type: 'custom_tool_call_output',
      call_id: 'b',
      output: [{ type: 'input_image', image_url: 'https://x.test/b.png', detail: 'auto' }],
    },
    { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
  ])
})

test('answers in a form: a schema, an object, and how much is said', () => {
  const schema = { name: 'answer', schema: { type: 'object' }, strict: true }
  deepEqual(bodyOf({ response_format: { type: 'json_schema', json_schema: schema }, verbosity: 'low' })['text'], {
    format: { type: 'json_schema', ...schema },
    verbosity: 'low',
  })
  deepEqual(bodyOf({ response_format: { type: 'json_object' } })['text'], { format: { type: 'json_object' } })
})

test('reasoning is asked for as the caller asks, and comes encrypted so that it can be given back', () => {
  const encrypted = ['reasoning.encrypted_content']
  const asks = (body: JsonObject) => {
    const { reasoning, include } = bodyOf(body)
    return [reasoning, include]
  }
  deepEqual(asks({ model: 'gpt-4o' }), [undefined, undefined])
  deepEqual(asks({ model: 'gpt-5-chat-latest' }), [undefined, undefined])
  for (const model of ['o3', 'gpt-5-pro', 'gpt-5.1-codex-max', 'openai/gpt-5', 'codex-mini-latest', 'gpt-12'])
    deepEqual(asks({ model }), [undefined, encrypted], model)
  deepEqual(asks({ model: 'o3', reasoning_effort: 'high' }), [{ effort: 'high' }, encrypted])
  deepEqual(asks({ model: 'o3', reasoning: { effort: 'low' } }), [{ effort: 'low', summary: 'auto' }, encrypted])
  deepEqual(asks({ model: 'o3', reasoning: { enabled: true } }), [{ summary: 'auto' }, encrypted])
  deepEqual(asks({ model: 'o3', reasoning: { effort: 'low', exclude: true } }), [{ effort: 'low' }, encrypted])
  deepEqual(asks({ model: 'o3', reasoning: { summary: 'detailed' } }), [{ summary: 'detailed' }, encrypted])
  deepEqual(asks({ model: 'gpt-5.1', reasoning: { enabled: false } }), [{ effort: 'none' }, encrypted])
  const budget = write({ model: 'o3', reasoning: { max_tokens: 5_000 } })
  deepEqual(budget.body['reasoning'], { effort: 'medium', summary: 'auto' })
  match(budget.leftOut.join(), /reasoning\.max_tokens/)
  match(write({ model: 'o3', reasoning: { enabled: false } }).leftOut.join(), /always reasons/)
})

test('reasoning goes back as the items in which it came, whole or in the pieces of a stream', () => {
  const whole = translation.readAnswer(
    objectOf(parseJson(readFileSync(new URL('./fixtures/tools.json', import.meta.url), 'utf8'))),
    { call: { endpoint: 'chat', body: {}, stream: false }, created: 1, headers: {} },
  )
  const message = objectOf(objectsOf(whole?.['choices'])[0]?.['message'])
  const [, item, ...rest] = objectsOf(bodyOf({ messages: [user, message] })['input'])
  deepEqual(item, {
    type: 'reasoning',
    id: 'rs_1',
    summary: [
      { type: 'summary_text', text: '**Planning**\n\nTwo cities.' },
      { type: 'summary_text', text: '**Calling**' },
    ],
    encrypted_content: 'gAAAAABfinal-1==',
  })
  deepEqual(
    rest.map(({ type }) => type),
    ['message', 'function_call', 'function_call'],
  )
  const pieces = objectsOf(message['reasoning_details']).flatMap((detail) =>
    typeof detail['summary'] === 'string'
      ? detail['summary'].split('').map((character) => ({ ...detail, summary: character }))
      : [detail],
  )
  deepEqual(objectsOf(bodyOf({ messages: [user, { ...message, reasoning_details: pieces }] })['input'])[1], item)
})

test('reasoning that this provider cannot read is left out, and told', () => {
  const give = (message: JsonObject) => write({ messages: [user, { role: 'assistant', content: 'x', ...message }] })
  const foreign = give({
    reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1' }],
  })
  match(foreign.leftOut.join(), /another provider/)
  equal(objectsOf(foreign.body['input']).length, 2)
  match(give({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] }).leftOut.join(), /not encrypted/)
  match(give({ reasoning: 'Hm' }).leftOut.join(), /not encrypted/)
})

test('a bound that is too small for this API is its least, and told', () => {
  const { body, leftOut } = write({ max_tokens: 5 })
  equal(body['max_output_tokens'], 16)
  deepEqual(leftOut, ['a bound of less than 16 tokens is left out: 16 is the least here'])
  equal(bodyOf({ max_tokens: 5, max_completion_tokens: 40 })['max_output_tokens'], 40)
})

test('probabilities are asked for by name', () => {
  const { include, top_logprobs: most } = bodyOf({ logprobs: true, top_logprobs: 3 })
  deepEqual([include, most], [['message.output_text.logprobs'], 3])
})

test('settings that cannot be said are told by name, what has to be said is refused by name', () => {
  const { leftOut } = write({
    ...{
      stop: ['x'],
      seed: 0,
      frequency_penalty: 1,
      presence_penalty: 1,
      logit_bias: { 1: 2 },
      top_k: 3,
      unheard_of: 1,
    },
    messages: [{ ...user, name: 'Ann' }],
  })
  deepEqual(
    leftOut.map((sentence) => sentence.split(' is left out')[0]),
    ['name of a message', 'stop', 'frequency_penalty', 'presence_penalty', 'logit_bias', 'seed', 'top_k', 'unheard_of'],
  )
  for (const [body, named] of [
    [{ n: 2 }, /^n:/],
    [{ modalities: ['text', 'audio'] }, /^modalities:/],
    [{ audio: { voice: 'alloy' } }, /^audio:/],
    [{ functions: [{ name: 'f' }] }, /^functions:/],
    [{ web_search_options: { search_context_size: 'low' } }, /^web_search_options:/],
    [{ tools: [{ type: 'web_search' }] }, /web_search/],
    [{ messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }, /input_audio/],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, /messages\[0\]\.role/],
  ] as const)
    match(refusal(body), named)
  deepEqual(write({ n: 1, modalities: ['text'], function_call: 'auto', functions: [] }).leftOut, [])
})

test('other endpoints are refused by name', () => {
  for (const endpoint of ['completions', 'embeddings', 'rerank', 'moderations'] as const) {
    const written = translation.write({ endpoint, body: {}, stream: false })
    equal(written.kind === 'refused' && written.why.startsWith(endpoint), true)
  }
})
