import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { tokensIn, tokensOut, unitsOf } from './usage.ts'

/** Members that say what something is, not what was said. */
const labels = new Set(['role', 'type', 'id', 'index', 'format'])

/** Whether a message, or a delta of one, carries anything: text, reasoning, a refusal, a tool call, audio, an image. */
function hasContent(value: JsonValue | undefined, levels = 8): boolean {
  if (typeof value === 'string') return value !== ''
  if (typeof value !== 'object' || value === null) return false
  // What is nested so deep is not looked through.
  if (levels === 0) return true
  return Object.entries(value).some(([name, member]) => !labels.has(name) && hasContent(member, levels - 1))
}

/** Whether a choice of an answer or of a chunk carries anything. */
export const choiceHasContent = (choice: JsonValue): boolean =>
  isObject(choice) && (hasContent(choice['text']) || hasContent(choice['message'] ?? choice['delta']))

/** Ends that the request brings about by itself, before anything was written. */
const endsByRequest = new Set(['length', 'content_filter'])

/**
 * Whether an answer with nothing in it is one all the same. It is when its provider says why it ended, and in its usage that
 * it wrote something (reasoning that it hides, a stop sequence that it cut off) or that it read the prompt of a request that
 * ended the answer by itself. Anything else is a provider that gave nothing: see docs/decisions/0062.
 */
export function mayBeEmpty(end: {
  readonly finishReason: string | undefined
  readonly usage: JsonValue | undefined
  readonly asked: JsonObject
}): boolean {
  const units = unitsOf(end.usage)
  if (end.finishReason === undefined || !units) return false
  if (tokensOut(units) > 0) return true
  return tokensIn(units) > 0 && (endsByRequest.has(end.finishReason) || hasContent(end.asked['stop']))
}

export const nothingInIt = 'an answer with nothing in it'
