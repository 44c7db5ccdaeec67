import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Endpoint } from '../endpoints.ts'
import { facts } from '../test/replay.ts'
import { conversation, saidIn } from '../test/conversation.ts'
import { translation } from './translation.ts'

const hello = [{ role: 'user', content: 'Hi' }]
const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const nova = 'amazon.nova-pro-v1:0'

const write = (body: JsonObject, endpoint: Endpoint = 'chat', stream = false) =>
  translation.write({ endpoint, stream, body: { model: claude, messages: hello, ...body } })

function written(body: JsonObject, endpoint: Endpoint = 'chat') {
  const result = write(body, endpoint)
  ok(result.kind === 'request', JSON.stringify(result))
  return result
}

/** What a request becomes beyond what every request has. */
function more(body: JsonObject): JsonObject {
  const { messages: _messages, ...rest } = written(body).body
  return rest
}

const leftOut = (body: JsonObject): string => written(body).leftOut.join('; ')

function refusalOf(body: JsonObject, endpoint: Endpoint = 'chat'): string {
  const result = write(body, endpoint)
  ok(result.kind === 'refused', JSON.stringify(result))
  return result.why
}

test('a call goes to its model by the path, whole or as a stream', () => {
  const body = {
    messages: [{ role: 'system', content: 'Be brief.' }, ...hello],
    max_tokens: 9,
    stop: 'END',
    user: 'u 1',
  }
  const expected = {
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    system: [{ text: 'Be brief.' }],
    inferenceConfig: { maxTokens: 9, stopSequences: ['END'] },
    requestMetadata: { user: 'u 1' },
    additionalModelResponseFieldPaths: ['/stop_sequence'],
  }
  const path = '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0'
  deepEqual(write(body), { kind: 'request', path: `${path}/converse`, body: expected, leftOut: [] })
  deepEqual(write(body, 'chat', true), {
    kind: 'request',
    path: `${path}/converse-stream`,
    body: expected,
    leftOut: [],
  })
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc'
  match(written({ model: arn }).path, /^\/model\/arn%3Aaws%3Abedrock%3A.*%2Fabc\/converse$/)
})

test('a round of tools, with what they show and how they failed', () => {
  const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } }
  const messages = [
    ...hello,
    {
      role: 'assistant',
      content: null,
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature: 's' },
        { type: 'reasoning.encrypted', data: 'd' },
      ],
      tool_calls: [{ id: 'a.1', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
    },
    {
      role: 'tool',
      tool_call_id: 'a.1',
      content: [
        { type: 'text', text: 'see', ...mark },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      ],
      is_error: true,
    },
    { role: 'user', content: 'And?' },
  ]
  deepEqual(written({ messages }).body['messages'], [
    { role: 'user', content: [{ text: 'Hi' }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm', signature: 's' } } },
        { reasoningContent: { redactedContent: 'd' } },
        { toolUse: { toolUseId: 'a_1', name: 'f', input: { x: 1 } } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          toolResult: {
            toolUseId: 'a_1',
            content: [{ text: 'see' }, { image: { format: 'png', source: { bytes: 'AAAA' } } }],
            status: 'error',
          },
        },
        { cachePoint: { type: 'default' } },
        { text: 'And?' },
      ],
    },
  ])
  deepEqual(more({ messages }), {
    toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] },
  })
  const llama = written({ model: 'us.meta.llama3-3-70b-instruct-v1:0', messages })
  match(llama.leftOut.join('; '), /cache_control .*is_error /)
  ok(!JSON.stringify(llama.body).includes('reasoningContent'))
})

