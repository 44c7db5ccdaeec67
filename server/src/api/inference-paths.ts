/**
 * The inference paths, described by hand: they are served off the hot path's own code and follow OpenAI's API reference.
 * Unknown fields pass through to the provider, so only what the gateway itself reads or adds is described.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'
import { callHeaders } from './call-headers.ts'

type Paths = NonNullable<ReturnType<OpenAPIHono['getOpenAPI31Document']>['paths']>
type PathItem = Paths[string]

const security = [{ key: [] }]
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const faultSchema = { $ref: '#/components/schemas/Error' }
const fault = { description: 'Refused or failed.', content: { 'application/json': { schema: faultSchema } } }
const generationHeader = {
  'x-generation-id': { description: 'The id for `/v1/generation?id=`.', schema: { type: 'string' as const } },
  'x-redpill-trace-id': {
    description: "The caller's own, or that of its `traceparent`.",
    schema: { type: 'string' as const },
  },
}

const usage = {
  type: 'object' as const,
  description: 'Tokens as the model counts them, and what the call cost.',
  properties: {
    prompt_tokens: integer,
    completion_tokens: integer,
    total_tokens: integer,
    cost: { type: 'number' as const, description: 'USD, for display.' },
    cost_credits: { type: 'string' as const, description: 'Decimal credits, exact.' },
  },
}

const stream = {
  stream: { type: 'boolean' as const, description: 'Answer as server-sent events, ended by `data: [DONE]`.' },
  stream_options: {
    type: 'object' as const,
    properties: { include_usage: { type: 'boolean' as const, description: 'End the stream with a chunk of usage.' } },
  },
}

const output = {
  max_tokens: { ...integer, minimum: 1, description: 'Bounds the output, and so what the call may cost.' },
  n: { ...integer, minimum: 1, maximum: 128 },
}

type Described = {
  readonly id: string
  readonly summary: string
  readonly required: readonly string[]
  readonly request: Readonly<Record<string, object>>
  readonly answer: Readonly<Record<string, object>>
  readonly streams: boolean
  readonly description?: string
}

/** One POST that is charged for. */
function inference({ id, summary, required, request, answer: own, streams, description }: Described): PathItem {
  const answer = { type: 'object' as const, properties: { ...own, model: text, usage } }
  return {
    post: {
      operationId: id,
      tags: ['Inference'],
      summary,
      description: `${description ?? "OpenAI's request and answer."} Fields that are not named here go to the provider as they are.`,
      security,
      parameters: callHeaders,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: [...required],
              properties: { model: text, ...request },
              additionalProperties: true,
            },
          },
        },
      },
      responses: {
        200: {
          description: 'The answer, charged for.',
          headers: generationHeader,
          content: {
            'application/json': { schema: answer },
            ...(streams ? { 'text/event-stream': { schema: text } } : {}),
          },
        },
        default: fault,
      },
    },
  }
}

const objectNamed = (name: string) => ({ object: { type: 'string', const: name } })

/** A text, texts, tokens, or lists of tokens. */
const prompts = {
  oneOf: [
    text,
    { type: 'array' as const, items: text },
    { type: 'array' as const, items: integer },
    { type: 'array' as const, items: { type: 'array' as const, items: integer } },
  ],
}

/** Anthropic's request; every field of it is in docs/dialects/messages.md. */
const messageRequest = (required: readonly string[]) => ({
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        required: ['model', ...required, 'messages'],
        properties: {
          model: text,
          max_tokens: output.max_tokens,
          messages: {
            type: 'array' as const,
            minItems: 1,
            items: { type: 'object' as const, required: ['role', 'content'], additionalProperties: true },
          },
          system: { oneOf: [text, { type: 'array' as const, items: { type: 'object' as const } }] },
          stream: { type: 'boolean' as const, description: 'Answer as server-sent events, ended by `message_stop`.' },
        },
        additionalProperties: true,
      },
    },
  },
})

const messageFault = {
  description: "Refused or failed, in Anthropic's envelope.",
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        properties: {
          type: { type: 'string' as const, const: 'error' },
          error: {
            type: 'object' as const,
            properties: {
              type: text,
              message: text,
              details: { type: 'object' as const, properties: { error_code: text } },
            },
          },
          request_id: text,
        },
      },
    },
  },
}

const message = {
  type: 'object' as const,
  properties: {
    type: { type: 'string' as const, const: 'message' },
    model: text,
    content: { type: 'array' as const, items: { type: 'object' as const } },
    stop_reason: text,
    usage: {
      type: 'object' as const,
      properties: {
        input_tokens: { ...integer, description: 'Without those read from a cache or written to it.' },
        cache_read_input_tokens: integer,
        cache_creation_input_tokens: integer,
        output_tokens: integer,
        cost: usage.properties.cost,
        cost_credits: usage.properties.cost_credits,
      },
    },
  },
}

const messagePaths: Paths = {
  '/v1/messages': {
    post: {
      operationId: 'createMessage',
      tags: ['Inference'],
      summary: "Answer a conversation, in Anthropic's form",
      description: "Anthropic's Messages API for every model. What cannot be said is named in `x-redpill-warnings`.",
      security,
      parameters: callHeaders,
      requestBody: messageRequest(['max_tokens']),
      responses: {
        200: {
          description: 'The answer, charged for.',
          headers: generationHeader,
          content: { 'application/json': { schema: message }, 'text/event-stream': { schema: text } },
        },
        default: messageFault,
      },
    },
  },
  '/v1/messages/count_tokens': {
    post: {
      operationId: 'countMessageTokens',
      tags: ['Inference'],
      summary: 'Count the tokens of a prompt',
      description: 'Exact for the built-in models, by a general tokenizer for others. Nothing is charged.',
      security,
      requestBody: messageRequest([]),
      responses: {
        200: {
          description: 'The count.',
          content: { 'application/json': { schema: { type: 'object', properties: { input_tokens: integer } } } },
        },
        default: messageFault,
      },
    },
  },
}

