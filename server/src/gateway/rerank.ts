/** Rerank as Cohere and Jina have it: what it weighs before it is sent, and its answers read from all their look-alikes. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { measurePrompt, type PromptSize } from './prompt-size.ts'

/** Cohere's search unit: one query with up to so many documents, where a longer document counts as several. */
const documentsPerUnit = 100
/** A document counts as one more for every 500 tokens, the query among them: half of that leaves the query its room. */
const tokensPerDocument = 250

const documentsOf = ({ documents }: JsonObject): readonly JsonValue[] =>
  Array.isArray(documents) ? (documents as readonly JsonValue[]) : []

/** How often the query is read beyond the first time: it is put before every document. */
export const queryRepeats = (body: JsonObject): number => Math.max(0, documentsOf(body).length - 1)

/** The prompt with the query as often as it is read. */
export function measureRerank(body: JsonObject): PromptSize {
  const size = measurePrompt(body)
  const repeats = queryRepeats(body)
  const queryBytes = typeof body['query'] === 'string' ? Buffer.byteLength(body['query']) : 0
  return { ...size, textBytes: size.textBytes + repeats * queryBytes, texts: size.texts + repeats }
}

/** The most search units that a call may count as. */
export const searchUnitsMax = (body: JsonObject, { textBytes }: Pick<PromptSize, 'textBytes'>): number =>
  Math.ceil((documentsOf(body).length + textBytes / tokensPerDocument) / documentsPerUnit)

/**
 * A look-alike's answer in the one form: `results` of `index` and `relevance_score`, and what it used in `usage`.
 * `undefined`: it ranks nothing.
 */
export function readRerank(answer: JsonObject): JsonObject | undefined {
  const { results = answer['data'], data: _data, meta, usage, ...rest } = answer
  if (!Array.isArray(results)) return undefined
  const ranked = (results as readonly JsonValue[]).map(readResult)
  if (!ranked.every((result) => result !== undefined)) return undefined
  const used = usageOf(isObject(usage) ? usage : {}, isObject(meta) ? meta : {})
  return { ...rest, ...(meta !== undefined && { meta }), results: ranked, ...(used && { usage: used }) }
}

function readResult(result: JsonValue): JsonObject | undefined {
  if (!isObject(result)) return undefined
  const { index, relevance_score: score = result['score'], score: _score, document, ...rest } = result
  if (typeof index !== 'number' || typeof score !== 'number') return undefined
  const text = typeof document === 'string' ? { text: document } : document
  return { ...rest, index, relevance_score: score, ...(isObject(text) && { document: text }) }
}

/** What was used, from `usage` or from Cohere's `meta`. */
function usageOf(usage: JsonObject, meta: JsonObject): JsonObject | undefined {
  const billed = isObject(meta['billed_units']) ? meta['billed_units'] : {}
  const tokens = isObject(meta['tokens']) ? meta['tokens'] : {}
  const searchUnits = usage['search_units'] ?? billed['search_units']
  const totalTokens =
    usage['total_tokens'] ??
    usage['prompt_tokens'] ??
    billed['total_tokens'] ??
    billed['input_tokens'] ??
    tokens['input_tokens']
  const used = {
    ...(typeof searchUnits === 'number' && { search_units: searchUnits }),
    ...(typeof totalTokens === 'number' && { total_tokens: totalTokens }),
  }
  return Object.keys(used).length > 0 ? used : undefined
}
