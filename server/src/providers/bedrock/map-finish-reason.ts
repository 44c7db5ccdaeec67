import type { JsonObject, JsonValue } from '../../core/json.ts'
import { objectOf } from '../openai-form.ts'

const finishReasons: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['refusal', 'content_filter'],
])

/** How a choice ended: OpenAI's word, the provider's own beside it, and the stop sequence where the model tells it. */
export function mapFinishReason({ stopReason, additionalModelResponseFields: more }: JsonObject): JsonObject {
  const met = objectOf(more)['stop_sequence']
  return {
    finish_reason: finishReasons.get(stopReason) ?? 'stop',
    native_finish_reason: stopReason ?? null,
    ...(typeof met === 'string' && { stop_sequence: met }),
  }
}
