import type { JsonObject, JsonValue } from '../../core/json.ts'

const finishReasons: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
])

/** How a choice ended: OpenAI's word, and Cohere's beside it. */
export const mapFinishReason = (reason: JsonValue | undefined): JsonObject => ({
  finish_reason: finishReasons.get(reason) ?? 'stop',
  native_finish_reason: reason ?? null,
})

/** The reasons that are none: the model broke down. */
export const isFailure = (reason: JsonValue | undefined): boolean => reason === 'ERROR' || reason === 'TIMEOUT'
