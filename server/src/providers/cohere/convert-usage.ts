import type { JsonObject } from '../../core/json.ts'
import { countOf, objectOf } from '../openai-form.ts'

/** Cohere's invoice counts `billed_units`; `tokens` are more, for they have its own preamble among them. */
export function convertUsage(usage: JsonObject): JsonObject {
  const { billed_units: billed, tokens, cached_tokens: cached } = usage
  const counted = objectOf(billed ?? tokens)
  const prompt = countOf(counted['input_tokens'])
  const completion = countOf(counted['output_tokens'])
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: Math.min(countOf(cached), prompt) },
    native_usage: usage,
  }
}
