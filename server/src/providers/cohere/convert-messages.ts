import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, partsOf, saysNothing, textOf } from '../openai-form.ts'
import { reasoningFormat } from './api-types.ts'

/** What becomes of messages, by role, as the reference tells it. */
export const roleRules = {
  system: { handling: 'passed', becomes: '`system`' },
  developer: { handling: 'translated', becomes: '`system`' },
  user: { handling: 'passed', becomes: '`user`: texts and images; files and audio: refused; `name`: warned' },
  assistant: {
    handling: 'translated',
    becomes: "`assistant`: this API's own reasoning as `thinking`, text (beside calls as `tool_plan`), `tool_calls`",
  },
  tool: { handling: 'passed', becomes: '`tool`, text alone; `is_error`: warned' },
  function: { handling: 'refused', becomes: 'use tools' },
} as const

export const convertMessages = (messages: readonly JsonObject[], notes: Notes): readonly JsonObject[] =>
  messages.flatMap((message, at) => convertMessage(message, at, notes))

function convertMessage(message: JsonObject, at: number, notes: Notes): readonly JsonObject[] {
  if (!saysNothing(message['cache_control'])) notes.leaveOut('cache_control of a message')
  if (!saysNothing(message['name'])) notes.leaveOut('name of a message')
  switch (message['role']) {
    case 'system':
    case 'developer':
      return [{ role: 'system', content: convertText(message['content'], notes) }]
    case 'user':
      return [{ role: 'user', content: convertContent(message['content'], notes) }]
    case 'assistant':
      return convertAssistant(message, notes)
    case 'tool':
      if (message['is_error'] === true) notes.leaveOut('is_error of a message')
      return [
        {
          role: 'tool',
          tool_call_id: textOf(message['tool_call_id']),
          content: convertText(message['content'], notes),
        },
      ]
    default:
      notes.refuse(`messages[${at}].role: ${JSON.stringify(textOf(message['role']).slice(0, 100))} is unknown here`)
      return []
  }
}

function convertContent(content: JsonValue | undefined, notes: Notes): string | readonly JsonObject[] {
  const parts = partsOf(content)
  if (parts.every(({ type }) => type === 'text')) return convertText(content, notes)
  return parts.map((part) => {
    if (!saysNothing(part['cache_control'])) notes.leaveOut('cache_control of a part')
    if (part['type'] === 'text') return { type: 'text', text: textOf(part['text']) }
    if (part['type'] !== 'image_url')
      notes.refuse(`messages: a part of type ${JSON.stringify(textOf(part['type']).slice(0, 100))} cannot be sent here`)
    return { type: 'image_url', image_url: objectOf(part['image_url']) }
  })
}

function convertText(content: JsonValue | undefined, notes: Notes): string {
  const parts = partsOf(content)
  if (parts.some(({ type }) => type !== 'text')) notes.refuse('messages: only users say more than text here')
  if (parts.some((part) => !saysNothing(part['cache_control']))) notes.leaveOut('cache_control of a part')
  return parts.map(({ text }) => textOf(text)).join('')
}

function convertAssistant(message: JsonObject, notes: Notes): readonly JsonObject[] {
  if (!saysNothing(message['audio'])) notes.refuse('audio of a message: this provider does not hear')
  if (!saysNothing(message['function_call'])) notes.refuse('function_call of a message: use tools')
  const text = convertText(message['content'], notes) || textOf(message['refusal'])
  const thinking = convertReasoning(message, notes)
  const calls = objectsOf(message['tool_calls'])
  if (calls.some(({ type }) => type === 'custom'))
    notes.refuse('tool_calls of a message: only functions are called here')
  if (text === '' && calls.length === 0 && thinking === '') return []
  const said = calls.length === 0 ? text : ''
  return [
    {
      role: 'assistant',
      ...(thinking === ''
        ? said !== '' && { content: said }
        : { content: [{ type: 'thinking', thinking }, ...(said === '' ? [] : [{ type: 'text', text: said }])] }),
      ...(calls.length > 0 && text !== '' && { tool_plan: text }),
      ...(calls.length > 0 && { tool_calls: calls.map(convertToolCall) }),
    },
  ]
}

function convertToolCall(call: JsonObject): JsonObject {
  const { name, arguments: given } = objectOf(call['function'])
  return {
    id: textOf(call['id']),
    type: 'function',
    function: { name: textOf(name), arguments: textOf(given) || '{}' },
  }
}

/** Thinking goes back in the round that it belongs to; another provider's does not. */
function convertReasoning(message: JsonObject, notes: Notes): string {
  const details = objectsOf(message['reasoning_details'])
  const own = details.filter(({ format }) => format === reasoningFormat)
  if (own.length < details.length)
    notes.leaveOut('reasoning of another provider', 'only the one that it came from can read it')
  return own.map(({ text }) => textOf(text)).join('')
}
