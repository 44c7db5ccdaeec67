import type { JsonObject, JsonValue } from '../../core/json.ts'
import { readElsewhere, warned, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { countOf, listOf, objectOf, objectsOf, readAllowedTools, saysNothing, textOf } from '../openai-form.ts'
import type { Draft } from './api-types.ts'
import { convertMessages } from './convert-messages.ts'
import { fitSchema } from './fit-schema.ts'
import type { ModelTraits } from './model-traits.ts'
import { effortOf, opensWithoutThinking, prepareThinking } from './prepare-thinking.ts'
import { unsaidSettings } from '../unsaid-settings.ts'
import { prepareToolChoice, prepareTools, toolsInUse } from './prepare-tools.ts'

/** A request on its way from one form into the other. */
export type Writing = { readonly body: JsonObject; readonly draft: Draft; readonly traits: ModelTraits }

const translated = (
  becomes: string,
  write: (value: JsonValue, writing: Writing, notes: Notes) => void,
): FieldRule<Writing> => ({ handling: 'translated', becomes, write })

const passed = (name: keyof Draft, write: FieldRule<Writing>['write']): FieldRule<Writing> => ({
  handling: 'passed',
  becomes: `\`${name}\``,
  write,
})

/** Every field of a chat completion. Later rows may depend on what earlier ones have written. */
export const requestFields: FieldRules<Writing> = {
  model: passed('model', () => undefined),
  messages: translated('`system` and `messages`: see below', (value, { draft, traits }, notes) => {
    const { system, turns } = convertMessages(objectsOf(value), traits, notes)
    draft.messages = turns
    if (system.length > 0) draft.system = system
  }),
  stream: passed('stream', (value, { draft }) => {
    if (value === true) draft.stream = true
  }),
  stream_options: readElsewhere('nothing: usage always comes'),
  max_completion_tokens: translated(
    "`max_tokens`; without a bound the model's own, for the API demands one",
    (value, { draft }) => {
      draft.max_tokens = countOf(value) || draft.max_tokens
    },
  ),
  max_tokens: translated('`max_tokens`, where `max_completion_tokens` does not say it', (value, { body, draft }) => {
    if (saysNothing(body['max_completion_tokens'])) draft.max_tokens = countOf(value) || draft.max_tokens
  }),
  tools: translated(
    '`tools`: functions; `strict` where the model can be held to a schema, else warned; other kinds: refused',
    (value, { draft, traits }, notes) => {
      const tools = prepareTools(value, traits, notes)
      if (tools.length > 0) draft.tools = tools
    },
  ),
  tool_choice: translated(
    '`tool_choice`: `auto`, `none`, `any` or `tool`; of a list of allowed ones the others are not told',
    writeToolChoice,
  ),
  parallel_tool_calls: translated('`tool_choice.disable_parallel_tool_use`', (value, { draft }) => {
    const choice = draft.tool_choice ?? { type: 'auto' }
    if (value === false && draft.tools && choice['type'] !== 'none')
      draft.tool_choice = { ...choice, disable_parallel_tool_use: true }
  }),
  response_format: translated(
    '`output_config.format` for a JSON schema where the model can be held to one; `json_object`: warned',
    writeResponseFormat,
  ),
  verbosity: translated(
    '`output_config.effort` where the model knows it, else warned',
    (value, { draft, traits }, notes) => {
      if (traits.efforts.length === 0) notes.leaveOut('verbosity', 'this model does not know it')
      else draft.output_config = { ...draft.output_config, effort: effortOf(textOf(value), traits.efforts) }
    },
  ),
  reasoning_effort: translated(
    '`thinking`: a share of `max_tokens` as budget, or `adaptive` with `output_config.effort`, as the model takes it',
    writeThinking,
  ),
  reasoning: translated(
    'the same; `max_tokens` is the budget; `exclude` keeps thinking out of the answer',
    writeThinking,
  ),
  temperature: translated(
    '`temperature`; above 1: 1, warned; with thinking, and for models that take none: warned',
    writeTemperature,
  ),
  top_p: translated('`top_p`; where thinking, `temperature` or the model stands against it: warned', writeTopP),
  top_k: translated(
    '`top_k`; where thinking or the model stands against it: warned',
    (value, { draft, traits }, notes) => {
      if (!traits.takesSampling) notes.leaveOut('top_k', 'this model does not take it')
      else if (thinks(draft)) notes.leaveOut('top_k', 'it does not go together with thinking')
      else if (countOf(value) > 0) draft.top_k = countOf(value)
    },
  ),
  stop: translated('`stop_sequences`; blank ones: warned', (value, { draft }, notes) => {
    const stops = (typeof value === 'string' ? [value] : listOf(value)).map(textOf)
    const said = stops.filter((stop) => stop.trim() !== '')
    if (said.length < stops.length) notes.leaveOut('a blank stop', 'the provider refuses it')
    if (said.length > 0) draft.stop_sequences = said
  }),
  user: translated('`metadata.user_id`', (value, { draft }) => {
    if (textOf(value) !== '') draft.metadata = { user_id: textOf(value) }
  }),
  safety_identifier: translated('`metadata.user_id`, where `user` does not say it', (value, { draft }) => {
    if (textOf(value) !== '') draft.metadata ??= { user_id: textOf(value) }
  }),
  cache_control: translated('`cache_control`; its `ttl` but `5m`: warned', (value, { draft }) => {
    draft.cache_control = value
  }),
  service_tier: translated(
    '`auto`: nothing, it is the default; `default`: `standard_only`; else warned',
    (value, { draft }, notes) => {
      if (value === 'default') draft.service_tier = 'standard_only'
      else if (value !== 'auto') notes.leaveOut('service_tier', 'the provider knows auto and default')
    },
  ),
  ...unsaidSettings,
  prompt_cache_key: warned('prompt_cache_key', 'the provider caches what `cache_control` marks'),
  prompt_cache_retention: warned('prompt_cache_retention', 'the provider caches what `cache_control` marks'),
  metadata: readElsewhere('nothing: it stands in the receipt'),
}

function writeToolChoice(value: JsonValue, { draft }: Writing, notes: Notes): void {
  const allowed = readAllowedTools(value)
  const tools = draft.tools?.filter(({ name }) => !allowed || allowed.names.includes(textOf(name))) ?? []
  if (tools.length === 0) delete draft.tools
  else draft.tools = tools
  const choice = prepareToolChoice(allowed?.mode ?? value, notes)
  if (choice && draft.tools) draft.tool_choice = choice
}

function writeThinking(_: JsonValue, { draft, body, traits }: Writing, notes: Notes): void {
  const choice = draft.tool_choice?.['type']
  const { thinking, effort } = prepareThinking(
    body,
    {
      traits,
      maxTokens: draft.max_tokens,
      forcesCall: choice === 'any' || choice === 'tool',
      opensWithoutThinking: opensWithoutThinking(draft.messages),
    },
    notes,
  )
  if (thinking) draft.thinking = thinking
  if (effort !== undefined) draft.output_config = { ...draft.output_config, effort }
}

const thinks = ({ thinking }: Draft): boolean => thinking !== undefined && thinking.type !== 'disabled'

function writeResponseFormat(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  const format = objectOf(value)
  if (format['type'] === 'text') return
  if (format['type'] !== 'json_schema')
    return notes.leaveOut(
      `response_format ${textOf(format['type'])}`,
      'the provider holds answers to a JSON schema alone',
    )
  if (!traits.takesSchemas) return notes.leaveOut('response_format', 'this model cannot be held to a schema')
  const schema = objectOf(objectOf(format['json_schema'])['schema'])
  draft.output_config = {
    ...draft.output_config,
    format: { type: 'json_schema', schema: fitSchema(schema, 'response_format', notes) },
  }
}

function writeTemperature(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  if (typeof value !== 'number' || value === 1) return
  if (!traits.takesSampling) return notes.leaveOut('temperature', 'this model does not take it')
  if (thinks(draft)) return notes.leaveOut('temperature', 'it does not go together with thinking')
  if (value > 1) notes.leaveOut('temperature above 1', 'the provider goes up to 1, which is used')
  draft.temperature = Math.min(value, 1)
}

/** With thinking the API takes no less. */
const topPMinThinking = 0.95

function writeTopP(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  if (typeof value !== 'number' || value === 1) return
  if (!traits.takesSampling) return notes.leaveOut('top_p', 'this model does not take it')
  if (thinks(draft) && value < topPMinThinking) return notes.leaveOut('top_p', 'thinking goes from 0.95 to 1')
  if (draft.temperature !== undefined && !traits.takesTemperatureWithTopP)
    return notes.leaveOut('top_p', 'this model takes temperature or top_p, not both')
  draft.top_p = value
}

/** Tools that the conversation used and the request does not name. */
export function declareToolsInUse({ draft }: Writing): void {
  if (draft.tools) return
  const tools = toolsInUse(draft.messages)
  if (tools.length === 0) return
  draft.tools = tools
  draft.tool_choice = { type: 'none' }
}