/** OpenAI's request for a response; every field of it is in docs/dialects/responses.md. */
const responseRequest = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        required: ['model', 'input'],
        properties: {
          model: text,
          input: {
            oneOf: [
              text,
              { type: 'array' as const, minItems: 1, items: { type: 'object' as const, additionalProperties: true } },
            ],
          },
          instructions: text,
          max_output_tokens: output.max_tokens,
          stream: {
            type: 'boolean' as const,
            description: 'Answer as server-sent events, ended by `response.completed` or `response.incomplete`.',
          },
        },
        additionalProperties: true,
      },
    },
  },
}

const response = {
  type: 'object' as const,
  properties: {
    object: { type: 'string' as const, const: 'response' },
    id: text,
    model: text,
    status: { type: 'string' as const, enum: ['completed', 'incomplete', 'failed'] },
    output: { type: 'array' as const, items: { type: 'object' as const } },
    usage: {
      type: 'object' as const,
      properties: {
        input_tokens: { ...integer, description: 'Those read from a cache included.' },
        output_tokens: { ...integer, description: 'Those of reasoning included.' },
        total_tokens: integer,
        cost: usage.properties.cost,
        cost_credits: usage.properties.cost_credits,
      },
    },
  },
}

const responsePaths: Paths = {
  '/v1/responses': {
    post: {
      operationId: 'createResponse',
      tags: ['Inference'],
      summary: "Answer a conversation, in the form of OpenAI's Responses API",
      description:
        'The Responses API for every model. `previous_response_id` goes on from a response that is stored; where answers are not, `input` holds the whole conversation. What cannot be said is named in `x-redpill-warnings`.',
      security,
      parameters: callHeaders,
      requestBody: responseRequest,
      responses: {
        200: {
          description: 'The answer, charged for.',
          headers: generationHeader,
          content: { 'application/json': { schema: response }, 'text/event-stream': { schema: text } },
        },
        default: fault,
      },
    },
  },
  '/v1/responses/input_tokens': {
    post: {
      operationId: 'countResponseTokens',
      tags: ['Inference'],
      summary: 'Count the tokens of a prompt for a response',
      description: 'Exact for the built-in models, by a general tokenizer for others. Nothing is charged.',
      security,
      requestBody: responseRequest,
      responses: {
        200: {
          description: 'The count.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { object: { type: 'string', const: 'response.input_tokens' }, input_tokens: integer },
              },
            },
          },
        },
        default: fault,
      },
    },
  },
}

export const inferencePaths: Paths = {
  ...messagePaths,
  ...responsePaths,
  '/v1/chat/completions': inference({
    id: 'createChatCompletion',
    summary: 'Answer a conversation',
    required: ['model', 'messages'],
    request: {
      messages: {
        type: 'array',
        minItems: 1,
        items: { type: 'object', required: ['role'], additionalProperties: true },
      },
      max_completion_tokens: output.max_tokens,
      ...output,
      ...stream,
    },
    answer: objectNamed('chat.completion'),
    streams: true,
  }),
  '/v1/completions': inference({
    id: 'createCompletion',
    summary: 'Continue a text',
    required: ['model', 'prompt'],
    request: { prompt: prompts, ...output, ...stream },
    answer: objectNamed('text_completion'),
    streams: true,
  }),
  '/v1/embeddings': inference({
    id: 'createEmbedding',
    summary: 'Turn texts into vectors',
    required: ['model', 'input'],
    request: {
      input: prompts,
      encoding_format: { type: 'string', enum: ['float', 'base64'] },
      dimensions: { ...integer, minimum: 1 },
    },
    answer: objectNamed('list'),
    streams: false,
  }),
  '/v1/rerank': inference({
    id: 'createRerank',
    summary: 'Rank documents by a query',
    description:
      "The request and answer of Cohere's and Jina's rerank. Also at `/v2/rerank`, where Cohere's clients ask.",
    required: ['model', 'query', 'documents'],
    request: {
      query: text,
      documents: {
        type: 'array',
        minItems: 1,
        items: { oneOf: [text, { type: 'object', properties: { text }, additionalProperties: true }] },
      },
      top_n: { ...integer, minimum: 1 },
      return_documents: { type: 'boolean', default: true },
    },
    answer: {
      id: text,
      results: {
        type: 'array',
        items: {
          type: 'object',
          required: ['index', 'relevance_score'],
          properties: {
            index: integer,
            relevance_score: { type: 'number' },
            document: { type: 'object', properties: { text }, additionalProperties: true },
          },
        },
      },
    },
    streams: false,
  }),
  '/v1/moderations': inference({
    id: 'createModeration',
    summary: 'Tell whether texts and images are harmful',
    required: ['input'],
    request: {
      model: { ...text, default: 'omni-moderation-latest' },
      input: { oneOf: [text, { type: 'array', items: text }, { type: 'array', items: { type: 'object' } }] },
    },
    answer: { id: text, results: { type: 'array', items: { type: 'object' } } },
    streams: false,
  }),
}
