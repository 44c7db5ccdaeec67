import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asBoolean, asList, asObject, asText, given, invalid, present, warnOthers, type Warn } from '../reading.ts'

/** Tools that the caller runs, as OpenAI's functions. */
export function readTools(value: JsonValue, warn: Warn): JsonObject {
  const tools = asList(value, 'tools').map((item, at) => readTool(asObject(item, `tools[${at}]`), `tools[${at}]`, warn))
  return tools.length === 0 ? {} : { tools }
}

const toolFields = ['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']

function readTool(tool: JsonObject, param: string, warn: Warn): JsonObject {
  const type = asText(tool['type'] ?? 'custom', `${param}.type`)
  if (type !== 'custom') {
    throw invalid(
      `${param}.type`,
      `'${param}' is of type '${type.slice(0, 100)}', which only Anthropic runs or knows. Describe it as a custom tool with an input_schema.`,
    )
  }
  warnOthers(tool, toolFields, param, warn)
  const description = given(tool, 'description')
  const strict = given(tool, 'strict')
  return {
    type: 'function',
    function: {
      name: asText(tool['name'], `${param}.name`),
      ...present('description', description && asText(description, `${param}.description`)),
      parameters: asObject(tool['input_schema'], `${param}.input_schema`),
      ...present('strict', strict && asBoolean(strict, `${param}.strict`)),
    },
    ...present('cache_control', given(tool, 'cache_control')),
  }
}

export function readToolChoice(value: JsonValue, warn: Warn): JsonObject {
  const choice = asObject(value, 'tool_choice')
  warnOthers(choice, ['type', 'name', 'disable_parallel_tool_use'], 'tool_choice', warn)
  const oneByOne = asBoolean(choice['disable_parallel_tool_use'] ?? false, 'tool_choice.disable_parallel_tool_use')
  return { tool_choice: toolChoice(choice), ...(oneByOne && { parallel_tool_calls: false }) }
}

function toolChoice(choice: JsonObject): JsonValue {
  switch (choice['type']) {
    case 'auto':
      return 'auto'
    case 'any':
      return 'required'
    case 'none':
      return 'none'
    case 'tool':
      return { type: 'function', function: { name: asText(choice['name'], 'tool_choice.name') } }
    default:
      throw invalid('tool_choice.type', "'tool_choice.type' must be auto, any, tool or none.")
  }
}