test('media by their bytes; by web address they are refused', () => {
  const content = [
    { type: 'file', file: { filename: 'Größe_1.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
    { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } },
  ]
  deepEqual(written({ model: nova, messages: [{ role: 'user', content }] }).body['messages'], [
    {
      role: 'user',
      content: [
        { document: { format: 'pdf', name: 'Gr e 1 1', source: { bytes: 'JVBERi0=' } } },
        { audio: { format: 'wav', source: { bytes: 'UklGRg==' } } },
        { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
      ],
    },
  ])
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  match(refusalOf({ messages: [{ role: 'user', content: [image] }] }), /^image_url: /)
})

const tool = { type: 'function', function: { name: 'f', description: 'Does.', parameters: {}, strict: true } }

test('tools, and every choice of them', () => {
  const spec = {
    name: 'f',
    description: 'Does.',
    inputSchema: { json: { type: 'object', additionalProperties: false } },
  }
  const tools = [{ toolSpec: { ...spec, strict: true } }]
  deepEqual(more({ tools: [tool] }), { toolConfig: { tools } })
  deepEqual(more({ tools: [tool], tool_choice: 'required' }), { toolConfig: { tools, toolChoice: { any: {} } } })
  deepEqual(more({ tools: [tool], tool_choice: { type: 'function', function: { name: 'f' } } }), {
    toolConfig: { tools, toolChoice: { tool: { name: 'f' } } },
  })
  deepEqual(more({ tools: [tool], tool_choice: 'none' }), {})
  const other = { type: 'function', function: { name: 'g' } }
  const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ function: { name: 'f' } }] } }
  deepEqual(more({ tools: [other, tool], tool_choice: allowed }), { toolConfig: { tools } })
  match(leftOut({ model: nova, tools: [tool] }), /strict of a tool/)
  match(leftOut({ tools: [tool], parallel_tool_calls: false }), /parallel_tool_calls/)
  equal(leftOut({ tools: [tool], parallel_tool_calls: true, tool_choice: 'auto' }), '')
  match(refusalOf({ tools: [{ type: 'web_search' }] }), /tools/)
})

test('reasoning in the words of each maker', () => {
  deepEqual(more({ max_tokens: 10_000, reasoning_effort: 'medium', temperature: 0.5 }), {
    inferenceConfig: { maxTokens: 10_000 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 5_000 } },
  })
  deepEqual(more({ reasoning: { max_tokens: 2_000 } }), {
    inferenceConfig: { maxTokens: 64_000 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
  })
  deepEqual(more({ model: 'anthropic.claude-opus-4-8-v1:0', reasoning_effort: 'high' }), {
    additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
    outputConfig: { effort: 'high' },
  })
  deepEqual(more({ model: 'openai.gpt-oss-120b-1:0', reasoning_effort: 'low' }), {
    additionalModelRequestFields: { reasoning_effort: 'low' },
  })
  deepEqual(more({ model: 'us.amazon.nova-2-lite-v1:0', reasoning_effort: 'low' }), {
    additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
  })
  match(leftOut({ model: nova, reasoning_effort: 'low' }), /reasoning_effort is left out/)
  equal(leftOut({ model: nova, reasoning_effort: 'none' }), '')
})

test('settings of sampling', () => {
  deepEqual(more({ temperature: 1.5, top_k: 3 }), {
    inferenceConfig: { temperature: 1 },
    additionalModelRequestFields: { top_k: 3 },
  })
  match(leftOut({ temperature: 1.5 }), /temperature above 1/)
  match(leftOut({ temperature: 0.5, top_p: 0.5 }), /top_p/)
  deepEqual(more({ model: nova, temperature: 0.5, top_p: 0.5, top_k: 3 }), {
    inferenceConfig: { temperature: 0.5, topP: 0.5 },
    additionalModelRequestFields: { inferenceConfig: { topK: 3 } },
  })
  match(leftOut({ model: 'meta.llama3-70b-instruct-v1:0', top_k: 3, seed: 1 }), /top_k .*seed /)
})

test('an answer is held to a schema where the model can be', () => {
  const schema = { type: 'object', properties: {} }
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } }
  const jsonSchema = { schema: '{"type":"object","properties":{},"additionalProperties":false}', name: 'x' }
  deepEqual(more({ response_format }), {
    outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } },
  })
  match(leftOut({ model: nova, response_format }), /response_format is left out/)
  match(leftOut({ response_format: { type: 'json_object' } }), /json_object/)
})

