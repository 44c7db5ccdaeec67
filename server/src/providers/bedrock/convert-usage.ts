import type { JsonObject } from '../../core/json.ts'
import { countOf } from '../openai-form.ts'

/** OpenAI counts what was read from and written to the cache inside the prompt, Bedrock beside it. */
export function convertUsage(usage: JsonObject): JsonObject {
  const cached = countOf(usage['cacheReadInputTokens'])
  const written = countOf(usage['cacheWriteInputTokens'])
  const prompt = countOf(usage['inputTokens']) + cached + written
  const completion = countOf(usage['outputTokens'])
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    native_usage: usage,
  }
}
