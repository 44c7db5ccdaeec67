import type { JsonObject } from '../../core/json.ts'
import { countOf, objectOf } from '../openai-form.ts'

/** OpenAI counts what was read from and written to the cache inside the prompt, Anthropic beside it. */
export function convertUsage(usage: JsonObject): JsonObject {
  const cached = countOf(usage['cache_read_input_tokens'])
  const written = countOf(usage['cache_creation_input_tokens'])
  const prompt = countOf(usage['input_tokens']) + cached + written
  const completion = countOf(usage['output_tokens'])
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    completion_tokens_details: {
      reasoning_tokens: countOf(objectOf(usage['output_tokens_details'])['thinking_tokens']),
    },
    native_usage: usage,
  }
}
