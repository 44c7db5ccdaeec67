import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'

/** Notes what is left out of a request: a sentence that names the field. */
export type LeaveOut = (sentence: string) => void

/** A part of a request that cannot be left out, and that this API has no word for. Its message names the field. */
export class CannotSayError extends Error {}

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : []

export const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

export const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** What is there and says something: neither absent nor `null`. */
export const given = (object: JsonObject, name: string): JsonValue | undefined => object[name] ?? undefined
