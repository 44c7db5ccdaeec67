import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { unitsOf } from '../../usage.ts'
import type { AnswerFacts } from '../types.ts'
import { listOf } from '../reasoning.ts'

/** The message object around its content, as an answer and as the first event of a stream have it. */
export const messageHead = (facts: Pick<AnswerFacts, 'generationId' | 'model'>) => ({
  id: messageId(facts),
  type: 'message',
  role: 'assistant',
  model: facts.model,
})

/** `msg_` and the generation's id, without its dashes. */
const messageId = ({ generationId }: Pick<AnswerFacts, 'generationId'>): string =>
  `msg_${generationId.replace(/^gen-/, '').replaceAll('-', '')}`

export type Stop = {
  readonly stop_reason: string
  readonly stop_sequence: string | null
  readonly stop_details: JsonObject | null
}

const stopReasons: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'refusal'],
])

/** What OpenAI has no word for, where a provider that speaks this API itself tells it. */
const ownReasons: ReadonlySet<JsonValue | undefined> = new Set(['pause_turn', 'model_context_window_exceeded'])

/**
 * Why a choice ended. Which stop sequence it met is known where the provider tells it, as vLLM does in `stop_reason`.
 * Some say `stop` after calling tools: the tools are to be run all the same.
 */
export function stopOf(
  choice: JsonObject,
  facts: Pick<AnswerFacts, 'asked'>,
  saw: { tools: boolean; refusal: boolean },
): Stop {
  const finish = choice['finish_reason']
  const met = choice['stop_sequence'] ?? choice['stop_reason']
  const native = choice['native_finish_reason']
  if (finish === 'stop' && typeof met === 'string' && listOf(facts.asked['stop_sequences']).includes(met))
    return { stop_reason: 'stop_sequence', stop_sequence: met, stop_details: null }
  const usual = saw.tools ? 'tool_use' : saw.refusal ? 'refusal' : 'end_turn'
  const reason = ownReasons.has(native) ? (native as string) : (stopReasons.get(finish) ?? usual)
  return { stop_reason: reason, stop_sequence: null, stop_details: reason === 'refusal' ? refusal : null }
}

const refusal = { type: 'refusal', category: null, explanation: null }

/** Anthropic counts cached tokens beside `input_tokens`, OpenAI inside; the cost is ours. */
export function messageUsage(usage: JsonValue | undefined): JsonObject {
  const units = unitsOf(usage) ?? {}
  const { reasoning = 0 } = units
  return {
    input_tokens: (units.input ?? 0) + (units.audio_input ?? 0),
    cache_creation_input_tokens: units.cache_write ?? 0,
    cache_read_input_tokens: units.cached_input ?? 0,
    output_tokens: (units.output ?? 0) + reasoning + (units.audio_output ?? 0),
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...ownFigures(usage),
  }
}

function ownFigures(usage: JsonValue | undefined): JsonObject {
  if (!isObject(usage)) return {}
  const figures = ['cost', 'cost_credits', 'usage_source'].map((name) => [name, usage[name]] as const)
  return Object.fromEntries(figures.filter((figure): figure is [string, JsonValue] => figure[1] !== undefined))
}

/** The content blocks as a stream opens them; whole ones have the rest besides. */
export const emptyBlock = {
  text: { type: 'text', text: '', citations: null },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  toolUse: (id: string, name: string) => ({ type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } }),
  redacted: (data: string) => ({ type: 'redacted_thinking', data }),
} as const
