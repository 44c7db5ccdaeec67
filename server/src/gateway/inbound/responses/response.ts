import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { unitsOf } from '../../usage.ts'
import type { AnswerFacts } from '../types.ts'

/** How a response stands: still being written, or how it ended. */
export type Standing = {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly reason?: string
  readonly error?: JsonObject
  readonly output: readonly JsonObject[]
  readonly usage?: JsonValue | undefined
  readonly serviceTier?: JsonValue | undefined
}

const incompleteReasons: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
])

/** How a choice ended that was not broken off. */
export function endOf(finishReason: JsonValue | undefined): Pick<Standing, 'status' | 'reason'> {
  const reason = incompleteReasons.get(finishReason)
  return reason === undefined ? { status: 'completed' } : { status: 'incomplete', reason }
}

/** The parts of ids that make them unique: the generation's, without its dashes. */
export const idStem = ({ generationId }: Pick<AnswerFacts, 'generationId'>): string =>
  generationId.replace(/^gen-/, '').replaceAll('-', '')

/** Writes the response object, with everything that was asked given back as the API does. */
export function openResponse(facts: AnswerFacts): (standing: Standing) => JsonObject {
  const head = {
    id: `resp_${idStem(facts)}`,
    object: 'response',
    created_at: seconds(facts.createdAtMs),
  }
  const asked = askedOf(facts)
  return ({ status, reason, error, output, usage, serviceTier }) => ({
    ...head,
    status,
    background: false,
    completed_at: status === 'completed' ? seconds(facts.nowMs()) : null,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    model: facts.model,
    output,
    ...asked,
    ...(typeof serviceTier === 'string' && { service_tier: serviceTier }),
    usage: usage === undefined ? null : responseUsage(usage),
  })
}

const seconds = (ms: number): number => Math.floor(ms / 1_000)

/** The request's settings as an answer tells them: the API's defaults where the caller gave none. */
function askedOf({ asked, isStored }: AnswerFacts): JsonObject {
  const given = (name: string, usual: JsonValue): JsonValue => asked[name] ?? usual
  const text = isObject(asked['text']) ? asked['text'] : {}
  const reasoning = isObject(asked['reasoning']) ? asked['reasoning'] : {}
  const tools = given('tools', [])
  return {
    access_programs: null,
    instructions: given('instructions', null),
    max_output_tokens: given('max_output_tokens', null),
    max_tool_calls: given('max_tool_calls', null),
    parallel_tool_calls: given('parallel_tool_calls', true),
    previous_response_id: given('previous_response_id', null),
    prompt_cache_key: given('prompt_cache_key', null),
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: given('safety_identifier', null),
    service_tier: 'default',
    store: isStored,
    temperature: given('temperature', 1),
    text: { format: text['format'] ?? { type: 'text' }, verbosity: text['verbosity'] ?? 'medium' },
    tool_choice: given('tool_choice', 'auto'),
    tools: Array.isArray(tools) ? (tools as readonly JsonValue[]).map(toldTool) : [],
    top_logprobs: given('top_logprobs', 0),
    top_p: given('top_p', 1),
    presence_penalty: given('presence_penalty', 0),
    frequency_penalty: given('frequency_penalty', 0),
    truncation: 'disabled',
    user: given('user', null),
    metadata: given('metadata', {}),
  }
}

const toldTool = (tool: JsonValue): JsonValue =>
  isObject(tool) && tool['type'] === 'function' ? { description: null, parameters: null, strict: null, ...tool } : tool

/** OpenAI counts cached tokens inside `input_tokens`, reasoning inside `output_tokens`; the cost is ours. */
function responseUsage(usage: JsonValue): JsonObject {
  const units = unitsOf(usage) ?? {}
  const { input = 0, cached_input: cached = 0, cache_write: cacheWrite = 0, audio_input: audioIn = 0 } = units
  const { output = 0, reasoning = 0, audio_output: audioOut = 0 } = units
  const inputTokens = input + cached + cacheWrite + audioIn
  const outputTokens = output + reasoning + audioOut
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: inputTokens + outputTokens,
    ...ownFigures(usage),
  }
}

function ownFigures(usage: JsonValue): JsonObject {
  if (!isObject(usage)) return {}
  const figures = ['cost', 'cost_credits', 'usage_source'].map((name) => [name, usage[name]] as const)
  return Object.fromEntries(figures.filter((figure): figure is [string, JsonValue] => figure[1] !== undefined))
}
