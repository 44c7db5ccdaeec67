import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { ours, passed, refused, translated, warned, type FieldRules } from '../field-rules.ts'
import { asBoolean, asCount, asList, asNumber, asObject, asText, invalid, warnOthers, type Warn } from '../reading.ts'
import { readInput } from './read-input.ts'
import { readReasoningConfig } from './read-reasoning.ts'
import { readText } from './read-text.ts'
import { readToolChoice, readTools } from './read-tools.ts'

/** Every field of the API's request. A field that is not here is left out with a warning. */
export const requestFields: FieldRules = {
  model: passed('model', asText),
  instructions: translated('first message, of role `system`', (value) => ({
    instructions: { role: 'system', content: asText(value, 'instructions') },
  })),
  input: translated('`messages`, item by item: see below; required', (value, warn) => ({
    messages: readInput(value, warn),
  })),
  stream: passed('stream', asBoolean),
  stream_options: translated('nothing: no padding is ever added to a stream', (value, warn) => {
    warnOthers(asObject(value, 'stream_options'), ['include_obfuscation'], 'stream_options', warn)
    return {}
  }),
  max_output_tokens: translated("the provider's own field for it", (value) => ({
    max_completion_tokens: asCount(value, 'max_output_tokens'),
  })),
  temperature: passed('temperature', asNumber),
  top_p: passed('top_p', asNumber),
  presence_penalty: passed('presence_penalty', asNumber),
  frequency_penalty: passed('frequency_penalty', asNumber),
  tools: translated('`tools`, functions and custom tools: see below; tools that OpenAI runs: refused', readTools),
  tool_choice: translated('`tool_choice`; `allowed_tools`: only those are sent', readToolChoice),
  parallel_tool_calls: translated('`parallel_tool_calls`; without tools: nothing', (value) => ({
    parallel_tool_calls: asBoolean(value, 'parallel_tool_calls'),
  })),
  max_tool_calls: translated('nothing: it bounds tools that OpenAI runs', (value) => {
    asCount(value, 'max_tool_calls')
    return {}
  }),
  text: translated('`format`: `response_format`; `verbosity`: the same, but for `medium`, the default', readText),
  reasoning: translated(
    '`effort`: `reasoning_effort`; `summary`: `reasoning.summary`, for providers that tell it when asked; what a provider tells always comes as one',
    readReasoningConfig,
  ),
  include: translated(
    '`message.output_text.logprobs`: `logprobs`; `reasoning.encrypted_content`: the answer has it in any case; others: warned',
    readInclude,
  ),
  top_logprobs: translated('`top_logprobs`, with `logprobs`', (value) => {
    const count = asNumber(value, 'top_logprobs')
    return count === 0 ? {} : { logprobs: true, top_logprobs: count }
  }),
  metadata: translated(
    'nothing for a provider: a label of the call in its receipt, and it comes back in the answer',
    (value) => {
      asObject(value, 'metadata')
      return {}
    },
  ),
  user: passed('user', asText),
  safety_identifier: passed('safety_identifier', asText),
  prompt_cache_key: passed('prompt_cache_key', asText),
  prompt_cache_retention: passed('prompt_cache_retention', asText),
  service_tier: translated('`service_tier`; `auto`: nothing, it is the default', (value) =>
    asText(value, 'service_tier') === 'auto' ? {} : { service_tier: value },
  ),
  store: translated(
    'whether the response is stored, where answers may be: see above; elsewhere `true`: warned',
    readStore,
  ),
  truncation: translated('`disabled`: nothing, it is the default; `auto`: warned', (value, warn) => {
    if (asText(value, 'truncation') !== 'disabled')
      warn('truncation is left out: nothing is cut from a conversation here')
    return {}
  }),
  models: ours('models that may stand in, see routing'),
  provider: ours('which providers may answer, see routing'),
  session_id: ours('the conversation, see routing'),
  strict: {
    handling: 'translated',
    becomes: "RedPill's own: whatever would be warned of is refused",
    read: (value) => ({ strict: asBoolean(value, 'strict') }),
  },
  context_management: warned('context_management', 'the whole conversation is sent'),
  moderation: warned('moderation', 'no verdicts come back'),
  prompt_cache_options: warned('prompt_cache_options', 'providers cache as they do'),
  access_programs: warned('access_programs', 'programs of OpenAI are not known here'),
  previous_response_id: translated(
    "the messages of that response's conversation, before those of `input`; refused where answers are not stored",
    refusePrevious,
  ),
  conversation: refused('conversation', 'conversations are not kept by themselves here'),
  background: refused('background', 'no call runs here without a caller that waits for it'),
  prompt: refused('prompt', 'prompts of OpenAI are not known here'),
}

/** Where answers may be stored, this field and the next are read before the others. */
function readStore(value: JsonValue, warn: Warn): JsonObject {
  if (asBoolean(value, 'store')) warn('store is left out: responses are not stored for this key')
  return {}
}

function refusePrevious(): never {
  throw invalid(
    'previous_response_id',
    "'previous_response_id' is not possible here: responses are not stored for this key. Send the whole conversation as 'input', the items of the earlier answers' 'output' included.",
  )
}

function readInclude(value: JsonValue, warn: Warn): JsonObject {
  const names = asList(value, 'include').map((name, at) => asText(name, `include[${at}]`))
  for (const name of names)
    if (!known.has(name)) warn(`include ${name.slice(0, 100)} is left out: such tools do not run here`)
  return names.includes('message.output_text.logprobs') ? { logprobs: true } : {}
}

const known: ReadonlySet<string> = new Set(['message.output_text.logprobs', 'reasoning.encrypted_content'])
