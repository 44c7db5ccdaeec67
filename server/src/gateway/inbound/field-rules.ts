import type { JsonObject, JsonValue } from '../../core/json.ts'
import { given, invalid, type Handling, type Warn } from './reading.ts'

/** A field of a request: what becomes of it, told and done. Absent fields and `null` are not read. */
export type FieldRule = {
  readonly handling: Handling
  /** For the reference: what stands in the chat completion instead, or why not. */
  readonly becomes: string
  readonly read: (value: JsonValue, warn: Warn) => JsonObject
}

export type FieldRules = Readonly<Record<string, FieldRule>>

/** What a part of a request must be; throws `AppError` naming it where it is not. */
export type Check = (value: JsonValue, param: string) => JsonValue

export const passed = (name: string, check: Check): FieldRule => ({
  handling: 'passed',
  becomes: `\`${name}\``,
  read: (value) => ({ [name]: check(value, name) }),
})

/** Read from the request as it came, by the room that it is meant for. */
export const ours = (becomes: string): FieldRule => ({
  handling: 'translated',
  becomes: `RedPill's own: ${becomes}`,
  read: () => ({}),
})

export const translated = (becomes: string, read: FieldRule['read']): FieldRule => ({
  handling: 'translated',
  becomes,
  read,
})

export const warned = (name: string, becomes: string): FieldRule => ({
  handling: 'warned',
  becomes,
  read(_value, warn) {
    warn(`${name} is left out`)
    return {}
  },
})

export const refused = (name: string, why: string): FieldRule => ({
  handling: 'refused',
  becomes: why,
  read(value) {
    if (value === false || (Array.isArray(value) && value.length === 0)) return {}
    throw invalid(name, `'${name}' is not possible here: ${why}.`)
  },
})

/**
 * Reads a body by its rules, in the order of the table, so that a field may add to, or replace, what an earlier one has
 * said. Fields that have no rule are left out with a warning.
 */
export function readFields(body: JsonObject, rules: FieldRules, warn: Warn): Record<string, JsonValue> {
  const said: Record<string, JsonValue> = {}
  for (const [name, rule] of Object.entries(rules)) {
    const value = given(body, name)
    if (value !== undefined) Object.assign(said, rule.read(value, warn))
  }
  for (const name of Object.keys(body)) {
    if (!Object.hasOwn(rules, name) && given(body, name) !== undefined) warn(`${name} is left out`)
  }
  return said
}
