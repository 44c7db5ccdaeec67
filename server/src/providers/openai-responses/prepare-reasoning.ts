import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { countOf, objectOf, saysNothing, textOf } from '../openai-form.ts'

/** Below these budgets of tokens a model is asked for that level of effort. */
const lowBelowTokens = 4_096
const mediumBelowTokens = 16_384

const reasons = /^(o\d|gpt-oss|codex|computer-use|gpt-(?:[5-9]|\d\d))(?!.*-chat)/
const canBeTold = /gpt-(?:5\.\d|[6-9]|\d\d)/

/** Whether a model reasons, as far as its name tells. One that does not refuses to be asked for encrypted reasoning. */
export const doesReason = (model: string): boolean => reasons.test(model.slice(model.lastIndexOf('/') + 1))

/**
 * OpenAI's `reasoning_effort` and OpenRouter's `reasoning` as this API's `reasoning`. A summary is asked for where the caller
 * speaks of `reasoning`: it is what can be told of it.
 */
export function prepareReasoning(body: JsonObject, notes: Notes): JsonObject {
  const { effort, max_tokens: budget, enabled, exclude, summary, ...others } = objectOf(body['reasoning'])
  for (const [name, value] of Object.entries(others)) if (!saysNothing(value)) notes.leaveOut(`reasoning.${name}`)
  const level = textOf(body['reasoning_effort']) || textOf(effort) || effortOf(countOf(budget))
  if (enabled === false && level === '') return withoutReasoning(textOf(body['model']), notes)
  if (countOf(budget) > 0) notes.leaveOut('reasoning.max_tokens', 'the provider knows levels of effort')
  const wantsSummary = body['reasoning'] !== undefined && exclude !== true && level !== 'none'
  const told = textOf(summary) || (wantsSummary ? 'auto' : '')
  return { ...(level !== '' && { effort: level }), ...(told !== '' && { summary: told }) }
}

const effortOf = (budget: number): string => {
  if (budget === 0) return ''
  return budget < lowBelowTokens ? 'low' : budget < mediumBelowTokens ? 'medium' : 'high'
}

function withoutReasoning(model: string, notes: Notes): JsonObject {
  if (canBeTold.test(model)) return { effort: 'none' }
  if (doesReason(model)) notes.leaveOut('reasoning.enabled', 'this model always reasons')
  return {}
}
