import type { JsonObject, JsonValue } from '../../core/json.ts'

/** Notes what is left out of a request: a sentence that names the field. */
export type LeaveOut = (sentence: string) => void

/** A part of a request that cannot be left out, and that this API has no word for. Its message names the field. */
export class CannotSayError extends Error {}

/** What is there and says something: neither absent nor `null`. */
export const given = (object: JsonObject, name: string): JsonValue | undefined => object[name] ?? undefined
