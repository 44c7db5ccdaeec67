import type { JsonObject, JsonValue } from '../../core/json.ts'
import { listOf, objectOf } from '../openai-form.ts'

/**
 * `usageMetadata` as OpenAI's usage. Google counts thoughts, and what tools of its own have read, beside the answer and the
 * prompt; OpenAI counts them inside. Cached audio counts as cached. `undefined` where there is no count of the prompt.
 */
export function convertUsage(metadata: JsonValue | undefined): JsonObject | undefined {
  const usage = objectOf(metadata)
  if (typeof usage['promptTokenCount'] !== 'number') return undefined
  const cached = countOf(usage['cachedContentTokenCount'])
  const prompt = usage['promptTokenCount'] + countOf(usage['toolUsePromptTokenCount'])
  const thoughts = countOf(usage['thoughtsTokenCount'])
  const total = countOf(usage['totalTokenCount'])
  // Some models tell the total only.
  const said = usage['candidatesTokenCount'] ?? Math.max(0, total - prompt - thoughts)
  const completion = countOf(said) + thoughts
  const audioIn = audioOf(usage['promptTokensDetails']) - audioOf(usage['cacheTokensDetails'])
  const audioOut = audioOf(usage['candidatesTokensDetails'])
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: Math.max(0, audioIn) },
    completion_tokens_details: { reasoning_tokens: thoughts, audio_tokens: audioOut },
    native_usage: usage,
  }
}

const countOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)

const audioOf = (details: JsonValue | undefined): number =>
  listOf(details)
    .map(objectOf)
    .filter(({ modality }) => modality === 'AUDIO')
    .reduce((total, { tokenCount }) => total + countOf(tokenCount), 0)
