/** What Google calls a filter's work. */
const filtered: ReadonlySet<string> = new Set([
  ...['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'MODEL_ARMOR'],
  ...['IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION'],
])

/** The model did what cannot be handed on: another try may do better. */
const failed: ReadonlySet<string> = new Set([
  ...['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MISSING_THOUGHT_SIGNATURE'],
  ...['MALFORMED_RESPONSE', 'NO_IMAGE', 'IMAGE_OTHER'],
])

export type Finish = { readonly kind: 'finished'; readonly reason: string } | { readonly kind: 'failed' }

/** Google's finish reason as OpenAI's. One that we do not know ends an answer that says something, and fails one that does not. */
export function mapFinishReason(native: string, saw: { readonly content: boolean; readonly tools: boolean }): Finish {
  if (native === 'STOP') return { kind: 'finished', reason: saw.tools ? 'tool_calls' : 'stop' }
  if (native === 'MAX_TOKENS') return { kind: 'finished', reason: 'length' }
  if (filtered.has(native)) return { kind: 'finished', reason: 'content_filter' }
  if (failed.has(native) || !saw.content) return { kind: 'failed' }
  return { kind: 'finished', reason: 'stop' }
}
