import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'

/** What a request may ask of a model in a number, a switch or a word; anything longer could be what somebody wrote. */
const keptNames = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'verbosity',
  'parallel_tool_calls',
  'tool_choice',
  'service_tier',
  'dimensions',
  'encoding_format',
  'top_n',
] as const

const word = /^[a-z0-9_.-]{1,40}$/i

/** The parameters of a request that its receipt keeps. */
export function keptParameters(asked: JsonObject): JsonObject | undefined {
  const kept: Record<string, JsonValue> = {}
  for (const name of keptNames) {
    const value = asked[name]
    if (value !== undefined && isShort(value)) kept[name] = value
  }
  const format = isObject(asked['response_format']) ? asked['response_format']['type'] : undefined
  if (format !== undefined && isShort(format)) kept['response_format'] = format
  if (Array.isArray(asked['tools'])) kept['tools'] = asked['tools'].length
  if (Array.isArray(asked['messages'])) kept['messages'] = asked['messages'].length
  return Object.keys(kept).length > 0 ? kept : undefined
}

const isShort = (value: JsonValue): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && word.test(value))
