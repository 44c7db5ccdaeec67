import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asList, asObject, asText, type Handling, invalid, warnOthers, type Warn } from '../reading.ts'
import { openConversation, type Conversation } from './conversation.ts'
import { contentOf, inputParts, isTextPart, outputParts, readParts, textPart, typeName } from './read-parts.ts'
import { readReasoningItem } from './read-reasoning.ts'

/** An item of the input, and what it becomes. */
export type ItemRule = {
  readonly handling: Handling
  readonly becomes: string
  readonly read: (item: JsonObject, param: string, to: Conversation, warn: Warn) => void
}

export const itemRules: Readonly<Record<string, ItemRule>> = {
  message: {
    handling: 'translated',
    becomes: 'message of its role; `developer`: `system`; may come without its type',
    read: readMessage,
  },
  reasoning: {
    handling: 'translated',
    becomes: '`reasoning_details` of the assistant message, `encrypted_content` opened; known by its id only: warned',
    read(item, param, to, warn) {
      warnOthers(item, ['type', 'id', 'status', 'summary', 'content', 'encrypted_content'], param, warn)
      to.reasoning(readReasoningItem(item, param, warn))
    },
  },
  function_call: {
    handling: 'translated',
    becomes: 'entry of `tool_calls` in the assistant message that it belongs to',
    read(item, param, to, warn) {
      warnOthers(item, [...callFields, 'arguments', 'parsed_arguments', ...directCaller(item)], param, warn)
      to.call(toolCall(item, param, asText(item['arguments'], `${param}.arguments`)))
    },
  },
  function_call_output: {
    handling: 'translated',
    becomes: '`tool` message; its images and files in a user message after it',
    read: readOutput,
  },
  custom_tool_call: {
    handling: 'translated',
    becomes: 'call of a function whose one argument is `input`',
    read(item, param, to, warn) {
      warnOthers(item, [...callFields, 'input', ...directCaller(item)], param, warn)
      const input = asText(item['input'], `${param}.input`)
      to.call(toolCall(item, param, JSON.stringify({ input })))
    },
  },
  custom_tool_call_output: {
    handling: 'translated',
    becomes: 'as `function_call_output`',
    read: readOutput,
  },
  item_reference: {
    handling: 'refused',
    becomes:
      'items are not kept one by one: the item itself has to be sent (`store: false` makes most clients do so); to reasoning: warned',
    read(item, param, _to, warn) {
      if (typeof item['id'] === 'string' && item['id'].startsWith('rs_')) {
        warn(`${param} is left out: it refers to reasoning, which is not kept by its id here`)
        return
      }
      throw invalid(
        param,
        `'${param}' refers to ${typeof item['id'] === 'string' ? `'${item['id'].slice(0, 100)}'` : 'an item'}, but items are not kept by their ids here. Send the item itself: clients do so when the request says store: false.`,
      )
    },
  },
}

const callFields = ['type', 'id', 'status', 'call_id', 'name']

/** That the model itself called, which is what goes without saying. */
const directCaller = ({ caller }: JsonObject): readonly string[] =>
  JSON.stringify(caller) === '{"type":"direct"}' ? ['caller'] : []

/** The items of an input that was read: a text is one. */
export const itemsOf = (input: JsonValue): readonly JsonObject[] =>
  typeof input === 'string'
    ? [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
    : (input as readonly JsonObject[])

/** A text, or items, as chat messages. */
export function readInput(value: JsonValue, warn: Warn): readonly JsonObject[] {
  if (typeof value === 'string') return [{ role: 'user', content: value }]
  const items = asList(value, 'input')
  if (items.length === 0) throw invalid('input', "'input' must have at least one item.")
  const conversation = openConversation()
  for (const [at, entry] of items.entries()) {
    const param = `input[${at}]`
    const item = asObject(entry, param)
    const type = item['type'] === undefined && item['role'] !== undefined ? 'message' : item['type']
    const rule = typeof type === 'string' && Object.hasOwn(itemRules, type) ? itemRules[type] : undefined
    if (!rule)
      throw invalid(
        `${param}.type`,
        `'${param}' is of type ${typeName(type)}, which belongs to tools that OpenAI runs; possible here: ${Object.keys(itemRules).join(', ')}.`,
      )
    rule.read(item, param, conversation, warn)
  }
  const messages = conversation.messages()
  if (messages.length === 0) throw invalid('input', "'input' holds nothing that a model could answer.")
  return messages
}

const messageFields = ['type', 'id', 'status', 'role', 'content']

function readMessage(item: JsonObject, param: string, to: Conversation, warn: Warn): void {
  warnOthers(item, messageFields, param, warn)
  const content = `${param}.content`
  switch (item['role']) {
    case 'user':
      to.say({ role: 'user', content: contentOf(readParts(item['content'], content, inputParts, warn)) })
      break
    case 'system':
    case 'developer':
      to.say({ role: 'system', content: contentOf(readParts(item['content'], content, inputParts, warn)) })
      break
    case 'assistant':
      to.assistant(readParts(item['content'], content, outputParts, warn))
      break
    default:
      throw invalid(`${param}.role`, `'${param}.role' must be user, assistant, system or developer.`)
  }
}

const toolCall = (item: JsonObject, param: string, args: string): JsonObject => ({
  id: asText(item['call_id'], `${param}.call_id`),
  type: 'function',
  function: { name: asText(item['name'], `${param}.name`), arguments: args },
})

/** Chat's tool messages hold text alone: images and files follow in a user message, introduced. */
function readOutput(item: JsonObject, param: string, to: Conversation, warn: Warn): void {
  warnOthers(item, ['type', 'id', 'status', 'call_id', 'output', 'name', ...directCaller(item)], param, warn)
  const id = asText(item['call_id'], `${param}.call_id`)
  const parts = readParts(item['output'], `${param}.output`, [...inputParts, 'output_text'], warn)
  const texts = parts.filter(isTextPart)
  const others = parts.filter((part) => !isTextPart(part))
  to.result(
    { role: 'tool', tool_call_id: id, content: contentOf(texts) },
    others.length === 0 ? [] : [textPart(`Attached to the result of ${id}:`), ...others],
  )
}
