import { isObject, parseJson, type JsonObject, type JsonValue } from '../../../core/json.ts'

/** Tells our own from what other servers have encrypted. */
const mark = 'rpr1.'

/**
 * Reasoning as the text that callers keep in `encrypted_content` and give back. It is the provider's own entries of
 * `reasoning_details`, signatures and encrypted parts included; nothing in it is secret to its caller.
 */
export const sealReasoning = (details: readonly JsonObject[]): string =>
  mark + Buffer.from(JSON.stringify(details)).toString('base64url')

/** What was sealed here; `undefined` for any other text. */
export function unsealReasoning(sealed: string): readonly JsonObject[] | undefined {
  if (!sealed.startsWith(mark)) return undefined
  const details: JsonValue | undefined = parseJson(Buffer.from(sealed.slice(mark.length), 'base64url').toString('utf8'))
  return Array.isArray(details) && (details as readonly JsonValue[]).every(isObject)
    ? (details as readonly JsonObject[])
    : undefined
}
