import type { JsonObject, JsonValue } from '../../core/json.ts'
import { refused, warned, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { countOf, listOf, objectOf, objectsOf, saysNothing } from '../openai-form.ts'
import { convertMessages } from './convert-messages.ts'
import { prepareToolChoice, prepareTools } from './prepare-tools.ts'

/** A request on its way from one form into the other. */
export type Writing = { readonly body: JsonObject; readonly draft: Record<string, JsonValue> }

const translated = (
  becomes: string,
  write: (value: JsonValue, writing: Writing, notes: Notes) => JsonObject | undefined,
): FieldRule<Writing> => ({
  handling: 'translated',
  becomes,
  write(value, writing, notes) {
    Object.assign(writing.draft, write(value, writing, notes))
  },
})

const passed = (name: string, as = name): FieldRule<Writing> => ({
  handling: 'passed',
  becomes: `\`${as}\``,
  write(value, { draft }) {
    draft[as] = value
  },
})

const isOne = (value: JsonValue): boolean => value === 1
const unknown = 'this API does not know it'

/** Every field of a chat completion. */
export const requestFields: FieldRules<Writing> = {
  model: passed('model'),
  messages: translated('`messages`: see below', (value, _writing, notes) => ({
    messages: convertMessages(objectsOf(value), notes),
  })),
  stream: passed('stream'),
  stream_options: translated('nothing: usage always comes', () => ({})),
  max_completion_tokens: passed('max_completion_tokens', 'max_tokens'),
  max_tokens: translated('`max_tokens`, where `max_completion_tokens` does not say it', (value, { body }) =>
    saysNothing(body['max_completion_tokens']) ? { max_tokens: value } : {},
  ),
  tools: translated('`tools`: functions; `strict` of all of them: `strict_tools`', (value, _writing, notes) =>
    prepareTools(value, notes),
  ),
  tool_choice: translated('`tool_choice`: `REQUIRED` or `NONE`; a tool by name: warned', (value, _writing, notes) =>
    prepareToolChoice(value, notes),
  ),
  response_format: translated('`response_format`: `json_object`, with the schema as `json_schema`', (value) => {
    const { type, json_schema: schema } = objectOf(value)
    if (type === 'text') return {}
    return {
      response_format: {
        type: 'json_object',
        ...(type === 'json_schema' && { json_schema: objectOf(schema)['schema'] ?? {} }),
      },
    }
  }),
  reasoning_effort: translated('`thinking`: `none` is off, any other is on', (_value, { body }) => thinkingOf(body)),
  reasoning: translated(
    '`thinking`, with `max_tokens` as its budget; `exclude` keeps reasoning out of the answer',
    (_value, { body }) => thinkingOf(body),
  ),
  temperature: passed('temperature'),
  top_p: passed('top_p', 'p'),
  top_k: passed('top_k', 'k'),
  stop: translated('`stop_sequences`', (value) => ({
    stop_sequences: typeof value === 'string' ? [value] : listOf(value),
  })),
  seed: passed('seed'),
  frequency_penalty: passed('frequency_penalty'),
  presence_penalty: passed('presence_penalty'),
  parallel_tool_calls: warned('parallel_tool_calls', 'the model may call several at once', (value) => value === true),
  n: refused('n', 'the provider gives one answer at a time', isOne),
  modalities: refused('modalities', 'the provider answers in text', (value) =>
    listOf(value).every((each) => each === 'text'),
  ),
  audio: refused('audio', 'the provider answers in text'),
  functions: refused('functions', 'use tools'),
  function_call: refused('function_call', 'use tools', (value) => value === 'none' || value === 'auto'),
  web_search_options: refused('web_search_options', 'the provider does not search'),
  logprobs: warned('logprobs', unknown),
  top_logprobs: warned('top_logprobs', unknown),
  logit_bias: warned('logit_bias', unknown),
  prediction: warned('prediction', unknown),
  verbosity: warned('verbosity', unknown),
  service_tier: warned('service_tier', unknown, (value) => value === 'auto' || value === 'default'),
  user: warned('user', unknown),
  safety_identifier: warned('safety_identifier', unknown),
  metadata: warned('metadata', unknown),
  store: warned('store', 'the provider keeps no answers'),
  cache_control: warned('cache_control', unknown),
  prompt_cache_key: warned('prompt_cache_key', unknown),
}

function thinkingOf(body: JsonObject): JsonObject {
  const { effort, enabled, max_tokens: budget } = objectOf(body['reasoning'])
  const level = body['reasoning_effort'] ?? effort
  if (level === 'none' || (enabled === false && level === undefined)) return { thinking: { type: 'disabled' } }
  const tokens = countOf(budget)
  return { thinking: { type: 'enabled', ...(tokens > 0 && { token_budget: tokens }) } }
}
