import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { contentParts, payloadsOf } from './media-parts.ts'
import { silentFields } from './prompt-size.ts'

const promptFields = [
  'messages',
  'prompt',
  'input',
  'tools',
  'functions',
  'response_format',
  'suffix',
  'query',
  'documents',
]

/** Every text of a request that the model reads, for counting its tokens exactly. Media are left out. */
export const promptTexts = (body: JsonObject): readonly string[] =>
  textsIn(
    body,
    promptFields.map((field) => body[field] ?? null),
    false,
  )

/** Every text that a provider may show its model, for a bound: fields that nobody knows and names of members too. */
export const everyText = (body: JsonObject): readonly string[] =>
  textsIn(
    body,
    Object.entries(body).flatMap(([name, value]) => (silentFields.has(name) ? [] : [value])),
    true,
  )

function textsIn(body: JsonObject, stack: JsonValue[], withNames: boolean): readonly string[] {
  const texts: string[] = []
  const payloads = payloadsOf(contentParts(body))
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value === 'string') texts.push(value)
    else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) stack.push(item)
    else if (isObject(value)) {
      const payload = payloads.get(value)
      for (const [name, member] of Object.entries(value)) {
        if (withNames) texts.push(name)
        if (typeof member !== 'string' || !payload?.includes(name)) stack.push(member)
      }
    }
  }
  return texts
}