test('what cannot be said at all is refused, and a dearer tier is not bought unasked', () => {
  match(refusalOf({ n: 2 }), /^n: /)
  match(refusalOf({}, 'completions'), /^completions: /)
  match(leftOut({ service_tier: 'priority' }), /service_tier/)
})

test('embeddings of Titan and Cohere, in their words and back', () => {
  const titan = { model: 'amazon.titan-embed-text-v2:0', input: 'Hi', dimensions: 256, encoding_format: 'base64' }
  const asked = written(titan, 'embeddings')
  equal(asked.path, '/model/amazon.titan-embed-text-v2%3A0/invoke')
  deepEqual(
    [asked.body, asked.leftOut],
    [{ inputText: 'Hi', dimensions: 256 }, ['messages is left out: the provider does not know it']],
  )
  deepEqual(written({ model: 'cohere.embed-v4:0', input: ['a', 'b'], dimensions: 512 }, 'embeddings').body, {
    texts: ['a', 'b'],
    input_type: 'search_document',
    embedding_types: ['float'],
    output_dimension: 512,
  })
  match(refusalOf({ ...titan, input: ['a', 'b'] }, 'embeddings'), /one text at a time/)
  match(refusalOf({ ...titan, input: [1, 2] }, 'embeddings'), /not tokens/)
  match(refusalOf({ model: nova, input: 'a' }, 'embeddings'), /only Titan and Cohere/)

  const read = (answer: JsonObject, body: JsonObject, headers = {}) =>
    translation.readAnswer(answer, { ...facts({ endpoint: 'embeddings', body }), headers })
  deepEqual(read({ embedding: [1, -2.5], inputTextTokenCount: 3 }, titan), {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: 'AACAPwAAIMA=' }],
    model: titan.model,
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
  const cohere = read(
    { embeddings: { float: [[1], [2]] } },
    { model: 'c' },
    { 'x-amzn-bedrock-input-token-count': '7' },
  )
  deepEqual(cohere?.['data'], [
    { object: 'embedding', index: 0, embedding: [1] },
    { object: 'embedding', index: 1, embedding: [2] },
  ])
  deepEqual(cohere?.['usage'], { prompt_tokens: 7, total_tokens: 7 })
  equal(read({ message: 'no' }, titan), undefined)
})

test('errors keep what they say; what is wrong with the offer is no fault of the request', () => {
  deepEqual(translation.readError(429, { message: 'Too many requests' }), {
    message: 'Too many requests',
    code: undefined,
  })
  equal(translation.readError(400, { message: 'The provided model identifier is invalid.' }).status, 404)
  equal(translation.readError(400, { Message: 'You exceeded your quota' }).status, 429)
  equal(
    translation.readError(400, { message: 'Input is too long for requested model.' }).code,
    'context_length_exceeded',
  )
  equal(translation.readError(503, undefined).message, 'The provider failed with status 503.')
})

test('no text, picture, file, call or thinking of any conversation is lost without a word', () => {
  fc.assert(
    fc.property(conversation, fc.constantFrom(claude, nova, 'meta.llama3-70b-instruct-v1:0'), (messages, model) => {
      const result = write({ model, messages })
      if (result.kind === 'refused') return
      const text = JSON.stringify(result.body)
      for (const said of messages.flatMap((message) => saidIn(message as JsonValue))) {
        const isThere = text.includes(JSON.stringify(said).slice(1, -1))
        ok(isThere || result.leftOut.some((sentence) => sentence.startsWith('reasoning')), said)
      }
    }),
  )
})

test('turns of any conversation are what the API takes: none is empty, sides alternate, results come first', () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const result = write({ messages })
      if (result.kind === 'refused') return
      const turns = result.body['messages'] as unknown as { role: string; content: JsonObject[] }[]
      for (const [at, { role, content }] of turns.entries()) {
        ok(content.length > 0 && role !== turns[at - 1]?.role)
        const results = content.map((block) => block['toolResult'] !== undefined)
        ok(!results.slice(results.indexOf(false) + 1 || results.length).includes(true))
      }
    }),
  )
})
