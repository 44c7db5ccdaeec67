import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asList, asObject, asText, given, invalid, present, warnOthers, type Warn } from '../reading.ts'
import { unsealReasoning } from './sealed-reasoning.ts'

const efforts: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** How much a model is to think, and that its reasoning is to be told: for the providers that have to be asked for that. */
export function readReasoningConfig(value: JsonValue, warn: Warn): JsonObject {
  const config = asObject(value, 'reasoning')
  warnOthers(config, ['effort', 'summary', 'generate_summary'], 'reasoning', warn)
  const effort = given(config, 'effort')
  if (effort !== undefined && !efforts.includes(asText(effort, 'reasoning.effort')))
    throw invalid('reasoning.effort', `'reasoning.effort' must be one of ${efforts.join(', ')}.`)
  const summary = given(config, 'summary') ?? given(config, 'generate_summary')
  return {
    ...present('reasoning_effort', effort === 'max' ? 'xhigh' : effort),
    ...(summary !== undefined && { reasoning: { summary: asText(summary, 'reasoning.summary') } }),
  }
}

/** Reasoning that is given back, as entries of `reasoning_details`. */
export function readReasoningItem(item: JsonObject, param: string, warn: Warn): readonly JsonObject[] {
  const summary = textsOf(item, 'summary', param)
  const content = textsOf(item, 'content', param)
  const encrypted = given(item, 'encrypted_content')
  const sealed = encrypted === undefined ? undefined : asText(encrypted, `${param}.encrypted_content`)
  if (sealed !== undefined)
    return unsealReasoning(sealed) ?? encryptedElsewhere(sealed, summary || content, given(item, 'id'))
  const text = content === '' ? summary : content
  const details = [
    ...(text === '' ? [] : [{ type: 'reasoning.text', text }]),
    ...(content === '' || summary === '' ? [] : [{ type: 'reasoning.summary', summary }]),
  ]
  if (details.length === 0) warn(`${param} is left out: it holds no reasoning, and none is stored here`)
  return details
}

/** What was not sealed here comes from OpenAI, which may take it back. */
function encryptedElsewhere(data: string, summary: string, id: JsonValue | undefined): readonly JsonObject[] {
  const origin = { ...present('id', id), format: 'openai-responses-v1' }
  const encrypted = { type: 'reasoning.encrypted', data, ...origin }
  return summary === '' ? [encrypted] : [{ type: 'reasoning.summary', summary, ...origin }, encrypted]
}

function textsOf(item: JsonObject, name: string, param: string): string {
  const parts = asList(item[name] ?? [], `${param}.${name}`)
  return parts
    .map((part, at) => {
      const place = `${param}.${name}[${at}]`
      return asText(asObject(part, place)['text'], `${place}.text`)
    })
    .join('\n\n')
}
