import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { saysNothing } from '../openai-form.ts'
import type { Written } from '../translation.ts'
import type { Place } from './api-types.ts'
import { translationAt } from './translation.ts'

const model = 'gemini-2.5-flash'
const messages = [{ role: 'user', content: 'Hi' }]

const write = (body: JsonObject, place: Place = 'gemini', stream = false): Written =>
  translationAt(place).write({ endpoint: 'chat', body: { model, messages, ...body }, stream })

function written(body: JsonObject, place: Place = 'gemini'): Extract<Written, { kind: 'request' }> {
  const made = write(body, place)
  if (made.kind === 'refused') throw new Error(made.why)
  return made
}

const bodyOf = (body: JsonObject, place?: Place): JsonObject => written(body, place).body
const configOf = (body: JsonObject): JsonValue | undefined => bodyOf(body)['generationConfig']

function refusal(body: JsonObject): string {
  const made = write(body)
  return made.kind === 'refused' ? made.why : 'it was not refused'
}

test('a plain call names the model and the method in its path', () => {
  deepEqual(write({}), {
    kind: 'request',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    leftOut: [],
  })
  const pathOf = (name: string, place: Place, stream: boolean) =>
    (write({ model: name }, place, stream) as { path: string }).path
  equal(pathOf('models/gemini-3', 'gemini', true), '/v1beta/models/gemini-3:streamGenerateContent?alt=sse')
  equal(pathOf('tunedModels/own', 'gemini', false), '/v1beta/tunedModels/own:generateContent')
  equal(pathOf('gemini-3', 'vertex', true), '/publishers/google/models/gemini-3:streamGenerateContent?alt=sse')
  equal(pathOf('endpoints/123', 'vertex', false), '/endpoints/123:generateContent')
})

test('settings keep their values under the names that Google has for them', () => {
  const settings = {
    ...{ max_tokens: 100, temperature: 0.5, top_p: 0.9, top_k: 40, n: 2, seed: 7, stop: 'END' },
    ...{ logprobs: true, top_logprobs: 3, presence_penalty: 0.1, frequency_penalty: -0.1 },
  }
  deepEqual(
    bodyOf({ ...settings, model: 'gemini-2.0-flash', stream_options: { include_usage: true } })['generationConfig'],
    {
      ...{
        maxOutputTokens: 100,
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        candidateCount: 2,
        seed: 7,
        stopSequences: ['END'],
      },
      ...{ responseLogprobs: true, logprobs: 3, presencePenalty: 0.1, frequencyPenalty: -0.1 },
    },
  )
  deepEqual(bodyOf({ presence_penalty: 0.1 }, 'vertex')['generationConfig'], { presencePenalty: 0.1 })
  deepEqual(configOf({ stop: ['a', 'b'], max_completion_tokens: 5 }), { stopSequences: ['a', 'b'], maxOutputTokens: 5 })
  deepEqual(configOf({ temperature: null, logprobs: false, top_logprobs: 0, logit_bias: {}, store: false }), undefined)
})

test('what Google does not know is left out, and told by name', () => {
  const told = written({
    ...{
      user: 'u',
      metadata: { a: 'b' },
      logit_bias: { 5: 1 },
      presence_penalty: 1,
      made_up: 1,
      parallel_tool_calls: false,
    },
    ...{ service_tier: 'flex', safety_identifier: 'x', cache_control: { type: 'ephemeral' } },
    tools: [{ type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', name: 'Ann', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
    ],
  })
  deepEqual(told.leftOut.map((sentence) => sentence.replace(/ is left out.*/, '')).toSorted(), [
    ...['cache_control', 'cache_control of a part', 'cache_control of a tool', 'logit_bias', 'made_up'],
    ...['name of a message', 'parallel_tool_calls', 'presence_penalty', 'safety_identifier', 'service_tier'],
  ])
  deepEqual(written({ service_tier: 'auto', presence_penalty: 0, parallel_tool_calls: true }).leftOut, [])
})

test('what opens as a system prompt stands apart; a later one keeps its place, and the caller is told', () => {
  const system = { role: 'system', content: 'Be brief.' }
  const developer = { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] }
  const { body, leftOut } = written({ messages: [system, developer, ...messages, system] })
  deepEqual(body, {
    systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }, { text: 'Be brief.' }] }],
  })
  match(leftOut.join(), /role of a later system message/)
  deepEqual(bodyOf({ messages: [system] }), { contents: [{ role: 'user', parts: [{ text: 'Be brief.' }] }] })
  deepEqual(bodyOf({ model: 'gemma-3-27b-it', messages: [system, ...messages] }), {
    contents: [{ role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Hi' }] }],
  })
})

