import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { countOf, objectOf, textOf } from '../openai-form.ts'
import type { ThinkingConfig, Turn } from './api-types.ts'
import type { ModelTraits } from './model-traits.ts'

/** What of `max_tokens` may be thought, by effort; OpenRouter's shares. */
const shares: Readonly<Record<string, number>> = {
  ...{ minimal: 0.1, low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.95, max: 0.95 },
}
const budgetMin = 1_024
const budgetMax = 128_000

/** Of a budget where a model knows effort alone. */
const lowBelowTokens = 4_096
const mediumBelowTokens = 16_384

type Asked = { readonly on: boolean | undefined; readonly effort: string; readonly budget: number }

function askedOf(body: JsonObject): Asked {
  const reasoning = objectOf(body['reasoning'])
  const effort = textOf(body['reasoning_effort']) || textOf(reasoning['effort'])
  const budget = countOf(reasoning['max_tokens'])
  if (effort === 'none' || reasoning['enabled'] === false) return { on: false, effort, budget }
  return { on: effort !== '' || budget > 0 || reasoning['enabled'] === true || undefined, effort, budget }
}

/** With what thinking may not go together. */
export type Situation = {
  readonly traits: ModelTraits
  /** The bound on the output, thinking included. */
  readonly maxTokens: number
  /** Whether the model is told to call a tool. */
  readonly forcesCall: boolean
  /** Whether a round of tools is under way that began without thinking. */
  readonly opensWithoutThinking: boolean
}

export type Thinking = { readonly thinking?: ThinkingConfig; readonly effort?: string }

/** `reasoning_effort` and OpenRouter's `reasoning` as this model takes them: a budget, or effort with thinking that adapts. */
export function prepareThinking(body: JsonObject, situation: Situation, notes: Notes): Thinking {
  const { traits, maxTokens, forcesCall } = situation
  const asked = askedOf(body)
  if (asked.on === undefined) return {}
  const field = body['reasoning_effort'] === undefined ? 'reasoning' : 'reasoning_effort'
  const leaveOut = (why: string): Thinking => {
    notes.leaveOut(field, why)
    return {}
  }
  if (!asked.on) {
    if (traits.thinksByDefault === 'always') return leaveOut('this model always thinks')
    return traits.thinksByDefault === 'unless-told' ? { thinking: { type: 'disabled' } } : {}
  }
  if (traits.thinking === 'none') return leaveOut('this model does not think')
  if (forcesCall) return leaveOut('it does not go together with a tool_choice that forces a call')
  if (traits.thinking === 'adaptive' || (traits.thinking === 'either' && asked.budget === 0))
    return adaptive(asked, traits, notes)
  if (situation.opensWithoutThinking) return leaveOut('the round of tools under way came back without its thinking')
  if (maxTokens <= budgetMin) return leaveOut('max_tokens leaves no room for it')
  const budget = asked.budget || Math.min(budgetMax, Math.floor(maxTokens * (shares[asked.effort] ?? 0.5)))
  return { thinking: { type: 'enabled', budget_tokens: Math.min(Math.max(budget, budgetMin), maxTokens - 1) } }
}

function adaptive({ effort, budget }: Asked, traits: ModelTraits, notes: Notes): Thinking {
  if (budget > 0) notes.leaveOut('reasoning.max_tokens', 'this model is told by effort alone how much to think')
  const level = effort || (budget > 0 ? effortOfBudget(budget) : '')
  return {
    // Newer models keep their thinking to themselves unless asked.
    thinking: { type: 'adaptive', ...(traits.thinking === 'adaptive' && { display: 'summarized' }) },
    ...(level !== '' && { effort: effortOf(level, traits.efforts) }),
  }
}

const effortOfBudget = (tokens: number): string =>
  tokens < lowBelowTokens ? 'low' : tokens < mediumBelowTokens ? 'medium' : 'high'

/** The model's own word for an effort: the nearest that it knows. */
export function effortOf(asked: string, efforts: readonly string[]): string {
  const wanted = asked === 'minimal' ? ['low'] : asked === 'xhigh' || asked === 'max' ? [asked, 'max', 'high'] : [asked]
  return wanted.find((effort) => efforts.includes(effort)) ?? 'high'
}

/** With a budget, the turn that a round of tools goes on from has to begin with thinking. */
export function opensWithoutThinking(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2)
  const answersTools =
    last?.role === 'user' && typeof last.content !== 'string' && last.content[0]?.type === 'tool_result'
  if (!answersTools || before?.role !== 'assistant' || typeof before.content === 'string') return false
  return !/^(redacted_)?thinking$/.test(before.content[0]?.type ?? '')
}
