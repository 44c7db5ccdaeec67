import { AppError } from '../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'

export const invalid = (param: string, message: string): AppError => new AppError('invalid_request', { message, param })

/** A field that is there; `null` means absent, as OpenAI has it. */
export const given = (body: JsonObject, name: string): JsonValue | undefined => body[name] ?? undefined

/** A number within bounds, or `undefined` when absent; anything else is refused. */
export function readNumber(body: JsonObject, name: string, min: number, max: number): number | undefined {
  const value = given(body, name)
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalid(name, `${name} must be a number from ${min} to ${max}.`)
  }
  return value
}

/** A whole number within bounds, or `undefined` when absent; anything else is refused. */
export function readInteger(body: JsonObject, name: string, min: number, max: number): number | undefined {
  const value = readNumber(body, name, min, max)
  if (value !== undefined && !Number.isInteger(value)) throw invalid(name, `${name} must be a whole number.`)
  return value
}

/** What a built-in model does with a request field: uses it, may pass over it, or serves only its neutral values. */
export type FieldRules = {
  readonly used: ReadonlySet<string>
  /** Fields that never change what is written, such as `user` and `metadata`. */
  readonly passedOver: ReadonlySet<string>
  readonly neutral: ReadonlyMap<string, (value: JsonValue) => boolean>
}

/** Refuses every field that would be ignored though it means something: nobody gets an answer to another question. */
export function refuseUnserved(body: JsonObject, rules: FieldRules, model: string): void {
  for (const name of Object.keys(body)) {
    const value = given(body, name)
    if (value === undefined || rules.used.has(name) || rules.passedOver.has(name)) continue
    if (rules.neutral.get(name)?.(value) === true) continue
    const wanted = rules.neutral.has(name) ? `only the default of ${name}` : `no ${name}`
    throw invalid(name, `The built-in model ${model} supports ${wanted}.`)
  }
}
