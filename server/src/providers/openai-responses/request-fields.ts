import type { JsonObject, JsonValue } from '../../core/json.ts'
import { refused, warned, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { countOf, listOf, objectOf, objectsOf, saysNothing } from '../openai-form.ts'
import { outputTokensMin, type Draft } from './api-types.ts'
import { convertMessages } from './convert-messages.ts'
import { prepareReasoning } from './prepare-reasoning.ts'
import { prepareToolChoice, prepareTools } from './prepare-tools.ts'

/** A request on its way from one form into the other. */
export type Writing = { readonly body: JsonObject; readonly draft: Draft }

const translated = (
  becomes: string,
  write: (value: JsonValue, writing: Writing, notes: Notes) => void,
): FieldRule<Writing> => ({ handling: 'translated', becomes, write })

const passed = (name: string): FieldRule<Writing> => ({
  handling: 'passed',
  becomes: `\`${name}\``,
  write(value, { draft }) {
    draft[name] = value
  },
})

const isOne = (value: JsonValue): boolean => value === 1
const unknown = 'this API does not know it'

/** Every field of a chat completion. */
export const requestFields: FieldRules<Writing> = {
  model: passed('model'),
  messages: translated('`instructions` and `input`: see below', (value, { draft }, notes) => {
    const { instructions, input } = convertMessages(objectsOf(value), notes)
    if (instructions !== '') draft['instructions'] = instructions
    draft.input = input
  }),
  stream: passed('stream'),
  stream_options: translated(
    '`include_usage`: nothing, usage always comes; `include_obfuscation`: the same',
    (value, { draft }) => {
      const { include_obfuscation: obfuscation } = objectOf(value)
      if (obfuscation !== undefined) draft['stream_options'] = { include_obfuscation: obfuscation }
    },
  ),
  max_completion_tokens: translated('`max_output_tokens`; below 16: 16, warned', writeOutputTokensMax),
  max_tokens: translated('the same, where `max_completion_tokens` does not say it', (value, writing, notes) => {
    if (saysNothing(writing.body['max_completion_tokens'])) writeOutputTokensMax(value, writing, notes)
  }),
  tools: translated(
    '`tools`: functions (`strict` only where it is asked for) and custom tools; others: refused',
    (value, { draft }, notes) => {
      const tools = prepareTools(value, notes)
      if (tools.length > 0) draft['tools'] = tools
    },
  ),
  tool_choice: translated('`tool_choice`', (value, { draft }) => {
    draft['tool_choice'] = prepareToolChoice(value)
  }),
  parallel_tool_calls: passed('parallel_tool_calls'),
  response_format: translated('`text.format`', (value, { draft }) => {
    const { type, json_schema: schema } = objectOf(value)
    const format = type === 'json_schema' ? { type, ...objectOf(schema) } : objectOf(value)
    draft['text'] = { ...objectOf(draft['text']), format }
  }),
  verbosity: translated('`text.verbosity`', (value, { draft }) => {
    draft['text'] = { ...objectOf(draft['text']), verbosity: value }
  }),
  reasoning_effort: translated('`reasoning.effort`', writeReasoning),
  reasoning: translated(
    '`reasoning`: `effort`, and a `summary`, `auto` unless said; `max_tokens` as a level of effort, warned; `exclude` keeps reasoning out of the answer',
    writeReasoning,
  ),
  logprobs: translated('`include: message.output_text.logprobs`', (value, { draft }) => {
    if (value === true) draft['include'] = [...listOf(draft['include']), 'message.output_text.logprobs']
  }),
  top_logprobs: passed('top_logprobs'),
  temperature: passed('temperature'),
  top_p: passed('top_p'),
  store: translated('`store`, `false` unless said', (value, { draft }) => {
    draft['store'] = value
  }),
  metadata: passed('metadata'),
  user: passed('user'),
  safety_identifier: passed('safety_identifier'),
  prompt_cache_key: passed('prompt_cache_key'),
  prompt_cache_retention: passed('prompt_cache_retention'),
  service_tier: translated(
    '`service_tier`; `priority` and `scale`, which have prices of their own: warned',
    (value, { draft }, notes) => {
      if (value === 'priority' || value === 'scale')
        notes.leaveOut(`service_tier ${value}`, 'it has prices of its own, which are not charged here')
      else draft['service_tier'] = value
    },
  ),
  truncation: passed('truncation'),
  n: refused('n', 'this API gives one answer at a time', isOne),
  modalities: refused('modalities', 'this API answers in text', (value) =>
    listOf(value).every((each) => each === 'text'),
  ),
  audio: refused('audio', 'this API answers in text'),
  functions: refused('functions', 'use tools'),
  function_call: refused('function_call', 'use tools', (value) => value === 'none' || value === 'auto'),
  web_search_options: refused('web_search_options', 'searches are paid apart, and have no price here'),
  stop: warned('stop', unknown),
  frequency_penalty: warned('frequency_penalty', unknown),
  presence_penalty: warned('presence_penalty', unknown),
  logit_bias: warned('logit_bias', unknown),
  seed: warned('seed', unknown, () => false),
  prediction: warned('prediction', unknown),
  top_k: warned('top_k', unknown),
  cache_control: warned('cache_control', 'the provider caches by itself'),
}

function writeOutputTokensMax(value: JsonValue, { draft }: Writing, notes: Notes): void {
  const asked = countOf(value)
  if (asked === 0) return
  if (asked < outputTokensMin)
    notes.leaveOut(`a bound of less than ${outputTokensMin} tokens`, `${outputTokensMin} is the least here`)
  draft['max_output_tokens'] = Math.max(asked, outputTokensMin)
}

function writeReasoning(_value: JsonValue, { body, draft }: Writing, notes: Notes): void {
  const reasoning = prepareReasoning(body, notes)
  if (Object.keys(reasoning).length > 0) draft['reasoning'] = reasoning
}
