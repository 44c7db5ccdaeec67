import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asCount, asObject, asText, given, invalid, warnOthers, type Warn } from '../reading.ts'

/** Below these budgets a provider that knows only levels of effort is asked for that one. */
const lowBelowTokens = 4_096
const mediumBelowTokens = 16_384
/** What Anthropic takes where thinking adapts and no effort is named. */
const adaptiveEffort = 'high'

/**
 * `reasoning_effort` is what every provider understands; `reasoning` beside it says the same exactly, for those that know
 * budgets. Thinking that is off has a word for those that think unasked.
 */
export function readThinkingConfig(value: JsonValue, warn: Warn): JsonObject {
  const thinking = asObject(value, 'thinking')
  switch (thinking['type']) {
    case 'disabled':
      warnOthers(thinking, ['type'], 'thinking', warn)
      return { reasoning: { enabled: false } }
    case 'enabled': {
      warnOthers(thinking, ['type', 'budget_tokens'], 'thinking', warn)
      const budget = asCount(thinking['budget_tokens'], 'thinking.budget_tokens')
      return { reasoning_effort: effortOf(budget), reasoning: { max_tokens: budget } }
    }
    case 'adaptive':
      warnOthers(thinking, ['type'], 'thinking', warn)
      return { reasoning_effort: adaptiveEffort, reasoning: { enabled: true } }
    default:
      throw invalid('thinking.type', "'thinking.type' must be enabled, adaptive or disabled.")
  }
}

const effortOf = (budgetTokens: number): string =>
  budgetTokens < lowBelowTokens ? 'low' : budgetTokens < mediumBelowTokens ? 'medium' : 'high'

const efforts: ReadonlyMap<string, string> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'xhigh'],
])

/** `effort` wins over the level that a thinking budget amounts to; `format` is OpenAI's JSON schema. */
export function readOutputConfig(value: JsonValue, warn: Warn): JsonObject {
  const config = asObject(value, 'output_config')
  warnOthers(config, ['effort', 'format'], 'output_config', warn)
  const effort = given(config, 'effort')
  const format = given(config, 'format')
  return {
    ...(effort !== undefined && { reasoning_effort: readEffort(effort) }),
    ...(format !== undefined && { response_format: readFormat(asObject(format, 'output_config.format'), warn) }),
  }
}

function readEffort(value: JsonValue): string {
  const effort = efforts.get(asText(value, 'output_config.effort'))
  if (effort === undefined)
    throw invalid('output_config.effort', `'output_config.effort' must be one of ${[...efforts.keys()].join(', ')}.`)
  return effort
}

function readFormat(format: JsonObject, warn: Warn): JsonObject {
  const param = 'output_config.format'
  if (format['type'] !== 'json_schema') throw invalid(`${param}.type`, `'${param}.type' must be json_schema.`)
  warnOthers(format, ['type', 'schema'], param, warn)
  const schema = asObject(format['schema'], `${param}.schema`)
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } }
}
