import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, saysNothing, textOf } from '../openai-form.ts'
import { convertInput, convertOutput } from './convert-parts.ts'
import { convertReasoning } from './reasoning-details.ts'

/** What becomes of messages, by role, as the reference tells it. */
export const roleRules = {
  system: { handling: 'translated', becomes: '`instructions` where it begins the conversation, else a message' },
  developer: { handling: 'translated', becomes: 'the same' },
  user: { handling: 'translated', becomes: 'message; `name`: warned' },
  assistant: {
    handling: 'translated',
    becomes:
      'encrypted `reasoning_details` of this API as `reasoning` items, then the message, then `tool_calls` as `function_call` and `custom_tool_call`',
  },
  tool: {
    handling: 'translated',
    becomes: '`function_call_output` or `custom_tool_call_output`, images and files in it; `is_error`: warned',
  },
  function: { handling: 'refused', becomes: 'use tools' },
} as const

export type Conversation = { readonly instructions: string; readonly input: readonly JsonObject[] }

/** OpenAI's messages as input items, and the instructions before them. */
export function convertMessages(messages: readonly JsonObject[], notes: Notes): Conversation {
  const firstSaid = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const leading = firstSaid === -1 ? [] : messages.slice(0, firstSaid)
  const texts = leading.map(({ content }) => convertInput(content, notes))
  // What instructs by more than text stays a message, and so does everything where nothing else is said.
  const isPlain = texts.every((text) => typeof text === 'string')
  const customCalls = new Set<string>()
  const rest = isPlain ? messages.slice(leading.length) : messages
  return {
    instructions: isPlain ? texts.join('\n\n') : '',
    input: rest.flatMap((message, at) => convertMessage(message, at, { customCalls, notes })),
  }
}

type Converting = { readonly customCalls: Set<string>; readonly notes: Notes }

function convertMessage(message: JsonObject, at: number, converting: Converting): readonly JsonObject[] {
  const { notes } = converting
  if (!saysNothing(message['cache_control'])) notes.leaveOut('cache_control of a message')
  if (!saysNothing(message['name'])) notes.leaveOut('name of a message')
  switch (message['role']) {
    case 'system':
    case 'developer':
    case 'user':
      return [{ role: message['role'], content: convertInput(message['content'], notes) }]
    case 'assistant':
      return convertAssistant(message, converting)
    case 'tool':
      return [convertToolResult(message, converting)]
    default:
      notes.refuse(`messages[${at}].role: ${JSON.stringify(textOf(message['role']).slice(0, 100))} is unknown here`)
      return []
  }
}

function convertAssistant(message: JsonObject, { customCalls, notes }: Converting): readonly JsonObject[] {
  if (!saysNothing(message['audio'])) notes.refuse('audio of a message: this API does not hear')
  if (!saysNothing(message['function_call'])) notes.refuse('function_call of a message: use tools')
  const said = convertOutput(message, notes)
  return [
    ...convertReasoning(message, notes),
    ...(said.length > 0 ? [{ type: 'message', role: 'assistant', content: said }] : []),
    ...objectsOf(message['tool_calls']).map((call) => convertToolCall(call, { customCalls, notes })),
  ]
}

function convertToolCall(call: JsonObject, { customCalls, notes }: Converting): JsonObject {
  if (!saysNothing(call['cache_control'])) notes.leaveOut('cache_control of a tool call')
  const callId = textOf(call['id'])
  if (call['type'] === 'custom') {
    const { name, input } = objectOf(call['custom'])
    customCalls.add(callId)
    return { type: 'custom_tool_call', call_id: callId, name: textOf(name), input: textOf(input) }
  }
  const called = objectOf(call['function'])
  return {
    type: 'function_call',
    call_id: callId,
    name: textOf(called['name']),
    arguments: textOf(called['arguments']) || '{}',
  }
}

function convertToolResult(message: JsonObject, { customCalls, notes }: Converting): JsonObject {
  if (message['is_error'] === true) notes.leaveOut('is_error of a message')
  const callId = textOf(message['tool_call_id'])
  const type = customCalls.has(callId) ? 'custom_tool_call_output' : 'function_call_output'
  return { type, call_id: callId, output: convertInput(message['content'], notes) }
}
