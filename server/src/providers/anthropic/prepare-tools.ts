import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, present, textOf } from '../openai-form.ts'
import type { Turn } from './api-types.ts'
import { markOf } from './convert-parts.ts'
import { fitSchema } from './fit-schema.ts'

export function prepareTools(
  tools: JsonValue | undefined,
  { takesSchemas }: { readonly takesSchemas: boolean },
  notes: Notes,
): readonly JsonObject[] {
  return objectsOf(tools).map((tool) => {
    if (tool['type'] !== 'function') notes.refuse('tools: this provider is told of functions alone')
    const described = objectOf(tool['function'])
    const schema = { type: 'object', ...objectOf(described['parameters']) }
    const strict = described['strict'] === true
    if (strict && !takesSchemas) notes.leaveOut('strict of a tool', 'this model cannot be held to a schema')
    const held = strict && takesSchemas
    return {
      name: textOf(described['name']),
      ...present('description', described['description']),
      input_schema: held ? fitSchema(schema, 'the schema of a tool', notes) : schema,
      ...(held && { strict: true }),
      ...markOf(tool),
    }
  })
}

export function prepareToolChoice(choice: JsonValue | undefined, notes: Notes): JsonObject | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none') return { type: choice }
  if (choice === 'required') return { type: 'any' }
  const name = textOf(objectOf(objectOf(choice)['function'])['name'])
  if (name !== '') return { type: 'tool', name }
  notes.leaveOut('tool_choice', 'the provider knows auto, none, required and the name of a function')
  return undefined
}

/** A conversation that used tools is refused without them: those that it names are declared, and not to be called. */
export function toolsInUse(turns: readonly Turn[]): readonly JsonObject[] {
  const blocks = turns.flatMap(({ content }) => (typeof content === 'string' ? [] : content))
  const names = blocks.filter(({ type }) => type === 'tool_use').map((block) => textOf(block['name']))
  return [...new Set(names)].map((name) => ({ name, input_schema: { type: 'object' } }))
}
