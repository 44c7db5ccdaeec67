/**
 * The inference paths, described by hand: they are served off the hot path's own code and follow OpenAI's API reference.
 * Unknown fields pass through to the provider, so only what the gateway itself reads or adds is described.
 */
import type { OpenAPIHono } from '@hono/zod-openapi'

type Paths = NonNullable<ReturnType<OpenAPIHono['getOpenAPI31Document']>['paths']>
type PathItem = Paths[string]

const security = [{ key: [] }]
const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const faultSchema = { $ref: '#/components/schemas/Error' }
const fault = { description: 'Refused or failed.', content: { 'application/json': { schema: faultSchema } } }
const generationHeader = {
  'x-generation-id': { description: 'The id for `/v1/generation?id=`.', schema: { type: 'string' as const } },
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
  readonly object: string
  readonly streams: boolean
}

/** One POST that is charged for. */
function inference({ id, summary, required, request, object, streams }: Described): PathItem {
  const answer = {
    type: 'object' as const,
    properties: { object: { type: 'string' as const, const: object }, model: text, usage },
  }
  return {
    post: {
      operationId: id,
      tags: ['Inference'],
      summary,
      description: "OpenAI's request and answer. Fields that are not named here go to the provider as they are.",
      security,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['model', ...required],
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

/** A text, texts, tokens, or lists of tokens. */
const prompts = {
  oneOf: [
    text,
    { type: 'array' as const, items: text },
    { type: 'array' as const, items: integer },
    { type: 'array' as const, items: { type: 'array' as const, items: integer } },
  ],
}

export const inferencePaths: Paths = {
  '/v1/chat/completions': inference({
    id: 'createChatCompletion',
    summary: 'Answer a conversation',
    required: ['messages'],
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
    object: 'chat.completion',
    streams: true,
  }),
  '/v1/completions': inference({
    id: 'createCompletion',
    summary: 'Continue a text',
    required: ['prompt'],
    request: { prompt: prompts, ...output, ...stream },
    object: 'text_completion',
    streams: true,
  }),
  '/v1/embeddings': inference({
    id: 'createEmbedding',
    summary: 'Turn texts into vectors',
    required: ['input'],
    request: {
      input: prompts,
      encoding_format: { type: 'string', enum: ['float', 'base64'] },
      dimensions: { ...integer, minimum: 1 },
    },
    object: 'list',
    streams: false,
  }),
}
