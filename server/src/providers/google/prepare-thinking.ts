import { isObject, type JsonObject } from '../../core/json.ts'
import type { ModelTraits, Thinking, ThinkingLevel } from './model-traits.ts'
import { objectOf } from '../openai-form.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
type Effort = (typeof efforts)[number]

/** What the caller asked for, in whichever words. */
type Asked = {
  readonly effort: Effort | undefined
  readonly budget: number | undefined
  readonly hidden: boolean
}

/**
 * `thinkingConfig`: a budget wins over an effort, being exact. Nothing where nothing was asked: the model decides then.
 * Whoever asks for reasoning is shown it, unless it is excluded.
 */
export function writeThinking(body: JsonObject, { thinking }: ModelTraits, leaveOut: LeaveOut): JsonObject | undefined {
  const own = objectOf(objectOf(body['extra_body'])['google'])['thinking_config']
  if (isObject(own)) return ownConfig(own)
  const asked = readAsked(body)
  if (!asked) return undefined
  const shown = asked.effort === 'none' ? {} : { includeThoughts: !asked.hidden }
  switch (thinking.kind) {
    case 'none':
      if (asked.effort !== 'none') leaveOut('reasoning is left out: the model does not think')
      return undefined
    case 'budget':
      return { ...budgetConfig(asked, thinking, leaveOut), ...shown }
    case 'level':
      return { ...levelConfig(asked, thinking.levels, leaveOut), ...shown }
  }
}

/** Google's own words, in the spelling of its layer for OpenAI's clients or in its own. */
const ownConfig = (config: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )

function readAsked(body: JsonObject): Asked | undefined {
  const reasoning = given(body, 'reasoning')
  const said = objectOf(reasoning)
  const effort = given(body, 'reasoning_effort') ?? given(said, 'effort')
  const budget = given(said, 'max_tokens')
  if (reasoning === undefined && effort === undefined) return undefined
  if (effort !== undefined && !efforts.includes(effort as Effort))
    throw new CannotSayError(`'reasoning_effort' must be one of ${efforts.join(', ')}.`)
  if (budget !== undefined && !(Number.isSafeInteger(budget) && (budget as number) >= 0))
    throw new CannotSayError("'reasoning.max_tokens' must be a whole number.")
  return {
    effort: said['enabled'] === false ? 'none' : (effort as Effort | undefined),
    budget: budget as number | undefined,
    hidden: said['exclude'] === true,
  }
}

/** The tokens that Google's own layer for OpenAI's clients gives each effort. */
const budgetOf: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: Number.MAX_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
}

/** Thinks as long as it sees fit. */
const dynamicBudget = -1

function budgetConfig(
  { effort, budget }: Asked,
  { min, max, canStop }: Extract<Thinking, { kind: 'budget' }>,
  leaveOut: LeaveOut,
): JsonObject {
  const wanted = effort === 'none' ? 0 : (budget ?? (effort === undefined ? undefined : budgetOf[effort]))
  if (wanted === undefined) return { thinkingBudget: dynamicBudget }
  if (wanted === 0 && canStop) return { thinkingBudget: 0 }
  const possible = Math.min(Math.max(wanted, min), max)
  if (effort === 'none') leaveOut(`reasoning is not off: the model thinks for ${min} tokens at least`)
  else if (possible !== wanted && wanted === budget)
    leaveOut(`reasoning.max_tokens is ${possible} here: the model takes ${min} to ${max}`)
  return { thinkingBudget: possible }
}

function levelConfig({ effort, budget }: Asked, levels: readonly ThinkingLevel[], leaveOut: LeaveOut): JsonObject {
  if (effort === 'none') {
    leaveOut(`reasoning is not off: the model's least is the level ${levels[0]}`)
    return { thinkingLevel: levels[0]!.toUpperCase() }
  }
  if (budget !== undefined) return { thinkingBudget: budget }
  if (effort === undefined) return {}
  const wanted = effort === 'xhigh' || effort === 'max' ? 'high' : effort
  // A level that the model does not have is the next one up.
  const level = levels.find((each) => rank(each) >= rank(wanted)) ?? levels.at(-1)!
  return { thinkingLevel: level.toUpperCase() }
}

const rank = (level: ThinkingLevel): number => ['minimal', 'low', 'medium', 'high'].indexOf(level)
