import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { countOf, objectOf, textOf } from '../openai-form.ts'
import type { Draft, Turn } from './api-types.ts'
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

/**
 * `reasoning_effort` and OpenRouter's `reasoning` as this model takes them: a budget, or effort with thinking that adapts.
 * Needs the bound on the output, the tools and the turns, with which it may not go together.
 */
export function prepareThinking(draft: Draft, body: JsonObject, traits: ModelTraits, notes: Notes): void {
  const asked = askedOf(body)
  if (asked.on === undefined) return
  const field = body['reasoning_effort'] === undefined ? 'reasoning' : 'reasoning_effort'
  if (!asked.on) {
    if (traits.thinksByDefault === 'always') notes.leaveOut(field, 'this model always thinks')
    if (traits.thinksByDefault === 'unless-told') draft.thinking = { type: 'disabled' }
    return
  }
  const why = whyNot(draft, traits)
  if (why !== undefined) return notes.leaveOut(field, why)
  const adapts = traits.thinking === 'adaptive' || (traits.thinking === 'either' && asked.budget === 0)
  if (adapts) return adapt(draft, asked, traits, notes)
  if (opensWithoutThinking(draft.messages))
    return notes.leaveOut(field, 'the round of tools under way came back without its thinking')
  if (draft.max_tokens <= budgetMin) return notes.leaveOut(field, 'max_tokens leaves no room for it')
  const budget = asked.budget || Math.min(budgetMax, Math.floor(draft.max_tokens * (shares[asked.effort] ?? 0.5)))
  draft.thinking = { type: 'enabled', budget_tokens: Math.min(Math.max(budget, budgetMin), draft.max_tokens - 1) }
}

function whyNot(draft: Draft, { thinking }: ModelTraits): string | undefined {
  if (thinking === 'none') return 'this model does not think'
  const forced = draft.tool_choice?.['type'] === 'any' || draft.tool_choice?.['type'] === 'tool'
  return forced ? 'it does not go together with a tool_choice that forces a call' : undefined
}

function adapt(draft: Draft, { effort, budget }: Asked, traits: ModelTraits, notes: Notes): void {
  // Newer models keep their thinking to themselves unless asked.
  draft.thinking = { type: 'adaptive', ...(traits.thinking === 'adaptive' && { display: 'summarized' }) }
  if (budget > 0) notes.leaveOut('reasoning.max_tokens', 'this model is told by effort alone how much to think')
  const level = effort || (budget > 0 ? effortOfBudget(budget) : '')
  if (level !== '') draft.output_config = { ...draft.output_config, effort: effortOf(level, traits.efforts) }
}

const effortOfBudget = (tokens: number): string =>
  tokens < lowBelowTokens ? 'low' : tokens < mediumBelowTokens ? 'medium' : 'high'

/** The model's own word for an effort: the nearest that it knows. */
export function effortOf(asked: string, efforts: readonly string[]): string {
  const wanted = asked === 'minimal' ? ['low'] : asked === 'xhigh' || asked === 'max' ? [asked, 'max', 'high'] : [asked]
  return wanted.find((effort) => efforts.includes(effort)) ?? 'high'
}

/** With a budget, the turn that a round of tools goes on from has to begin with thinking. */
function opensWithoutThinking(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2)
  const answersTools =
    last?.role === 'user' && typeof last.content !== 'string' && last.content[0]?.type === 'tool_result'
  if (!answersTools || before?.role !== 'assistant' || typeof before.content === 'string') return false
  return !/^(redacted_)?thinking$/.test(before.content[0]?.type ?? '')
}
