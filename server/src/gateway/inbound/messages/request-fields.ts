import { ours, passed, refused, translated, warned, type FieldRules } from '../field-rules.ts'
import { readMessages, readSystem } from './read-messages.ts'
import { readOutputConfig, readThinkingConfig } from './read-reasoning.ts'
import { readToolChoice, readTools } from './read-tools.ts'
import { asBoolean, asCount, asList, asNumber, asObject, asText, given, present, warnOthers } from '../reading.ts'

/** Every field of the API's request. A field that is not here is left out with a warning. */
export const requestFields: FieldRules = {
  model: passed('model', asText),
  max_tokens: translated("the provider's own field for it; required", (value) => ({
    max_completion_tokens: asCount(value, 'max_tokens'),
  })),
  system: translated('first message, of role `system`', (value, warn) => ({
    system: readSystem(value, 'system', warn),
  })),
  messages: translated('`messages`, block by block: see below', (value, warn) => ({
    messages: readMessages(value, warn),
  })),
  stream: passed('stream', asBoolean),
  temperature: passed('temperature', asNumber),
  top_p: passed('top_p', asNumber),
  top_k: passed('top_k', asCount),
  stop_sequences: translated('`stop`', (value) => {
    const stops = asList(value, 'stop_sequences').map((stop, at) => asText(stop, `stop_sequences[${at}]`))
    return stops.length === 0 ? {} : { stop: stops }
  }),
  tools: translated('`tools`; tools that Anthropic defines or runs: refused', readTools),
  tool_choice: translated('`tool_choice`, `parallel_tool_calls`', readToolChoice),
  thinking: translated('`reasoning_effort`, and `reasoning` with the exact budget', readThinkingConfig),
  output_config: translated('`effort`: `reasoning_effort`; `format`: `response_format`', readOutputConfig),
  metadata: translated('`user_id`: `user`; anything else: warned', (value, warn) => {
    const metadata = asObject(value, 'metadata')
    warnOthers(metadata, ['user_id'], 'metadata', warn)
    const userId = given(metadata, 'user_id')
    return present('user', userId && asText(userId, 'metadata.user_id'))
  }),
  cache_control: passed('cache_control', asObject),
  service_tier: translated('`auto`: nothing, it is the default; `standard_only`: `service_tier: "default"`', (value) =>
    asText(value, 'service_tier') === 'standard_only' ? { service_tier: 'default' } : {},
  ),
  speed: translated('`standard`: nothing, it is the default; `fast`: warned', (value, warn) => {
    if (asText(value, 'speed') !== 'standard') warn('speed is left out')
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
  diagnostics: warned('diagnostics', 'no diagnostics come back'),
  user_profile_id: warned('user_profile_id', 'profiles of Anthropic are not known here'),
  workspace_id: warned('workspace_id', 'workspaces of Anthropic are not known here'),
  container: refused('container', 'no containers run here'),
  mcp_servers: refused('mcp_servers', 'servers of tools are not called from here'),
  inference_geo: refused('inference_geo', 'where a provider computes cannot be promised'),
}
