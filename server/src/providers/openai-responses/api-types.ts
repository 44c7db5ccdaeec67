/** OpenAI's Responses API, as far as a chat completion can be said in it. */
import type { JsonObject, JsonValue } from '../../core/json.ts'

/** A request on its way: `instructions`, `input` and whatever else its fields have come to. */
export type Draft = Record<string, JsonValue> & { input: readonly JsonObject[] }

/** The name by which `reasoning_details` tell whose they are. */
export const reasoningFormat = 'openai-responses-v1'

/** Less than this is refused. */
export const outputTokensMin = 16
