import { isObject, parseJson, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { openJsonEnd } from '../json-end.ts'
import type { Item, ItemEvent } from './item-queue.ts'

export type Call = {
  /** The provider's id of the call; empty as long as there is none. */
  id: string
  readonly item: Item
  /** Takes one entry of `tool_calls`. */
  readonly write: (piece: JsonObject) => readonly ItemEvent[]
}

export type CallOptions = {
  /** The item's id, by its prefix. */
  readonly idOf: (prefix: string) => string
  readonly customNames: ReadonlySet<JsonValue | undefined>
}

/** A call of a function, or of a custom tool, which the model calls as a function of one text. */
export function openCall({ idOf, customNames }: CallOptions): Call {
  const end = openJsonEnd()
  let name = ''
  let args = ''
  let callId = ''
  let hasEnded = false

  const isCustom = () => customNames.has(name)
  const id = () => idOf(isCustom() ? 'ctc' : 'fc')
  const object = (status: string, said: string): JsonObject => ({
    id: id(),
    type: isCustom() ? 'custom_tool_call' : 'function_call',
    status,
    call_id: callId,
    name,
    ...(isCustom() ? { input: said } : { arguments: said }),
  })

  const call: Call = {
    id: '',
    item: {
      id,
      begin() {
        if (name === '' && !hasEnded) return undefined
        if (callId === '') callId = call.id === '' ? idOf('call') : call.id
        return object('in_progress', '')
      },
      mayEnd: () => name !== '' && end.isWhole(),
      end(status) {
        hasEnded = true
        if (callId === '') callId = call.id === '' ? idOf('call') : call.id
        if (isCustom()) return endCustom(object, inputOf(args), status)
        const missing = args.trim() === '' && status === 'completed' ? '{}' : ''
        const said = args + missing
        const done = { type: 'response.function_call_arguments.done', arguments: said }
        return { events: [...argumentsDelta(missing), done], item: object(status, said) }
      },
    },
    write(piece) {
      const called = isObject(piece['function']) ? piece['function'] : {}
      const more = argumentsOf(called['arguments'])
      if (name === '' && typeof called['name'] === 'string') name = called['name']
      args += more
      end.push(more)
      return isCustom() ? [] : argumentsDelta(more)
    },
  }
  return call
}

const argumentsDelta = (delta: string): readonly ItemEvent[] =>
  delta === '' ? [] : [{ type: 'response.function_call_arguments.delta', delta }]

/** The text is inside JSON until the call is whole, so it comes in one piece. */
function endCustom(
  object: (status: string, said: string) => JsonObject,
  input: string,
  status: 'completed' | 'incomplete',
): ReturnType<Item['end']> {
  const delta = input === '' ? [] : [{ type: 'response.custom_tool_call_input.delta', delta: input }]
  return {
    events: [...delta, { type: 'response.custom_tool_call_input.done', input }],
    item: object(status, input),
  }
}

/** Some servers give the arguments as the object that they are. */
const argumentsOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : ''

/** What a model broke off in the middle of comes as it stands. */
function inputOf(args: string): string {
  const parsed = parseJson(args)
  return isObject(parsed) && typeof parsed['input'] === 'string' ? parsed['input'] : args
}