test('pictures, speech and documents are sent along, or named by their address', () => {
  const content = [
    { type: 'text', text: 'See' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'high' } },
    { type: 'image_url', image_url: { url: 'https://example.com/a.webp?x=1' } },
    { type: 'image_url', image_url: 'https://example.com/picture' },
    { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CCCC' } },
    { type: 'file', file: { file_data: 'data:text/plain,a%20b' } },
    { type: 'file', file: { file_data: 'https://example.com/a.pdf' } },
  ]
  const { body, leftOut } = written({ messages: [{ role: 'user', content }] })
  deepEqual(body['contents'], [
    {
      role: 'user',
      parts: [
        { text: 'See' },
        { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
        { fileData: { mimeType: 'image/webp', fileUri: 'https://example.com/a.webp?x=1' } },
        { fileData: { mimeType: 'image/jpeg', fileUri: 'https://example.com/picture' } },
        { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } },
        { inlineData: { mimeType: 'application/pdf', data: 'CCCC' } },
        { inlineData: { mimeType: 'text/plain', data: Buffer.from('a b').toString('base64') } },
        { fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/a.pdf' } },
      ],
    },
  ])
  deepEqual(leftOut, ['detail of an image is left out'])
})

test("nothing is named to Google that it would read with the operator's credentials", () => {
  for (const url of [
    'gs://bucket/secret.png',
    'https://storage.googleapis.com/bucket/secret.png',
    'https://generativelanguage.googleapis.com/v1beta/files/abc',
    'https://storage.cloud.google.com/bucket/secret.png',
    'file:///etc/passwd',
  ]) {
    match(
      refusal({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }),
      /anybody may read/,
    )
    match(
      refusal({ messages: [{ role: 'user', content: [{ type: 'file', file: { file_data: url } }] }] }),
      /anybody may read/,
    )
  }
})

test('a part holds no more than it is counted as: a film is no picture', () => {
  const image = (url: string) =>
    refusal({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
  match(image('https://example.com/a.mp4'), /is of type video\/mp4/)
  match(image('data:video/mp4;base64,AAAA'), /is of type video\/mp4/)
  const file = { type: 'file', file: { file_data: 'https://example.com/a.mp4' } }
  match(refusal({ messages: [{ role: 'user', content: [file] }] }), /is of type video\/mp4/)
})

test('a part of a conversation that cannot be said is refused by its name', () => {
  const part = (value: JsonValue) => refusal({ messages: [{ role: 'user', content: [value] }] })
  match(part({ type: 'made_up' }), /^'messages\[0\]\.content\[0\]' is of type 'made_up'/)
  match(part({ type: 'file', file: { file_id: 'file-1' } }), /file_id' is not possible/)
  match(part({ type: 'image_url', image_url: { url: 'data:image/png' } }), /is not a data URL/)
  match(part({ type: 'input_audio', input_audio: {} }), /must have data and a format/)
  match(refusal({ messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] }), /tool_call_id' names no tool call/)
  match(refusal({ messages: [{ role: 'judge', content: '' }] }), /^'messages\[0\]\.role'/)
  match(refusal({ tools: [{ type: 'custom', custom: {} }] }), /^'tools\[0\]' is of type 'custom'/)
  match(refusal({ modalities: ['audio'] }), /^'modalities'/)
  match(refusal({ web_search_options: { search_context_size: 'low' } }), /^'web_search_options' is not possible/)
  match(refusal({ response_format: { type: 'grammar' } }), /^'response_format.type'/)
  match(refusal({ reasoning_effort: 'utmost' }), /^'reasoning_effort' must be one of/)
  match(refusal({ tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'maybe' }), /^'tool_choice'/)
})

const weather = {
  type: 'function',
  function: { name: 'weather', description: 'Of a city', parameters: { type: 'object' } },
}

test('tools are declared with their schemas as they are, and chosen as they were', () => {
  const choose = (more: JsonObject) => {
    const { tools, toolConfig } = bodyOf({ tools: [weather], ...more })
    deepEqual(tools, [
      {
        functionDeclarations: [{ name: 'weather', description: 'Of a city', parametersJsonSchema: { type: 'object' } }],
      },
    ])
    return (toolConfig as JsonObject | undefined)?.['functionCallingConfig']
  }
  equal(choose({}), undefined)
  equal(choose({ tool_choice: 'auto' }), undefined)
  deepEqual(choose({ tool_choice: 'none' }), { mode: 'NONE' })
  deepEqual(choose({ tool_choice: 'required' }), { mode: 'ANY' })
  const named = { mode: 'ANY', allowedFunctionNames: ['weather'] }
  deepEqual(choose({ tool_choice: { type: 'function', function: { name: 'weather' } } }), named)
  const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] }
  deepEqual(choose({ tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }), named)
  const strict = { type: 'function', function: { name: 'f', strict: true } }
  deepEqual(bodyOf({ tools: [strict] })['toolConfig'], { functionCallingConfig: { mode: 'VALIDATED' } })
  deepEqual(bodyOf({ functions: [{ name: 'old' }], function_call: { name: 'old' } }), {
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    tools: [{ functionDeclarations: [{ name: 'old' }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['old'] } },
  })
  deepEqual(bodyOf({ tools: [], tool_choice: 'required' })['tools'], undefined)
})

const call = (id: string, city: string, more: JsonObject = {}): JsonObject => ({
  ...{ id, type: 'function', function: { name: 'weather', arguments: JSON.stringify({ city }) } },
  ...more,
})
const results = [
  { role: 'tool', tool_call_id: 'a', content: '20' },
  { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'no such city' }], is_error: true },
]

test('the results of parallel tools make one turn, each beside the name of its call and in its place', () => {
  const assistant = { role: 'assistant', content: 'Let me look.', tool_calls: [call('a', 'Rome'), call('b', 'Oslo')] }
  const turns = [...messages, assistant, ...results, { role: 'user', content: 'And?' }]
  const named = (id: string) => ({ id, name: 'weather' })
  const contents = [
    { role: 'user', parts: [{ text: 'Hi' }] },
    {
      role: 'model',
      parts: [
        { text: 'Let me look.' },
        { functionCall: { ...named('a'), args: { city: 'Rome' } } },
        { functionCall: { ...named('b'), args: { city: 'Oslo' } } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { ...named('a'), response: { output: '20' } } },
        { functionResponse: { ...named('b'), response: { error: 'no such city' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'And?' }] },
  ]
  deepEqual(bodyOf({ messages: turns })['contents'], contents)
  const mixed = [...messages, assistant, ...results.toReversed(), { role: 'user', content: 'And?' }]
  deepEqual(bodyOf({ messages: mixed })['contents'], contents)
  const withoutIds = JSON.stringify(contents).replaceAll(/"id":"[ab]",/g, '')
  equal(JSON.stringify(bodyOf({ messages: turns }, 'vertex')['contents']), withoutIds)
})

const partsOf = (assistant: JsonObject, name = 'gemini-3-pro-preview'): readonly JsonObject[] => {
  const turns = [...messages, { role: 'assistant', ...assistant }, ...results.slice(0, assistant['tool_calls'] ? 2 : 0)]
  const contents = bodyOf({ model: name, messages: turns })['contents'] as readonly JsonObject[]
  return contents[1]!['parts'] as readonly JsonObject[]
}

test('signatures find their parts again, in whichever words they come back', () => {
  const calls = [call('a', 'Rome'), call('b', 'Oslo')]
  const signatures = (parts: readonly JsonObject[]) => parts.map(({ thoughtSignature }) => thoughtSignature)
  const google = (signature: string) => ({ extra_content: { google: { thought_signature: signature } } })
  const format = 'google-gemini-v1'
  const encrypted = { type: 'reasoning.encrypted', data: 'S', format }
  const text = { type: 'reasoning.text', text: 'Hm.' }
  // Google's own layer.
  deepEqual(signatures(partsOf({ content: null, tool_calls: [call('a', 'Rome', google('S')), call('b', 'Oslo')] })), [
    'S',
    undefined,
  ])
  deepEqual(signatures(partsOf({ content: 'Four', ...google('S') })), ['S'])
  // OpenRouter's, by id.
  deepEqual(signatures(partsOf({ content: null, tool_calls: calls, reasoning_details: [{ ...encrypted, id: 'b' }] })), [
    undefined,
    'S',
  ])
  // An entry that has lost its id.
  deepEqual(signatures(partsOf({ content: null, tool_calls: calls, reasoning_details: [encrypted] })), ['S', undefined])
  // Both at once are one.
  const both = {
    content: null,
    tool_calls: [call('a', 'Rome', google('S')), call('b', 'Oslo')],
    reasoning_details: [{ ...encrypted, id: 'a' }],
  }
  deepEqual(signatures(partsOf(both)), ['S', undefined])
  deepEqual(partsOf({ content: 'Four', reasoning_details: [{ ...text, signature: 'S', format }] }), [
    { text: 'Hm.', thought: true },
    { text: 'Four', thoughtSignature: 'S' },
  ])
  deepEqual(partsOf({ content: '', reasoning_details: [{ ...text, signature: 'S', format }] }), [
    { text: 'Hm.', thought: true, thoughtSignature: 'S' },
  ])
  deepEqual(partsOf({ content: 'Four', reasoning: 'Hm.' }), [{ text: 'Hm.', thought: true }, { text: 'Four' }])
})

test('a tool call whose signature is lost is marked so where the model insists on one', () => {
  const calls = [call('a', 'Rome'), call('b', 'Oslo')]
  const marked = (name: string) => partsOf({ content: null, tool_calls: calls }, name)[0]!['thoughtSignature']
  equal(marked('gemini-3-flash-preview'), 'skip_thought_signature_validator')
  equal(marked('gemini-2.5-pro'), undefined)
})

test("another provider's signatures are left out, and its thoughts are not", () => {
  const details = [{ type: 'reasoning.text', text: 'Hm.', signature: 'S', format: 'anthropic-claude-v1' }]
  const { body, leftOut } = written({
    messages: [...messages, { role: 'assistant', content: 'Four', reasoning_details: details }],
  })
  deepEqual((body['contents'] as readonly JsonObject[])[1]!['parts'], [
    { text: 'Hm.', thought: true },
    { text: 'Four' },
  ])
  match(leftOut.join(), /another provider's signature/)
})

test('what a tool shows goes with its result, where the model can see it there', () => {
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  const shown = (name: string) => {
    const result = { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'Here' }, picture] }
    const turns = [...messages, { role: 'assistant', content: null, tool_calls: [call('a', 'Rome')] }, result]
    return (bodyOf({ model: name, messages: turns })['contents'] as readonly JsonObject[])[2]!['parts']
  }
  const inline = { inlineData: { mimeType: 'image/png', data: 'AAAA' } }
  const response = { id: 'a', name: 'weather', response: { output: 'Here' } }
  deepEqual(shown('gemini-3-flash'), [{ functionResponse: { ...response, parts: [inline] } }])
  deepEqual(shown('gemini-2.5-flash'), [{ functionResponse: response }, inline])
})

test('an answer of a schema is asked for by it, and in words where the model takes none beside tools', () => {
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: { const: { const: 1 }, list: { type: 'array', items: { const: 'a' } } },
    anyOf: [{ const: null }],
  }
  const format = { response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } } }
  const told = {
    responseMimeType: 'application/json',
    responseJsonSchema: {
      type: 'object',
      properties: { const: { enum: [1] }, list: { type: 'array', items: { enum: ['a'] } } },
      anyOf: [{ enum: [null] }],
    },
  }
  deepEqual(configOf(format), told)
  deepEqual(bodyOf({ ...format, tools: [weather], model: 'gemini-3-flash' })['generationConfig'], told)
  deepEqual(configOf({ response_format: { type: 'json_object' } }), { responseMimeType: 'application/json' })
  equal(configOf({ response_format: { type: 'text' } }), undefined)
  const { body, leftOut } = written({ ...format, tools: [weather] })
  equal(body['generationConfig'], undefined)
  ok(JSON.stringify(body['systemInstruction']).includes('JSON Schema'))
  match(leftOut.join(), /response_format is asked for in words/)
})

