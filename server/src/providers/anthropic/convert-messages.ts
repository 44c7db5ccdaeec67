import { isObject, parseJson, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, partsOf, saysNothing, textOf } from '../openai-form.ts'
import type { Block, Turn } from './api-types.ts'
import { convertParts, markOf, textBlocks } from './convert-parts.ts'
import { convertReasoning } from './convert-reasoning.ts'

/** What becomes of messages, by role, as the reference tells it. */
export const roleRules = {
  system: {
    handling: 'translated',
    becomes: '`system`, block by block; in its own place where the model takes instructions in mid-conversation',
  },
  developer: { handling: 'translated', becomes: 'the same' },
  user: { handling: 'translated', becomes: 'user turn; neighbours are joined; `name`: warned' },
  assistant: {
    handling: 'translated',
    becomes:
      'assistant turn: signed `reasoning_details` as `thinking` and `redacted_thinking`, then text, then `tool_calls` as `tool_use`',
  },
  tool: {
    handling: 'translated',
    becomes: '`tool_result` at the head of the next user turn, images and files in it, `is_error` kept',
  },
  function: { handling: 'refused', becomes: 'use tools' },
} as const

export type Conversation = { readonly system: readonly Block[]; readonly turns: readonly Turn[] }

type OpenTurn = { readonly role: Turn['role']; readonly blocks: Block[] }

/** OpenAI's messages as turns that alternate, and the instructions apart from them. */
export function convertMessages(
  messages: readonly JsonObject[],
  { takesLaterInstructions }: { readonly takesLaterInstructions: boolean },
  notes: Notes,
): Conversation {
  const system: Block[] = []
  const turns: OpenTurn[] = []
  const append = (role: Turn['role'], blocks: readonly Block[]) => {
    if (blocks.length === 0) return
    const last = turns.at(-1)
    if (last?.role === role) last.blocks.push(...blocks)
    else turns.push({ role, blocks: [...blocks] })
  }
  for (const [at, message] of messages.entries()) {
    switch (message['role']) {
      case 'system':
      case 'developer': {
        const stays =
          takesLaterInstructions && turns.at(-1)?.role !== 'assistant' && turns.length > 0 && endsTurn(messages, at)
        if (stays) append('system', convertText(message, notes))
        else system.push(...convertText(message, notes))
        break
      }
      case 'user':
        if (!saysNothing(message['name'])) notes.leaveOut('name of a message')
        append('user', marked(convertParts(message['content'], notes), message))
        break
      case 'assistant':
        append('assistant', convertAssistant(message, notes))
        break
      case 'tool':
        append('user', [convertToolResult(message, notes)])
        break
      default:
        notes.refuse(`messages[${at}].role: ${JSON.stringify(textOf(message['role']).slice(0, 100))} is unknown here`)
    }
  }
  return { system, turns: turns.map(closeTurn) }
}

/** Whether no more of the user's follows the instructions at this place: only then does the API take them there. */
function endsTurn(messages: readonly JsonObject[], at: number): boolean {
  const next = messages.slice(at + 1).find(({ role }) => role !== 'system' && role !== 'developer')
  return next === undefined || next['role'] === 'assistant'
}

/** Results of tools stand before everything else, and what the model is to go on from does not end in space. */
function closeTurn({ role, blocks }: OpenTurn, at: number, turns: readonly OpenTurn[]): Turn {
  if (role === 'user') {
    const results = blocks.filter(isToolResult)
    return { role, content: [...results, ...blocks.filter((block) => !isToolResult(block))] }
  }
  const last = blocks.at(-1)
  if (role === 'assistant' && at === turns.length - 1 && last?.type === 'text')
    return { role, content: [...blocks.slice(0, -1), { ...last, text: textOf(last['text']).trimEnd() }] }
  return { role, content: blocks }
}

const isToolResult = ({ type }: Block): boolean => type === 'tool_result'

function convertText(message: JsonObject, notes: Notes): readonly Block[] {
  const parts = partsOf(message['content'])
  if (parts.some(({ type }) => type !== 'text')) notes.refuse('instructions of this provider are text alone')
  return marked(
    convertParts(
      parts.filter(({ type }) => type === 'text'),
      notes,
    ),
    message,
  )
}

/** A mark on a message is one on its last block. */
function marked(blocks: readonly Block[], message: JsonObject): readonly Block[] {
  if (message['cache_control'] === undefined) return blocks
  return blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, ...markOf(message) } : block))
}

function convertAssistant(message: JsonObject, notes: Notes): readonly Block[] {
  if (!saysNothing(message['audio'])) notes.refuse('audio of a message: Claude does not hear')
  if (!saysNothing(message['function_call'])) notes.refuse('function_call of a message: use tools')
  const blocks = [
    ...convertReasoning(message, notes),
    ...convertParts(message['content'], notes),
    ...textBlocks(textOf(message['refusal'])),
    ...objectsOf(message['tool_calls']).map((call) => convertToolCall(call, notes)),
  ]
  return marked(blocks, message)
}

function convertToolCall(call: JsonObject, notes: Notes): Block {
  const called = objectOf(call['function'])
  if (called['name'] === undefined)
    notes.refuse('tool_calls of a message: this provider knows calls of functions alone')
  return {
    type: 'tool_use',
    id: toolIdOf(call['id']),
    name: textOf(called['name']),
    input: toolInput(called['arguments']),
    ...markOf(call),
  }
}

/** Other providers' ids may have characters that this one refuses. */
const toolIdOf = (id: JsonValue | undefined): string => textOf(id).replaceAll(/[^a-zA-Z0-9_-]/g, '_')

/** Arguments that are no JSON object, because a model broke off in them, are told as Anthropic's documents do. */
function toolInput(value: JsonValue | undefined): JsonObject {
  if (isObject(value)) return value
  const text = textOf(value)
  const input = text.trim() === '' ? {} : parseJson(text)
  return isObject(input) ? input : { INVALID_JSON: text }
}

/** A mark within a result would be refused: it goes to the result. */
function convertToolResult(message: JsonObject, notes: Notes): Block {
  const blocks = convertParts(message['content'], notes)
  const mark = [message, ...blocks].map(markOf).find(({ cache_control: given }) => given !== undefined)
  const plain = blocks.map(({ cache_control: _mark, ...block }) => block)
  return {
    type: 'tool_result',
    tool_use_id: toolIdOf(message['tool_call_id']),
    ...(plain.length > 0 && { content: plain }),
    ...(message['is_error'] === true && { is_error: true }),
    ...mark,
  }
}
