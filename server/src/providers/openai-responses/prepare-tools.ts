import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, present, saysNothing, textOf } from '../openai-form.ts'

export const prepareTools = (tools: JsonValue | undefined, notes: Notes): readonly JsonObject[] =>
  objectsOf(tools).map((tool) => {
    if (!saysNothing(tool['cache_control'])) notes.leaveOut('cache_control of a tool')
    if (tool['type'] === 'custom') return { type: 'custom', ...prepareCustom(objectOf(tool['custom'])) }
    if (tool['type'] !== 'function')
      notes.refuse(
        `tools: what is paid apart (${JSON.stringify(textOf(tool['type']).slice(0, 100))}) is not possible here`,
      )
    return { type: 'function', ...prepareFunction(objectOf(tool['function'])) }
  })

/** This API holds to a schema unless told otherwise, chat completions only when told to. */
const prepareFunction = ({ name, description, parameters, strict }: JsonObject): JsonObject => ({
  name: textOf(name),
  ...present('description', description),
  parameters: parameters ?? { type: 'object', properties: {} },
  strict: strict === true,
})

function prepareCustom({ name, description, format }: JsonObject): JsonObject {
  const { type, grammar } = objectOf(format)
  return {
    name: textOf(name),
    ...present('description', description),
    ...(format !== undefined && { format: type === 'grammar' ? { type, ...objectOf(grammar) } : objectOf(format) }),
  }
}

/** `auto`, `none` and `required` are the same; what names a tool names it one level higher. */
export function prepareToolChoice(choice: JsonValue): JsonValue {
  if (typeof choice === 'string') return choice
  const given = objectOf(choice)
  if (given['type'] !== 'allowed_tools') return nameTool(given)
  const { mode, tools } = objectOf(given['allowed_tools'])
  return { type: 'allowed_tools', ...present('mode', mode), tools: objectsOf(tools).map(nameTool) }
}

function nameTool(tool: JsonObject): JsonObject {
  const type = textOf(tool['type'])
  return { type, ...present('name', objectOf(tool[type])['name']) }
}