test('reasoning is asked for as each generation takes it', () => {
  const asked = (name: string, body: JsonObject) => {
    const made = written({ model: name, ...body })
    const config = made.body['generationConfig'] as JsonObject | undefined
    return [config?.['thinkingConfig'], made.leftOut.length]
  }
  const shown = { includeThoughts: true }
  deepEqual(asked('gemini-2.5-flash', {}), [undefined, 0])
  deepEqual(asked('gemini-2.5-flash', { reasoning_effort: 'low' }), [{ thinkingBudget: 1_024, ...shown }, 0])
  deepEqual(asked('gemini-2.5-flash', { reasoning_effort: 'none' }), [{ thinkingBudget: 0 }, 0])
  deepEqual(asked('gemini-2.5-pro', { reasoning_effort: 'none' }), [{ thinkingBudget: 128 }, 1])
  deepEqual(asked('gemini-2.5-pro', { reasoning_effort: 'xhigh' }), [{ thinkingBudget: 32_768, ...shown }, 0])
  deepEqual(asked('gemini-2.5-pro', { reasoning: { max_tokens: 5_000, exclude: true } }), [
    { thinkingBudget: 5_000, includeThoughts: false },
    0,
  ])
  deepEqual(asked('gemini-2.5-flash-lite', { reasoning: { max_tokens: 100 } }), [{ thinkingBudget: 512, ...shown }, 1])
  deepEqual(asked('gemini-2.5-flash', { reasoning: { enabled: true } }), [{ thinkingBudget: -1, ...shown }, 0])
  deepEqual(asked('gemini-2.5-flash', { reasoning: { enabled: false } }), [{ thinkingBudget: 0 }, 0])
  deepEqual(asked('gemini-2.0-flash', { reasoning_effort: 'high' }), [undefined, 1])
  deepEqual(asked('gemini-3-pro-preview', { reasoning_effort: 'medium' }), [{ thinkingLevel: 'HIGH', ...shown }, 0])
  deepEqual(asked('gemini-3-flash-preview', { reasoning_effort: 'minimal' }), [
    { thinkingLevel: 'MINIMAL', ...shown },
    0,
  ])
  deepEqual(asked('gemini-3.7-flash', { reasoning_effort: 'none' }), [{ thinkingLevel: 'LOW' }, 1])
  deepEqual(asked('gemini-3.7-flash', { reasoning_effort: 'max' }), [{ thinkingLevel: 'HIGH', ...shown }, 0])
  deepEqual(asked('gemini-flash-latest', { reasoning: { enabled: true } }), [shown, 0])
  const own = (config: JsonObject) => ({ extra_body: { google: { thinking_config: config } } })
  const config = { thinking_budget: 800, include_thoughts: true }
  deepEqual(asked('gemini-2.5-flash', own(config)), [{ thinkingBudget: 800, ...shown }, 0])
  deepEqual(asked('gemini-2.5-flash', { extra_body: { google: { cached_content: 'c' } } }), [undefined, 1])
  // What the Messages API makes of a budget: the exact one wins.
  deepEqual(asked('gemini-3.7-flash', { reasoning_effort: 'low', reasoning: { max_tokens: 2_000 } }), [
    { thinkingBudget: 2_000, ...shown },
    0,
  ])
})

