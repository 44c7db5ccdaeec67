import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'

/** Reads what was written down freely and may be anything by now; what is not of the kind that is asked for is nothing. */
export const textOf = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null)

export const numberOf = (value: JsonValue | undefined): number | null => (typeof value === 'number' ? value : null)

export const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
