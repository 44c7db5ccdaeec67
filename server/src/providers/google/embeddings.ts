import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { AnswerFacts, AskedCall } from '../translation.ts'
import { embeddingsOf, listOf, objectOf, textOf } from '../openai-form.ts'
import type { Place } from './api-types.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'

/** What an embedding is asked for with, and what becomes of it. */
export const embeddingFields: Readonly<Record<string, { readonly handling: string; readonly becomes: string }>> = {
  model: { handling: 'translated', becomes: 'the path' },
  input: {
    handling: 'translated',
    becomes:
      'a `content` for each text; tokens, and more than 100 texts (at Vertex AI 250, of `gemini-embedding` 1): refused',
  },
  dimensions: { handling: 'passed', becomes: '`outputDimensionality`' },
  encoding_format: { handling: 'translated', becomes: 'nothing: done here' },
  task_type: { handling: 'passed', becomes: '`taskType`, as Google has it' },
  user: { handling: 'warned', becomes: 'Google is not told who asks' },
}

type EmbeddingRequest = {
  readonly texts: readonly string[]
  readonly dimensions: JsonValue | undefined
  readonly taskType: JsonValue | undefined
}

/** How many texts one request may have. */
const textsMax = (place: Place, model: string): number =>
  place === 'gemini' ? 100 : model.startsWith('gemini-embedding') ? 1 : 250

export function readEmbeddingRequest({ body }: AskedCall, place: Place, leaveOut: LeaveOut): EmbeddingRequest {
  const input = typeof body['input'] === 'string' ? [body['input']] : listOf(body['input'])
  if (!input.every((text) => typeof text === 'string'))
    throw new CannotSayError("'input' must be texts: Google's models take no tokens.")
  const most = textsMax(place, textOf(body['model']))
  if (input.length > most)
    throw new CannotSayError(`'input' has ${input.length} texts: the model takes ${most} at a time.`)
  for (const name of Object.keys(body)) {
    const { handling } = embeddingFields[name] ?? { handling: 'warned' }
    if (handling === 'warned' && given(body, name) !== undefined) leaveOut(`${name.slice(0, 100)} is left out`)
  }
  return { texts: input, dimensions: given(body, 'dimensions'), taskType: given(body, 'task_type') }
}

/** A BatchEmbedContentsRequest. */
export function writeBatchEmbed(model: string, { texts, dimensions, taskType }: EmbeddingRequest): JsonObject {
  const requests = texts.map((text) => ({
    model: `models/${model}`,
    content: { parts: [{ text }] },
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    ...(taskType !== undefined && { taskType }),
  }))
  return { requests }
}

/** Vertex AI's request to a text embedding model. */
export function writePredict({ texts, dimensions, taskType }: EmbeddingRequest): JsonObject {
  const instances = texts.map((content) => ({ content, ...(taskType !== undefined && { task_type: taskType }) }))
  const parameters = { autoTruncate: false, ...(dimensions !== undefined && { outputDimensionality: dimensions }) }
  return { instances, parameters }
}

/** The list of either answer in OpenAI's form; without usage where Google does not tell it, which is counted then. */
export function readEmbeddings(answer: JsonObject, { call }: AnswerFacts): JsonObject | undefined {
  const vectors = vectorsOf(answer)
  if (vectors.length === 0 || vectors.some((vector) => vector.length === 0)) return undefined
  return embeddingsOf(vectors as readonly (readonly number[])[], {
    model: textOf(call.body['model']),
    asBase64: call.body['encoding_format'] === 'base64',
    tokens: tokensOf(answer),
  })
}

function vectorsOf(answer: JsonObject): readonly (readonly JsonValue[])[] {
  const embeddings = listOf(answer['embeddings']).map((each) => listOf(objectOf(each)['values']))
  if (embeddings.length > 0) return embeddings
  return listOf(answer['predictions']).map((each) => listOf(objectOf(objectOf(each)['embeddings'])['values']))
}

function tokensOf(answer: JsonObject): number | undefined {
  const told = objectOf(answer['usageMetadata'])['promptTokenCount']
  if (typeof told === 'number') return told
  const counts = listOf(answer['predictions']).map(
    (each) => objectOf(objectOf(objectOf(each)['embeddings'])['statistics'])['token_count'],
  )
  if (counts.length === 0 || !counts.every((count) => typeof count === 'number')) return undefined
  return counts.reduce((total, count) => total + count, 0)
}
