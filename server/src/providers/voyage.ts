/** Voyage AI's API, version 1: OpenAI's embeddings and Jina's rerank, but for three fields. */
import type { JsonObject } from '../core/json.ts'
import { present } from './openai-form.ts'
import type { Endpoint } from './types.ts'

export function fitVoyage(endpoint: Endpoint, body: JsonObject): JsonObject {
  switch (endpoint) {
    case 'embeddings': {
      // Floats are what comes unless `base64` is said; the word for them is refused.
      const { dimensions, encoding_format: format, user: _user, ...rest } = body
      const isBase64 = format === 'base64'
      return { ...rest, ...present('output_dimension', dimensions), ...(isBase64 && { encoding_format: format }) }
    }
    case 'rerank': {
      const { top_n: most, ...rest } = body
      return { ...rest, ...present('top_k', most) }
    }
    default:
      return body
  }
}
