import type { JsonObject, JsonValue } from '../../core/json.ts'
import { fitSchema } from '../anthropic/fit-schema.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, present, textOf } from '../openai-form.ts'
import type { Block, Turn } from './api-types.ts'
import { cachePointOf } from './convert-parts.ts'
import type { BedrockTraits } from './model-traits.ts'

export function prepareTools(tools: JsonValue | undefined, traits: BedrockTraits, notes: Notes): readonly Block[] {
  return objectsOf(tools).flatMap((tool) => {
    if (tool['type'] !== 'function') notes.refuse('tools: this provider is told of functions alone')
    const described = objectOf(tool['function'])
    const schema = { type: 'object', ...objectOf(described['parameters']) }
    const strict = described['strict'] === true
    if (strict && !traits.takesSchemas) notes.leaveOut('strict of a tool', 'this model cannot be held to a schema')
    const held = strict && traits.takesSchemas
    const toolSpec = {
      name: textOf(described['name']),
      ...present('description', described['description'] || undefined),
      inputSchema: { json: held && traits.claude ? fitSchema(schema, 'the schema of a tool', notes) : schema },
      ...(held && { strict: true }),
    }
    return [{ toolSpec }, ...cachePointOf(tool, traits.caches, notes)]
  })
}

/** Absent: the model decides. `none` is said by not telling it of the tools. */
export function prepareToolChoice(choice: JsonValue, notes: Notes): Block | undefined {
  if (choice === 'auto' || choice === 'none') return undefined
  if (choice === 'required') return { any: {} }
  const name = textOf(objectOf(objectOf(choice)['function'])['name'])
  if (name !== '') return { tool: { name } }
  notes.leaveOut('tool_choice', 'the provider knows auto, none, required and the name of a function')
  return undefined
}

/** The tools that a conversation has used: it is refused where they are not declared. */
export function toolsInUse(turns: readonly Turn[]): readonly JsonObject[] {
  const calls = turns.flatMap(({ content }) => content.map((block) => objectOf(block['toolUse'])))
  const names = new Set(calls.map(({ name }) => textOf(name)).filter((name) => name !== ''))
  return [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } }))
}
