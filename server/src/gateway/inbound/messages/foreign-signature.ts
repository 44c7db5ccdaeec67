import { isObject, parseJson, type JsonObject } from '../../../core/json.ts'

/** Begins what a provider other than Anthropic has signed or encrypted, as callers of this API see it. */
const mark = 'rp1.'
const ownFormat = 'anthropic-claude-v1'

/** Whose an entry of `reasoning_details` is, and of which tool call. */
type Origin = { readonly format?: string; readonly id?: string }

/**
 * A signature, or encrypted thinking, as a text of this API, whose blocks have no place for where it came from: another
 * provider's carries that inside, so that it finds its way back, and goes nowhere else when the model is changed.
 */
export function wrapForeign(value: string, { format, id }: JsonObject): string {
  if (typeof format !== 'string' || format === ownFormat) return value
  const origin: Origin = { format, ...(typeof id === 'string' && { id }) }
  return `${mark}${Buffer.from(JSON.stringify(origin)).toString('base64url')}.${value}`
}

/** What was wrapped, with where it came from; anything else as it is. */
export function unwrapForeign(text: string): { readonly value: string; readonly origin: Origin } {
  const end = text.indexOf('.', mark.length)
  if (!text.startsWith(mark) || end === -1) return { value: text, origin: {} }
  const origin = parseJson(Buffer.from(text.slice(mark.length, end), 'base64url').toString('utf8'))
  if (!isObject(origin) || typeof origin['format'] !== 'string') return { value: text, origin: {} }
  const { format, id } = origin
  return { value: text.slice(end + 1), origin: { format, ...(typeof id === 'string' && { id }) } }
}
