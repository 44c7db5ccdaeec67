/** Embeddings of Amazon Titan and Cohere, which Bedrock serves in their makers' words by InvokeModel. */
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { listOf, objectOf, present, saysNothing, textOf } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'

/** What an embedding is asked for with, as the reference tells it. */
export const embeddingFields = {
  model: { handling: 'translated', becomes: 'the path; Titan and Cohere, others: refused' },
  input: {
    handling: 'translated',
    becomes: '`inputText` of Titan, which takes one, or `texts` of Cohere; several to Titan, and tokens: refused',
  },
  dimensions: {
    handling: 'translated',
    becomes: '`dimensions` of Titan 2, `output_dimension` of Cohere 4; else warned',
  },
  encoding_format: { handling: 'translated', becomes: 'nothing: done here' },
  input_type: { handling: 'passed', becomes: "Cohere's; `search_document` where nothing is said; Titan: warned" },
  user: { handling: 'warned', becomes: 'the provider is not told who asks' },
} as const

export function writeEmbeddings(body: JsonObject, notes: Notes): JsonObject {
  const model = textOf(body['model'])
  const texts = typeof body['input'] === 'string' ? [body['input']] : listOf(body['input'])
  if (!texts.every((text) => typeof text === 'string')) notes.refuse('input: the provider takes texts, not tokens')
  for (const [name, value] of Object.entries(body))
    if (name === 'user' || !Object.hasOwn(embeddingFields, name)) if (!saysNothing(value)) notes.leaveOut(name)
  if (model.includes('cohere.embed')) return writeCohere(model, texts, body, notes)
  if (!model.includes('titan-embed')) notes.refuse('embeddings: of this provider only Titan and Cohere make them here')
  if (texts.length > 1) notes.refuse('input: this model takes one text at a time')
  if (!saysNothing(body['input_type'])) notes.leaveOut('input_type')
  const sized = model.includes('v2')
  if (!sized && !saysNothing(body['dimensions'])) notes.leaveOut('dimensions', 'this model has one size')
  return { inputText: texts[0] ?? '', ...(sized && present('dimensions', body['dimensions'])) }
}

function writeCohere(model: string, texts: readonly JsonValue[], body: JsonObject, notes: Notes): JsonObject {
  const sized = model.includes('embed-v4')
  if (!sized && !saysNothing(body['dimensions'])) notes.leaveOut('dimensions', 'this model has one size')
  return {
    texts,
    input_type: textOf(body['input_type']) || 'search_document',
    embedding_types: ['float'],
    ...(sized && present('output_dimension', body['dimensions'])),
  }
}

/** The list in OpenAI's form. How many tokens there were stands in the answer, or in a header; else they are counted. */
export function readEmbeddings(answer: JsonObject, { call, headers }: AnswerFacts): JsonObject | undefined {
  const { embedding, embeddings } = answer
  const vectors = Array.isArray(embedding) ? [embedding] : listOf(objectOf(embeddings)['float'] ?? embeddings)
  if (vectors.length === 0 || !vectors.every((vector) => Array.isArray(vector))) return undefined
  const tokens = tokensOf(answer['inputTextTokenCount'] ?? headers['x-amzn-bedrock-input-token-count'])
  const encode = call.body['encoding_format'] === 'base64'
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encode ? base64Of(vector as readonly number[]) : (vector as readonly JsonValue[]),
    })),
    model: textOf(call.body['model']),
    ...(tokens !== undefined && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  }
}

function tokensOf(told: JsonValue | undefined): number | undefined {
  const tokens = typeof told === 'string' && /^\d+$/.test(told) ? Number(told) : told
  return typeof tokens === 'number' ? tokens : undefined
}

/** OpenAI's base64 is of 32-bit floats, the least byte first. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes.toString('base64')
}
