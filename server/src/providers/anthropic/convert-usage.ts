import type { JsonObject } from '../../core/json.ts'
import { countOf, objectOf } from '../openai-form.ts'

/** What is known when a stream begins: the prompt, if it was counted, and nothing yet of the answer. */
export function promptUsage(usage: JsonObject): JsonObject | undefined {
  const { prompt_tokens, prompt_tokens_details, native_usage } = convertUsage(usage)
  if (countOf(prompt_tokens) === 0) return undefined
  return { prompt_tokens, prompt_tokens_details, completion_tokens: null, native_usage } as JsonObject
}

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
