import type { JsonObject, JsonValue } from '../../core/json.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { betweenMessages } from './read-answer.ts'
import { openReasoning } from './stream-reasoning.ts'

/** An item of the output that has begun. */
type OpenItem = {
  readonly id: string
  readonly type: string
  /** Of a call: which one it is. */
  readonly call: number | undefined
  /** Whether any of it came by deltas. */
  told: boolean
}

export type StreamContent = {
  readonly start: (at: JsonValue | undefined, item: JsonObject) => readonly JsonObject[]
  readonly add: (event: JsonObject) => readonly JsonObject[]
  /** The item is whole: what of it has not come by deltas. */
  readonly finish: (at: JsonValue | undefined, item: JsonObject) => readonly JsonObject[]
  /** How many items, and how many of them calls, have begun. */
  readonly begun: () => { readonly items: number; readonly calls: number }
}

/** The items of a response, known by their place in it, as deltas of a chat completion's message. */
export function openContent(hidesReasoning: boolean): StreamContent {
  const items = new Map<unknown, OpenItem>()
  const reasoning = openReasoning(hidesReasoning)
  const say = openSpeech()
  let calls = 0

  function start(at: JsonValue | undefined, given: JsonObject): readonly JsonObject[] {
    const type = textOf(given['type'])
    const call = type === 'function_call' || type === 'custom_tool_call' ? calls++ : undefined
    items.set(at, { id: textOf(given['id']), type, call, told: false })
    return call === undefined ? [] : [openingOf(call, given)]
  }

  function add(event: JsonObject): readonly JsonObject[] {
    const at = event['output_index']
    const item = items.get(at)
    const text = textOf(event['delta'])
    if (!item) return []
    item.told = true
    switch (event['type']) {
      case 'response.output_text.delta':
        return say(at, text)
      case 'response.refusal.delta':
        return [{ refusal: text }]
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return argumentsOf(item, text)
      case 'response.reasoning_summary_text.delta':
        return reasoning.add(item.id, { kind: 'summary', at: event['summary_index'] }, text)
      case 'response.reasoning_text.delta':
        return reasoning.add(item.id, { kind: 'text', at: event['content_index'] }, text)
      default:
        return []
    }
  }

  function tell(at: JsonValue | undefined, item: OpenItem, given: JsonObject): readonly JsonObject[] {
    if (item.type === 'reasoning') return reasoning.tell({ ...given, id: item.id })
    if (item.call !== undefined) return argumentsOf(item, textOf(given['arguments'] ?? given['input']))
    return objectsOf(given['content']).flatMap((part) =>
      part['type'] === 'refusal' ? [{ refusal: textOf(part['refusal']) }] : say(at, textOf(part['text'])),
    )
  }

  return {
    start,
    add,
    finish(at, given) {
      const opening = items.has(at) ? [] : start(at, given)
      const item = items.get(at)!
      const untold = item.told ? [] : tell(at, item, given)
      return [...opening, ...untold, ...reasoning.seal({ ...given, id: item.id })]
    },
    begun: () => ({ items: items.size, calls }),
  }
}

/** What is said in one message after another is one text, with space between. */
function openSpeech() {
  let last: { readonly at: unknown } | undefined
  return (at: unknown, text: string): readonly JsonObject[] => {
    if (text === '') return []
    const content = last && last.at !== at ? betweenMessages + text : text
    last = { at }
    return [{ content }]
  }
}

function openingOf(index: number, item: JsonObject): JsonObject {
  const id = textOf(item['call_id'])
  const name = textOf(item['name'])
  const called =
    item['type'] === 'custom_tool_call'
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } }
  return { tool_calls: [{ index, id, ...called }] }
}

function argumentsOf({ type, call }: OpenItem, text: string): readonly JsonObject[] {
  if (call === undefined || text === '') return []
  const more = type === 'custom_tool_call' ? { custom: { input: text } } : { function: { arguments: text } }
  return [{ tool_calls: [{ index: call, ...more }] }]
}
