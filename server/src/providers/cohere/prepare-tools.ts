import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, present, saysNothing, textOf } from '../openai-form.ts'

/** Functions as they are, and whether they are held to their schemas: all of them, or none. */
export function prepareTools(tools: JsonValue, notes: Notes): JsonObject {
  const functions = objectsOf(tools).map((tool) => {
    if (tool['type'] !== 'function') notes.refuse('tools: this provider is told of functions alone')
    if (!saysNothing(tool['cache_control'])) notes.leaveOut('cache_control of a tool')
    return objectOf(tool['function'])
  })
  if (functions.length === 0) return {}
  const strict = functions.filter((described) => described['strict'] === true).length
  if (strict > 0 && strict < functions.length)
    notes.leaveOut('strict of a tool', 'the provider holds all tools to their schemas, or none')
  return {
    tools: functions.map(({ name, description, parameters }) => ({
      type: 'function',
      function: {
        name: textOf(name),
        ...present('description', description),
        parameters: parameters ?? { type: 'object', properties: {} },
      },
    })),
    ...(strict === functions.length && { strict_tools: true }),
  }
}

export function prepareToolChoice(choice: JsonValue, notes: Notes): JsonObject {
  if (choice === 'required') return { tool_choice: 'REQUIRED' }
  if (choice === 'none') return { tool_choice: 'NONE' }
  if (choice !== 'auto') notes.leaveOut('tool_choice', 'the provider knows auto, none and required')
  return {}
}