test('safety settings are Google’s own, and passed; pictures are asked for by modality', () => {
  const settings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
  deepEqual(bodyOf({ safety_settings: settings })['safetySettings'], settings)
  deepEqual(configOf({ modalities: ['image', 'text'] }), { responseModalities: ['IMAGE', 'TEXT'] })
  equal(configOf({ modalities: ['text'] }), undefined)
})

test('arguments that a model broke off are given back as the text that they are', () => {
  const broken = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city": "Ro' } }
  const turns = [...messages, { role: 'assistant', content: null, tool_calls: [broken] }, results[0]!]
  const contents = bodyOf({ messages: turns })['contents'] as readonly JsonObject[]
  deepEqual(contents[1]!['parts'], [
    { functionCall: { id: 'a', name: 'weather', args: { INVALID_JSON: '{"city": "Ro' } } },
  ])
})

const encrypted = { type: 'reasoning.encrypted', format: 'google-gemini-v1' }
const word = fc.stringMatching(/^[a-z]{8,12}$/)
const textPart = word.map((text): JsonObject => ({ type: 'text', text }))
const content = fc.oneof(word, fc.array(textPart, { minLength: 1, maxLength: 3 }))
const turn: fc.Arbitrary<readonly JsonObject[]> = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content, name: word }).map((message) => [message]),
  fc.record({ content, reasoning: word, refusal: word }).map((said) => [{ role: 'assistant', ...said }]),
  fc
    .array(fc.record({ id: word, name: word, key: word, value: word, output: content, signature: word }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((calls) => [
      {
        role: 'assistant',
        content: null,
        tool_calls: calls.map(({ id, name, key, value }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify({ [key]: value }) },
        })),
        reasoning_details: calls.map(({ id, signature }) => ({ ...encrypted, id, data: signature })),
      },
      ...calls.map(({ id, output }) => ({ role: 'tool', tool_call_id: id, content: output })),
    ]),
)

