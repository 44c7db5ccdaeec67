import type { JsonObject } from '../../core/json.ts'
import { countOf, objectOf } from '../openai-form.ts'

/** The same figures under the names of chat completions. */
export function convertUsage(usage: JsonObject): JsonObject {
  const prompt = countOf(usage['input_tokens'])
  const completion = countOf(usage['output_tokens'])
  const input = objectOf(usage['input_tokens_details'])
  const written = countOf(input['cache_write_tokens'])
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: countOf(input['cached_tokens']),
      ...(written > 0 && { cache_write_tokens: written }),
    },
    completion_tokens_details: {
      reasoning_tokens: countOf(objectOf(usage['output_tokens_details'])['reasoning_tokens']),
    },
    native_usage: usage,
  }
}
