import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asBoolean, asList, asObject, asText, given, invalid, present, warnOthers, type Warn } from '../reading.ts'
import { typeName } from './read-parts.ts'

/** Tools that the caller runs, as functions. */
export function readTools(value: JsonValue, warn: Warn): JsonObject {
  const tools = asList(value, 'tools').map((item, at) => {
    const param = `tools[${at}]`
    const tool = asObject(item, param)
    switch (tool['type']) {
      case 'function':
        return readFunction(tool, param, warn)
      case 'custom':
        return readCustom(tool, param, warn)
      default:
        throw invalid(`${param}.type`, hosted(param, tool['type']))
    }
  })
  return tools.length === 0 ? {} : { tools }
}

const hosted = (param: string, type: JsonValue | undefined): string =>
  `'${param}' is of type ${typeName(type)}: tools that OpenAI runs do not run here. Describe it as a function that you run yourself.`

const functionFields = ['type', 'name', 'description', 'parameters', 'strict']

function readFunction(tool: JsonObject, param: string, warn: Warn): JsonObject {
  warnOthers(tool, functionFields, param, warn)
  const description = given(tool, 'description')
  const parameters = given(tool, 'parameters')
  const strict = given(tool, 'strict')
  return functionTool({
    name: asText(tool['name'], `${param}.name`),
    ...present('description', description && asText(description, `${param}.description`)),
    ...present('parameters', parameters && asObject(parameters, `${param}.parameters`)),
    ...present('strict', strict === undefined ? undefined : asBoolean(strict, `${param}.strict`)),
  })
}

const functionTool = (described: JsonObject): JsonObject => ({ type: 'function', function: described })

/** A custom tool takes free text: a function with one text. A grammar for it can be told to the model, not enforced. */
function readCustom(tool: JsonObject, param: string, warn: Warn): JsonObject {
  warnOthers(tool, ['type', 'name', 'description', 'format'], param, warn)
  const description = given(tool, 'description')
  const grammar = readGrammar(asObject(tool['format'] ?? { type: 'text' }, `${param}.format`), `${param}.format`)
  if (grammar !== undefined) warn(`${param}.format is told to the model, and not enforced`)
  const input = { type: 'string', ...present('description', grammar) }
  return functionTool({
    name: asText(tool['name'], `${param}.name`),
    ...present('description', description && asText(description, `${param}.description`)),
    parameters: { type: 'object', properties: { input }, required: ['input'], additionalProperties: false },
  })
}

function readGrammar(format: JsonObject, param: string): string | undefined {
  switch (format['type']) {
    case 'text':
      return undefined
    case 'grammar': {
      const syntax = asText(format['syntax'], `${param}.syntax`)
      return `Must match this ${syntax} grammar:\n${asText(format['definition'], `${param}.definition`)}`
    }
    default:
      throw invalid(`${param}.type`, `'${param}.type' must be text or grammar.`)
  }
}

/** The names of the tools that take free text. */
export const customToolNames = (tools: JsonValue | undefined): ReadonlySet<JsonValue | undefined> =>
  new Set(
    (Array.isArray(tools) ? (tools as readonly JsonObject[]) : [])
      .filter((tool) => tool['type'] === 'custom')
      .map((tool) => tool['name']),
  )

/** `allowed` names the only tools that may be called, where not all may. */
export function readToolChoice(value: JsonValue, warn: Warn): { tool_choice: JsonValue; allowed?: readonly string[] } {
  if (value === 'auto' || value === 'none' || value === 'required') return { tool_choice: value }
  const choice = asObject(value, 'tool_choice')
  switch (choice['type']) {
    case 'function':
    case 'custom':
      warnOthers(choice, ['type', 'name'], 'tool_choice', warn)
      return { tool_choice: functionTool({ name: asText(choice['name'], 'tool_choice.name') }) }
    case 'allowed_tools':
      warnOthers(choice, ['type', 'mode', 'tools'], 'tool_choice', warn)
      return { tool_choice: readMode(choice['mode']), allowed: readAllowed(choice['tools']) }
    default:
      throw invalid('tool_choice.type', hosted('tool_choice', choice['type']))
  }
}

function readMode(mode: JsonValue | undefined): string {
  if (mode === 'auto' || mode === 'required') return mode
  throw invalid('tool_choice.mode', "'tool_choice.mode' must be auto or required.")
}

function readAllowed(value: JsonValue | undefined): readonly string[] {
  const tools = asList(value, 'tool_choice.tools')
  if (tools.length === 0) throw invalid('tool_choice.tools', "'tool_choice.tools' must name at least one tool.")
  return tools.map((item, at) => {
    const param = `tool_choice.tools[${at}]`
    const tool = asObject(item, param)
    if (tool['type'] !== 'function' && tool['type'] !== 'custom') throw invalid(param, hosted(param, tool['type']))
    return asText(tool['name'], `${param}.name`)
  })
}

/** What of a request is about tools. Chat completions refuse a choice where there are no tools; here it says nothing. */
export function fitTools({ allowed, ...body }: JsonObject): JsonObject {
  if (body['tools'] !== undefined)
    return allowed === undefined
      ? body
      : { ...body, tools: allowTools(body['tools'] as readonly JsonObject[], allowed as readonly string[]) }
  const { tool_choice: choice, parallel_tool_calls: _parallel, ...rest } = body
  if (allowed === undefined && (choice === undefined || choice === 'auto' || choice === 'none')) return rest
  throw invalid('tool_choice', "'tool_choice' asks for a tool, but there are no 'tools'.")
}

/** The tools among which the model may choose. */
function allowTools(tools: readonly JsonObject[], allowed: readonly string[]): readonly JsonObject[] {
  const names = tools.map((tool) => (tool['function'] as JsonObject)['name'])
  const missing = allowed.find((name) => !names.includes(name))
  if (missing !== undefined)
    throw invalid(
      'tool_choice.tools',
      `'tool_choice.tools' names '${missing.slice(0, 100)}', which is not among 'tools'.`,
    )
  return tools.filter((_tool, at) => allowed.includes(names[at] as string))
}
