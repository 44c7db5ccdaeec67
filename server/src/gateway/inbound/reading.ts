import { AppError } from '../../core/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'

/** Notes what of a request could not be said in OpenAI's form and was left out: a sentence that names the field. */
export type Warn = (warning: string) => void

/** What becomes of a part of a request, as the reference tells it. */
export type Handling = 'passed' | 'translated' | 'warned' | 'refused'

export const invalid = (param: string, message: string): AppError => new AppError('invalid_request', { message, param })

/** A field that is there; the API takes `null` for absent. */
export const given = (object: JsonObject, name: string): JsonValue | undefined => object[name] ?? undefined

export function asObject(value: JsonValue | undefined, param: string): JsonObject {
  if (isObject(value)) return value
  throw invalid(param, `'${param}' must be an object.`)
}

export function asList(value: JsonValue | undefined, param: string): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[]
  throw invalid(param, `'${param}' must be a list.`)
}

export function asText(value: JsonValue | undefined, param: string): string {
  if (typeof value === 'string') return value
  throw invalid(param, `'${param}' must be a text.`)
}

export function asBoolean(value: JsonValue, param: string): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(param, `'${param}' must be true or false.`)
}

export function asNumber(value: JsonValue | undefined, param: string): number {
  if (typeof value === 'number') return value
  throw invalid(param, `'${param}' must be a number.`)
}

export function asCount(value: JsonValue | undefined, param: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number
  throw invalid(param, `'${param}' must be a whole number of at least 1.`)
}

/** `{ name: value }` where there is a value. */
export const present = (name: string, value: JsonValue | undefined): JsonObject =>
  value === undefined ? {} : { [name]: value }

/** Warns of every field but the known ones that says anything. */
export function warnOthers(object: JsonObject, known: readonly string[], param: string, warn: Warn): void {
  for (const [name, value] of Object.entries(object)) {
    if (!known.includes(name) && !saysNothing(value)) warn(`${param}.${name} is left out`)
  }
}

/** Absent, off, or empty: leaving it out changes nothing. */
const saysNothing = (value: JsonValue): boolean =>
  value === null ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(saysNothing))
