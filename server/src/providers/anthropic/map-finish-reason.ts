import type { JsonObject, JsonValue } from '../../core/json.ts'

const finishReasons: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
])

/** How a choice ended: OpenAI's word, the provider's own beside it, and the stop sequence that was met. */
export function mapFinishReason({ stop_reason: reason, stop_sequence: met }: JsonObject): JsonObject {
  return {
    finish_reason: finishReasons.get(reason) ?? 'stop',
    native_finish_reason: reason ?? null,
    ...(typeof met === 'string' && { stop_sequence: met }),
  }
}
