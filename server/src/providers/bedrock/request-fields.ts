import type { JsonObject, JsonValue } from '../../core/json.ts'
import { fitSchema } from '../anthropic/fit-schema.ts'
import { effortOf, prepareThinking } from '../anthropic/prepare-thinking.ts'
import { readElsewhere, warned, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { countOf, listOf, objectOf, objectsOf, present, readAllowedTools, saysNothing, textOf } from '../openai-form.ts'
import { unsaidSettings } from '../unsaid-settings.ts'
import type { Draft, Turn } from './api-types.ts'
import { convertMessages } from './convert-messages.ts'
import type { BedrockTraits } from './model-traits.ts'
import { prepareToolChoice, prepareTools, toolsInUse } from './prepare-tools.ts'

/** A request on its way from one form into the other. */
export type Writing = { readonly body: JsonObject; readonly draft: Draft; readonly traits: BedrockTraits }

const translated = (
  becomes: string,
  write: (value: JsonValue, writing: Writing, notes: Notes) => void,
): FieldRule<Writing> => ({ handling: 'translated', becomes, write })

/** Every field of a chat completion. Later rows may depend on what earlier ones have written. */
export const requestFields: FieldRules<Writing> = {
  model: readElsewhere('the path'),
  messages: translated('`system` and `messages`: see below', (value, { draft, traits }, notes) => {
    const { system, turns } = convertMessages(objectsOf(value), traits, notes)
    draft.messages = turns
    if (system.length > 0) draft.system = system
  }),
  stream: readElsewhere('the path'),
  stream_options: readElsewhere('nothing: usage always comes'),
  max_completion_tokens: translated('`inferenceConfig.maxTokens`', (value, { draft }) => {
    if (countOf(value) > 0) draft.inferenceConfig.maxTokens = countOf(value)
  }),
  max_tokens: translated('the same, where `max_completion_tokens` does not say it', (value, { draft }) => {
    if (countOf(value) > 0) draft.inferenceConfig.maxTokens ??= countOf(value)
  }),
  tools: translated(
    '`toolConfig.tools`: functions; `strict` where the model can be held to a schema, else warned; other kinds: refused',
    (value, { draft, traits }, notes) => {
      draft.tools = prepareTools(value, traits, notes)
    },
  ),
  tool_choice: translated(
    '`toolConfig.toolChoice`; `none`: no tools, or warned where the conversation has used some; of a list of allowed ones the others are not told',
    writeToolChoice,
  ),
  parallel_tool_calls: warned('parallel_tool_calls', 'the provider cannot be told', (value) => value !== false),
  response_format: translated(
    '`outputConfig.textFormat` for a JSON schema where the model can be held to one; `json_object`: warned',
    writeResponseFormat,
  ),
  verbosity: translated(
    '`outputConfig.effort` for Claude that knows it, else warned',
    (value, { draft, traits }, notes) => {
      if (!traits.claude?.efforts.length) notes.leaveOut('verbosity', 'this model does not know it')
      else draft.outputConfig['effort'] = effortOf(textOf(value), traits.claude.efforts)
    },
  ),
  reasoning_effort: translated(
    "Claude's `thinking` and `outputConfig.effort` as Anthropic's API has them; `reasoning_effort` for OpenAI's models, `reasoningConfig` for Nova 2; else warned",
    writeReasoning,
  ),
  reasoning: translated(
    'the same; `max_tokens` is the budget; `exclude` keeps thinking out of the answer',
    writeReasoning,
  ),
  temperature: translated(
    '`inferenceConfig.temperature`; above 1: 1, warned; where Claude takes none: warned',
    writeTemperature,
  ),
  top_p: translated('`inferenceConfig.topP`; where Claude takes none: warned', writeTopP),
  top_k: translated("Claude's `top_k`, Nova's `topK`; else warned", writeTopK),
  stop: translated('`inferenceConfig.stopSequences`', (value, { draft }) => {
    const stops = (typeof value === 'string' ? [value] : listOf(value)).map(textOf).filter((stop) => stop !== '')
    if (stops.length > 0) draft.inferenceConfig.stopSequences = stops
  }),
  user: translated(
    '`requestMetadata.user`, where its characters are allowed there, else warned',
    (value, { draft }, notes) => {
      if (metadataValue.test(textOf(value))) draft.requestMetadata = { user: value }
      else notes.leaveOut('user', 'it has characters that the provider refuses')
    },
  ),
  safety_identifier: warned('safety_identifier', 'the provider does not know it'),
  cache_control: warned('cache_control', 'the provider caches up to marked parts alone'),
  service_tier: warned(
    'service_tier',
    'tiers of the provider have prices of their own',
    (value) => value === 'auto' || value === 'default',
  ),
  ...unsaidSettings,
  prompt_cache_key: warned('prompt_cache_key', 'the provider caches up to marked parts'),
  prompt_cache_retention: warned('prompt_cache_retention', 'the provider caches up to marked parts'),
  metadata: readElsewhere('nothing: it stands in the receipt'),
}

const metadataValue = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/

function writeToolChoice(value: JsonValue, { draft }: Writing, notes: Notes): void {
  const allowed = readAllowedTools(value)
  if (allowed) draft.tools = draft.tools.filter((tool) => isAllowed(tool, allowed.names))
  const choice = prepareToolChoice(allowed?.mode ?? value, notes)
  if (choice && draft.tools.length > 0) draft.toolChoice = choice
  if (value !== 'none') return
  if (toolsInUse(draft.messages).length > 0 && draft.tools.length > 0)
    notes.leaveOut('tool_choice none', 'the provider has to be told of tools that the conversation has used')
  else draft.tools = []
}

/** Cache points stay where they are. */
const isAllowed = ({ toolSpec }: JsonObject, names: readonly string[]): boolean =>
  toolSpec === undefined || names.includes(textOf(objectOf(toolSpec)['name']))

function writeResponseFormat(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  const format = objectOf(value)
  if (format['type'] === 'text') return
  if (format['type'] !== 'json_schema')
    return notes.leaveOut(
      `response_format ${textOf(format['type'])}`,
      'the provider holds answers to a JSON schema alone',
    )
  if (!traits.takesSchemas) return notes.leaveOut('response_format', 'this model cannot be held to a schema')
  const { schema, name, description } = objectOf(format['json_schema'])
  const fitted = traits.claude ? fitSchema(objectOf(schema), 'response_format', notes) : objectOf(schema)
  const jsonSchema = {
    schema: JSON.stringify(fitted),
    ...present('name', name),
    ...present('description', description),
  }
  draft.outputConfig['textFormat'] = { type: 'json_schema', structure: { jsonSchema } }
}

function writeReasoning(_: JsonValue, { draft, body, traits }: Writing, notes: Notes): void {
  if (traits.claude) return writeThinking(body, draft, traits.claude, notes)
  const effort = textOf(body['reasoning_effort']) || textOf(objectOf(body['reasoning'])['effort'])
  const field = body['reasoning_effort'] === undefined ? 'reasoning' : 'reasoning_effort'
  if (traits.maker === 'openai' && /^(low|medium|high)$/.test(effort)) draft.additional['reasoning_effort'] = effort
  else if (traits.reasons && /^(low|medium|high)$/.test(effort))
    draft.additional['reasoningConfig'] = { type: 'enabled', maxReasoningEffort: effort }
  else if (effort !== 'none') notes.leaveOut(field, 'this model is not told how to think')
}

function writeThinking(
  body: JsonObject,
  draft: Draft,
  claude: NonNullable<BedrockTraits['claude']>,
  notes: Notes,
): void {
  const maxTokens = draft.inferenceConfig.maxTokens ?? claude.outputTokensMax
  const { thinking, effort } = prepareThinking(
    body,
    {
      traits: claude,
      maxTokens,
      forcesCall: draft.toolChoice !== undefined,
      opensWithoutThinking: opensWithoutThinking(draft.messages),
    },
    notes,
  )
  if (thinking) draft.additional['thinking'] = { ...thinking }
  if (thinking?.type === 'enabled') draft.inferenceConfig.maxTokens = maxTokens
  if (effort !== undefined) draft.outputConfig['effort'] = effort
}

/** With a budget, the turn that a round of tools goes on from has to begin with thinking. */
function opensWithoutThinking(turns: readonly Turn[]): boolean {
  const [before, last] = turns.slice(-2)
  if (last?.role !== 'user' || last.content[0]?.['toolResult'] === undefined) return false
  return before?.content[0]?.['reasoningContent'] === undefined
}

const thinks = ({ additional }: Draft): boolean =>
  additional['thinking'] !== undefined && objectOf(additional['thinking'])['type'] !== 'disabled'

function writeTemperature(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  if (typeof value !== 'number' || (traits.claude && value === 1)) return
  if (traits.claude?.takesSampling === false) return notes.leaveOut('temperature', 'this model does not take it')
  if (thinks(draft)) return notes.leaveOut('temperature', 'it does not go together with thinking')
  if (value > 1) notes.leaveOut('temperature above 1', 'the provider goes up to 1, which is used')
  draft.inferenceConfig.temperature = Math.min(value, 1)
}

/** With thinking Claude takes no less. */
const topPMinThinking = 0.95

function writeTopP(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  if (typeof value !== 'number' || value === 1) return
  const { claude } = traits
  if (claude?.takesSampling === false) return notes.leaveOut('top_p', 'this model does not take it')
  if (thinks(draft) && value < topPMinThinking) return notes.leaveOut('top_p', 'thinking goes from 0.95 to 1')
  if (claude?.takesTemperatureWithTopP === false && draft.inferenceConfig.temperature !== undefined)
    return notes.leaveOut('top_p', 'this model takes temperature or top_p, not both')
  draft.inferenceConfig.topP = value
}

function writeTopK(value: JsonValue, { draft, traits }: Writing, notes: Notes): void {
  if (saysNothing(value)) return
  if (traits.claude?.takesSampling && !thinks(draft)) draft.additional['top_k'] = value
  else if (traits.maker === 'amazon') draft.additional['inferenceConfig'] = { topK: value }
  else notes.leaveOut('top_k', 'this model does not take it')
}
