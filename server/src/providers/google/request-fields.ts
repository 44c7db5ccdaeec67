import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Place } from './api-types.ts'
import type { ModelTraits } from './model-traits.ts'
import { listOf, objectOf, saysNothing } from '../openai-form.ts'
import { CannotSayError, type LeaveOut } from './reading.ts'

/** What a field of a chat completion is written with. */
export type Writing = {
  readonly place: Place
  readonly traits: ModelTraits
  readonly leaveOut: LeaveOut
}

/** What becomes of a field of a chat completion, told and done. Absent fields and `null` are not written. */
export type FieldRule = {
  readonly handling: 'passed' | 'translated' | 'warned' | 'refused'
  /** For the reference: what stands in the request to Google instead, or why nothing does. */
  readonly becomes: string
  /** What it adds to `generationConfig`; absent: it is written elsewhere, or nothing is to be said. */
  readonly config?: (value: JsonValue, writing: Writing) => JsonObject
  /** What it adds to the request itself. */
  readonly request?: (value: JsonValue, writing: Writing) => JsonObject
}

const config = (name: string): FieldRule => ({
  handling: 'passed',
  becomes: `\`generationConfig.${name}\``,
  config: (value) => ({ [name]: value }),
})

const elsewhere = (becomes: string): FieldRule => ({ handling: 'translated', becomes })

const warned = (field: string, why: string): FieldRule => ({
  handling: 'warned',
  becomes: why,
  config(value, { leaveOut }) {
    if (!saysNothing(value)) leaveOut(`${field} is left out: ${why}`)
    return {}
  },
})

const refused = (field: string, why: string): FieldRule => ({
  handling: 'refused',
  becomes: why,
  config(value) {
    if (!saysNothing(value)) throw new CannotSayError(`'${field}' is not possible at Google: ${why}.`)
    return {}
  },
})

const penalty = (field: string, name: string): FieldRule => ({
  handling: 'passed',
  becomes: `\`generationConfig.${name}\`; of Gemini 2.5, which refuses it but at Vertex AI: warned`,
  config(value, { place, traits, leaveOut }) {
    if (traits.takesPenalties || place === 'vertex') return { [name]: value }
    if (value !== 0) leaveOut(`${field} is left out: the model does not take it`)
    return {}
  },
})

const schema =
  '`generationConfig.responseMimeType`, `responseJsonSchema`; beside tools before Gemini 3: asked for in words, warned'

/** Every field of a chat completion that is known. A field that is not here is left out with a warning. */
export const requestFields: Readonly<Record<string, FieldRule>> = {
  model: elsewhere('the path'),
  messages: elsewhere('`systemInstruction`, `contents`: see below'),
  stream: elsewhere('the path: `generateContent` or `streamGenerateContent`'),
  stream_options: elsewhere('nothing: the usage always comes'),
  max_tokens: config('maxOutputTokens'),
  max_completion_tokens: config('maxOutputTokens'),
  temperature: config('temperature'),
  top_p: config('topP'),
  top_k: config('topK'),
  n: config('candidateCount'),
  seed: config('seed'),
  stop: {
    handling: 'translated',
    becomes: '`generationConfig.stopSequences`',
    config: (value) => ({ stopSequences: typeof value === 'string' ? [value] : value }),
  },
  presence_penalty: penalty('presence_penalty', 'presencePenalty'),
  frequency_penalty: penalty('frequency_penalty', 'frequencyPenalty'),
  logprobs: {
    handling: 'translated',
    becomes: '`generationConfig.responseLogprobs`',
    config: (value) => (value === true ? { responseLogprobs: true } : {}),
  },
  top_logprobs: {
    handling: 'translated',
    becomes: '`generationConfig.logprobs`',
    config: (value) => (value === 0 ? {} : { logprobs: value }),
  },
  response_format: elsewhere(schema),
  tools: elsewhere('`tools`: function declarations, schemas as `parametersJsonSchema`; any other tool: refused'),
  tool_choice: elsewhere('`toolConfig.functionCallingConfig`; with strict tools its mode is `VALIDATED`'),
  parallel_tool_calls: elsewhere('nothing; `false`: warned, for the model may call several at once'),
  functions: elsewhere('as `tools`'),
  function_call: elsewhere('as `tool_choice`'),
  reasoning_effort: elsewhere('`generationConfig.thinkingConfig`: see below'),
  reasoning: elsewhere('`generationConfig.thinkingConfig`: see below'),
  extra_body: {
    handling: 'translated',
    becomes:
      "`google.thinking_config`, as Google's layer for OpenAI's clients has it: see below; anything else: warned",
    config: tellExtras,
  },
  modalities: {
    handling: 'translated',
    becomes: '`generationConfig.responseModalities` for text and image; audio: refused',
    config: writeModalities,
  },
  safety_settings: {
    handling: 'passed',
    becomes: '`safetySettings`, as Google has them',
    request: (value) => ({ safetySettings: value }),
  },
  service_tier: {
    handling: 'translated',
    becomes: '`auto` and `default`: nothing; any other, which has its own prices: warned',
    config(value, { leaveOut }) {
      if (value !== 'auto' && value !== 'default') leaveOut('service_tier is left out: it has its own prices')
      return {}
    },
  },
  cache_control: warned('cache_control', 'Google caches prompts unasked'),
  user: elsewhere('nothing: it stands in the receipt'),
  metadata: elsewhere('nothing: it stands in the receipt'),
  safety_identifier: warned('safety_identifier', 'Google is not told who asks'),
  store: warned('store', 'Google keeps no answers'),
  logit_bias: warned('logit_bias', 'it has no word there'),
  verbosity: warned('verbosity', 'it has no word there'),
  prediction: warned('prediction', 'it has no word there'),
  audio: refused('audio', 'no speech is asked for here'),
  web_search_options: refused('web_search_options', 'searches have a price of their own, which is not charged here'),
  prompt_cache_key: warned('prompt_cache_key', 'Google caches prompts unasked'),
}

/** The thinking in it is read with all that is asked of thinking. */
function tellExtras(value: JsonValue, { leaveOut }: Writing): JsonObject {
  const { google, ...others } = objectOf(value)
  const { thinking_config: _thinking, ...unsaid } = objectOf(google)
  for (const [name, extra] of Object.entries({ ...others, ...unsaid }))
    if (!saysNothing(extra)) leaveOut(`${name.slice(0, 100)} of extra_body is left out: it has no word there`)
  return {}
}

function writeModalities(value: JsonValue): JsonObject {
  const names = listOf(value)
  if (names.some((name) => name !== 'text' && name !== 'image'))
    throw new CannotSayError("'modalities' may be text and image here.")
  return names.includes('image') ? { responseModalities: names.map((name) => (name as string).toUpperCase()) } : {}
}
