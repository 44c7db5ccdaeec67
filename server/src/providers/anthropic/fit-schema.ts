import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { listOf, objectOf } from '../openai-form.ts'

/** Keywords of JSON Schema that the API refuses in a schema to which it holds an answer. */
const unknownKeywords = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
])

/** Where schemas stand by themselves, in lists, and under names. */
const single = new Set(['items', 'additionalProperties', 'not'])
const listed = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems'])
const named = new Set(['properties', '$defs', 'definitions'])

/** A schema as the API takes it: objects are closed, bounds that it does not know are left out. */
export function fitSchema(schema: JsonObject, field: string, notes: Notes): JsonObject {
  const fit = (value: JsonValue): JsonValue => (isObject(value) ? fitSchema(value, field, notes) : value)
  const fitted: Record<string, JsonValue> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (isUnknown(keyword, value)) notes.leaveOut(`${keyword} in ${field}`)
    else if (single.has(keyword)) fitted[keyword] = fit(value)
    else if (listed.has(keyword)) fitted[keyword] = listOf(value).map(fit)
    else if (named.has(keyword))
      fitted[keyword] = Object.fromEntries(Object.entries(objectOf(value)).map(([name, each]) => [name, fit(each)]))
    else fitted[keyword] = value
  }
  const isOpen = schema['type'] === 'object' && fitted['additionalProperties'] === undefined
  return isOpen ? { ...fitted, additionalProperties: false } : fitted
}

const isUnknown = (keyword: string, value: JsonValue): boolean =>
  unknownKeywords.has(keyword) || (keyword === 'minItems' && value !== 0 && value !== 1)