test('nothing of a conversation is lost: each of its words is sent, or told to be left out', () => {
  fc.assert(
    fc.property(
      fc.array(turn, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('gemini-3-pro', 'gemini-2.5-flash', 'gemma-3'),
      (turns, name) => {
        const { body, leftOut } = written({ model: name, messages: turns.flat() })
        const sent = JSON.stringify(body)
        for (const { name: author, ...message } of turns.flat()) {
          if (author !== undefined) ok(leftOut.includes('name of a message is left out'))
          for (const [said] of JSON.stringify({ ...message, role: '' }).matchAll(/[a-z]{8,12}(?=\\?")/g))
            if (!structure.has(said)) ok(sent.includes(said), `${said} is not in ${sent}`)
        }
      },
    ),
  )
})

/** The words of OpenAI's form itself. */
const structure = new Set([
  'content',
  'reasoning',
  'refusal',
  'function',
  'arguments',
  'encrypted',
  'details',
  'tool_calls',
])

test('whatever fields a request has, each is known, or told to be left out', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^x_[a-z]{1,10}$/), fc.jsonValue()), (fields) => {
      const { leftOut } = written(fields as JsonObject)
      for (const [name, value] of Object.entries(fields))
        equal(leftOut.includes(`${name} is left out: it has no word there`), !saysNothing(value as JsonValue))
    }),
  )
})
