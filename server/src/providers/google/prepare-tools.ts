import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'

/** `tools` (or the older `functions`) as function declarations, and which of them may be called. */
export function prepareTools(body: JsonObject, leaveOut: LeaveOut): JsonObject {
  const tools = listOf(body['tools']).map((tool, at) => readTool(tool, `tools[${at}]`, leaveOut))
  const older = listOf(body['functions']).map((each, at) => readFunction(each, `functions[${at}]`))
  const functions = [...tools, ...older]
  const parallel = given(body, 'parallel_tool_calls')
  if (functions.length === 0) return {}
  if (parallel === false) leaveOut('parallel_tool_calls is left out: the model may call several tools at once')
  const isStrict = functions.some(({ strict }) => strict)
  const functionCallingConfig = callingConfig(given(body, 'tool_choice') ?? given(body, 'function_call'), isStrict)
  return {
    tools: [{ functionDeclarations: functions.map(({ declaration }) => declaration) }],
    ...(functionCallingConfig && { toolConfig: { functionCallingConfig } }),
  }
}

type Tool = { readonly declaration: JsonObject; readonly strict: boolean }

function readTool(value: JsonValue, param: string, leaveOut: LeaveOut): Tool {
  const tool = objectOf(value)
  if (tool['type'] !== 'function') {
    const type = textOf(tool['type']).slice(0, 100)
    throw new CannotSayError(`'${param}' is of type '${type}': only functions can be called here.`)
  }
  if (given(tool, 'cache_control') !== undefined)
    leaveOut('cache_control of a tool is left out: prompts are cached unasked')
  return readFunction(tool['function'] ?? null, `${param}.function`)
}

function readFunction(value: JsonValue, param: string): Tool {
  const { name, description, parameters, strict } = objectOf(value)
  if (typeof name !== 'string' || name === '') throw new CannotSayError(`'${param}.name' must be a text.`)
  return {
    declaration: {
      name,
      ...(typeof description === 'string' && description !== '' && { description }),
      ...(isObject(parameters) && Object.keys(parameters).length > 0 && { parametersJsonSchema: parameters }),
    },
    strict: strict === true,
  }
}

/** In the mode `VALIDATED` the arguments are bound to the schemas: what OpenAI calls strict. */
function callingConfig(choice: JsonValue | undefined, isStrict: boolean): JsonObject | undefined {
  if (isObject(choice)) return chosenFunctions(choice)
  switch (choice) {
    case undefined:
    case 'auto':
      return isStrict ? { mode: 'VALIDATED' } : undefined
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    default:
      throw new CannotSayError("'tool_choice' must be none, auto, required, or name a function.")
  }
}

function chosenFunctions(choice: JsonObject): JsonObject {
  if (choice['type'] === 'allowed_tools') {
    const allowed = objectOf(choice['allowed_tools'])
    const names = listOf(allowed['tools']).map((tool) => textOf(objectOf(objectOf(tool)['function'])['name']))
    // Only these two modes take a choice of functions.
    const mode = allowed['mode'] === 'required' ? 'ANY' : 'VALIDATED'
    return { mode, allowedFunctionNames: names }
  }
  const name = textOf(objectOf(choice['function'])['name'] ?? choice['name'])
  if (name === '') throw new CannotSayError("'tool_choice' must be none, auto, required, or name a function.")
  return { mode: 'ANY', allowedFunctionNames: [name] }
}
