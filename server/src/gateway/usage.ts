import { unitClasses, type UnitClass, type Units } from '../credits/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'

/**
 * OpenAI's usage object as disjoint classes: cached, cache-write and audio tokens are inside `prompt_tokens`, reasoning
 * and audio tokens inside `completion_tokens`. `undefined` when it is not one (absent, negative, not whole): then the
 * tokens are counted instead. An explicit zero is believed.
 */
export function unitsOf(usage: JsonValue | undefined): Units | undefined {
  if (!isObject(usage)) return undefined
  const prompt = countOf(usage['prompt_tokens'])
  const completion = countOf(usage['completion_tokens'] ?? 0)
  if (prompt === undefined || completion === undefined) return undefined
  const promptDetails = details(usage['prompt_tokens_details'])
  const completionDetails = details(usage['completion_tokens_details'])
  const cached = promptDetails('cached_tokens') || countOf(usage['prompt_cache_hit_tokens']) || 0
  const cacheWrite = promptDetails('cache_write_tokens')
  const audioIn = promptDetails('audio_tokens')
  const reasoning = completionDetails('reasoning_tokens')
  const audioOut = completionDetails('audio_tokens')
  // Some providers report reasoning beside the completion, not inside it; their total gives them away.
  const reasoningBeside = reasoning > 0 && usage['total_tokens'] === prompt + completion + reasoning
  return present({
    cached_input: Math.min(cached, prompt),
    cache_write: Math.min(cacheWrite, Math.max(0, prompt - cached)),
    audio_input: Math.min(audioIn, Math.max(0, prompt - cached - cacheWrite)),
    input: Math.max(0, prompt - cached - cacheWrite - audioIn),
    reasoning: reasoningBeside ? reasoning : Math.min(reasoning, completion),
    audio_output: Math.min(audioOut, Math.max(0, completion - (reasoningBeside ? 0 : reasoning))),
    output: Math.max(0, completion - (reasoningBeside ? 0 : reasoning) - audioOut),
  })
}

/**
 * Whether a usage object tells of the prompt alone, with `completion_tokens: null`: what a stream has that was cut after
 * its provider had counted the prompt. What was delivered is counted then, and the prompt believed.
 */
export const lacksOutput = (usage: JsonValue | undefined): boolean =>
  isObject(usage) && usage['completion_tokens'] === null

const usageFieldsMax = 40
const usageTextMax = 100

/** Where a provider that does not speak OpenAI's API has its own usage object, beside what was made of it. */
const nativeField = 'native_usage'

/** A usage object as callers see it. */
export function shownUsage(usage: JsonValue | undefined): JsonObject {
  if (!isObject(usage)) return {}
  const { [nativeField]: _native, ...shown } = usage
  return plainUsage(shown, 2) as JsonObject
}

/** A provider's usage object as far as it is one: figures and short texts, and objects of them, a few of each. */
export function plainUsage(usage: JsonValue | undefined, levels = 3): JsonValue {
  if (typeof usage === 'string') return usage.slice(0, usageTextMax)
  if (usage === undefined || usage === null || typeof usage !== 'object') return usage ?? null
  if (!isObject(usage) || levels === 0) return null
  const plain: Record<string, JsonValue> = {}
  let left = usageFieldsMax
  for (const name in usage) {
    if (left-- === 0) break
    plain[name.slice(0, usageTextMax)] = plainUsage(usage[name], levels - 1)
  }
  return plain
}

/** OpenAI's usage object for tokens that we counted ourselves. */
export function usageOf(tokensIn: number, tokensOut: number): JsonObject {
  return { prompt_tokens: tokensIn, completion_tokens: tokensOut, total_tokens: tokensIn + tokensOut }
}

/** All tokens of a side, for logs and metrics. */
export const tokensIn = (units: Units): number => sum(units, ['input', 'cached_input', 'cache_write', 'audio_input'])
export const tokensOut = (units: Units): number => sum(units, ['output', 'reasoning', 'audio_output'])

const sum = (units: Units, classes: readonly UnitClass[]): number =>
  classes.reduce((total, each) => total + (units[each] ?? 0), 0)

/** No answer of one call is larger; a figure above it is a fault, and must not reach the arithmetic. */
const tokensMax = 1_000_000_000

/** A figure of a usage object, if it is one. */
export const countOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= tokensMax ? value : undefined

function details(value: JsonValue | undefined): (name: string) => number {
  return (name) => (isObject(value) ? (countOf(value[name]) ?? 0) : 0)
}

function present(units: Units): Units {
  const used: { -readonly [name in UnitClass]?: number } = {}
  for (const name of unitClasses) if ((units[name] ?? 0) > 0) used[name] = units[name]!
  return used
}
