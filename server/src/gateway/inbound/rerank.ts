/** Rerank, in the form of Cohere and Jina that OpenRouter and LiteLLM take too. */
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { openaiApi } from './openai.ts'
import type { AnswerFacts, InboundApi } from './types.ts'

export const rerankApi: InboundApi = {
  ...openaiApi('rerank'),
  read: (body) => ({ kind: 'read', body: withTexts(body) }),
  writeAnswer: writeRanking,
}

/** A document that is nothing but a text is said as one: every provider takes that. */
function withTexts(body: JsonObject): JsonObject {
  const { documents } = body
  if (!Array.isArray(documents)) return body
  return { ...body, documents: (documents as readonly JsonValue[]).map((document) => textOf(document) ?? document) }
}

function textOf(document: JsonValue): string | undefined {
  if (!isObject(document) || typeof document['text'] !== 'string') return undefined
  return Object.keys(document).length === 1 ? document['text'] : undefined
}

/** The documents stand in the results unless they are not wanted, whether the provider has sent them back or not. */
function writeRanking(answer: JsonObject, { model, generationId, asked }: AnswerFacts): JsonObject {
  const wanted = asked['return_documents'] !== false
  const documents = asked['documents'] as readonly JsonValue[]
  const results = (answer['results'] as readonly JsonObject[]).map(({ document, ...result }) => {
    const own = documents[Number(result['index'])]
    const shown = document ?? (typeof own === 'string' ? { text: own } : own)
    return wanted && shown !== undefined ? { ...result, document: shown } : result
  })
  return { id: generationId, ...answer, model, results }
}
