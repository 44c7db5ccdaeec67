/** Turns of a model that a test writes down, as a provider would send them: in chunks, or whole. */
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts'
import type { Behaviour } from './mock-upstream-behaviours.ts'
import { event, json } from './mock-upstream-answers.ts'

/** The usage that every such turn reports, and the units that it amounts to. */
export const told = {
  usage: {
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 },
    completion_tokens_details: { reasoning_tokens: 5 },
  },
  units: { input: 60, cached_input: 30, cache_write: 10, output: 15, reasoning: 5 },
} as const

type Turn = { readonly deliver: () => readonly Buffer[] }

/** One chunk for each delta, after one that has the role. */
export const streamed = (deltas: readonly JsonObject[], finish: string): Turn => ({
  deliver: () => [
    ...[{ role: 'assistant', content: '' }, ...deltas].map((delta) => chunk({ delta, finish_reason: null })),
    chunk({ delta: {}, finish_reason: finish }),
    event({ id: 'c', object: 'chat.completion.chunk', model: 'upstream', choices: [], usage: told.usage }),
    Buffer.from('data: [DONE]\n\n'),
  ],
})

const chunk = (choice: JsonObject): Buffer =>
  event({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'upstream', choices: [{ index: 0, ...choice }] })

/** The message that the deltas make up. */
export const whole = (deltas: readonly JsonObject[], finish: string): Turn => ({
  deliver: () => [
    json({
      ...{ id: 'c', object: 'chat.completion', created: 1, model: 'upstream', usage: told.usage },
      choices: [{ index: 0, message: messageOf(deltas), finish_reason: finish }],
    }),
  ],
})

type Call = { id?: string; function: { name?: string; arguments: string } }

function messageOf(deltas: readonly JsonObject[]): JsonObject {
  const message: Record<string, JsonValue> = { role: 'assistant', content: null }
  const calls: Call[] = []
  for (const { tool_calls: pieces, ...delta } of deltas) {
    for (const [name, value] of Object.entries(delta))
      message[name] =
        typeof value === 'string' && name !== 'role' ? `${(message[name] as string | null) ?? ''}${value}` : value
    for (const { index, ...piece } of (pieces ?? []) as unknown as readonly (Call & { index: number })[]) {
      const known = calls[index]
      if (known) known.function.arguments += piece.function.arguments
      else calls[index] = structuredClone(piece)
    }
  }
  return calls.length > 0 ? { ...message, tool_calls: calls } : message
}

/** A piece of a call of `weather`; the first one of a call has its id. */
export const callPiece = (index: number, id: string, args: string, name = 'weather') => ({
  index,
  ...(id !== '' && { id, type: 'function' }),
  function: { ...(id !== '' && { name }), arguments: args },
})

/** A model that does what is asked of it: calls the tool that it is told to call, and keeps to the schema that it is given. */
export const capable: Behaviour = {
  deliver(frames, { stream, tools, tool_choice: choice, response_format: format }) {
    const say = stream === true ? streamed : whole
    const functions = (tools ?? []) as readonly { function: { name: string; parameters: JsonObject } }[]
    const called = functions.find(({ function: { name } }) => name === named(choice))
    if (called) {
      const args = JSON.stringify(valueOf(called.function.parameters))
      return say([{ tool_calls: [callPiece(0, 'call_1', args, called.function.name)] }], 'tool_calls').deliver()
    }
    const schema = isObject(format) && isObject(format['json_schema']) ? format['json_schema']['schema'] : undefined
    return schema === undefined ? frames : say([{ content: JSON.stringify(valueOf(schema)) }], 'stop').deliver()
  },
}

const named = (choice: JsonValue | undefined): JsonValue | undefined =>
  isObject(choice) && isObject(choice['function']) ? choice['function']['name'] : undefined

/** The simplest value of a schema. */
function valueOf(schema: JsonValue): JsonValue {
  if (!isObject(schema)) return null
  if (Array.isArray(schema['enum'])) return (schema['enum'] as readonly JsonValue[])[0] ?? null
  if (!isObject(schema['properties'])) return 'a text'
  return Object.fromEntries(Object.entries(schema['properties']).map(([name, inner]) => [name, valueOf(inner)]))
}
