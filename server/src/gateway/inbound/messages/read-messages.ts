import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { unwrapForeign } from './foreign-signature.ts'
import { contentOf, isTextPart, readPart, readParts, textPart, withCacheControl } from './read-parts.ts'
import {
  asBoolean,
  asList,
  asObject,
  asText,
  given,
  type Handling,
  invalid,
  present,
  warnOthers,
  type Warn,
} from '../reading.ts'

type Role = 'user' | 'assistant' | 'system'

/** What stands in messages beside the content parts: what becomes of each such block. */
export const turnRules: Readonly<Record<string, { readonly handling: Handling; readonly becomes: string }>> = {
  tool_use: { handling: 'translated', becomes: 'entry of `tool_calls`, `input` as JSON text' },
  tool_result: {
    handling: 'translated',
    becomes:
      '`tool` message before the rest of its turn; images and files in a user message after it; `is_error` is kept on the message',
  },
  thinking: {
    handling: 'translated',
    becomes: '`reasoning_details` entry of type `reasoning.text`, signature included',
  },
  redacted_thinking: { handling: 'translated', becomes: '`reasoning_details` entry of type `reasoning.encrypted`' },
}

const partsOf: Readonly<Record<Role, readonly string[]>> = {
  user: ['text', 'image', 'document', 'search_result'],
  assistant: ['text'],
  system: ['text'],
}

/** Anthropic's turns as OpenAI's messages. */
export function readMessages(value: JsonValue | undefined, warn: Warn): readonly JsonObject[] {
  const messages = asList(value, 'messages')
  if (messages.length === 0) throw invalid('messages', "'messages' must have at least one message.")
  return messages.flatMap((item, at) => {
    const param = `messages[${at}]`
    const message = asObject(item, param)
    warnOthers(message, ['role', 'content'], param, warn)
    const { content } = message
    if (typeof content !== 'string' && !Array.isArray(content))
      throw invalid(`${param}.content`, `'${param}.content' must be a text or a list of blocks.`)
    switch (message['role']) {
      case 'user':
        return readUserTurn(content, `${param}.content`, warn)
      case 'assistant':
        return [readAssistantTurn(content, `${param}.content`, warn)]
      case 'system':
        return [readSystem(content, `${param}.content`, warn)]
      default:
        throw invalid(`${param}.role`, `'${param}.role' must be user or assistant.`)
    }
  })
}

export const readSystem = (content: JsonValue, param: string, warn: Warn): JsonObject => ({
  role: 'system',
  content: contentOf(readParts(content, param, partsOf.system, warn)),
})

/** Results of tools come first: they answer the assistant's message before them, and nothing may stand between. */
function readUserTurn(content: JsonValue, param: string, warn: Warn): readonly JsonObject[] {
  if (typeof content === 'string') return [{ role: 'user', content }]
  const results: JsonObject[] = []
  const parts: JsonObject[] = []
  for (const [at, item] of asList(content, param).entries()) {
    const place = `${param}[${at}]`
    const block = asObject(item, place)
    if (block['type'] === 'tool_result') {
      const result = readToolResult(block, place, warn)
      results.push(result.message)
      parts.push(...result.attached)
    } else {
      parts.push(...readPart(block, place, [...partsOf.user, 'tool_result'], warn))
    }
  }
  if (results.length + parts.length === 0) throw invalid(param, `'${param}' must have at least one block.`)
  return parts.length === 0 ? results : [...results, { role: 'user', content: contentOf(parts) }]
}

type ToolResult = { readonly message: JsonObject; readonly attached: readonly JsonObject[] }

/** OpenAI's tool messages hold text alone: images and files of a result follow in the user message, introduced. */
function readToolResult(block: JsonObject, param: string, warn: Warn): ToolResult {
  warnOthers(block, ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'], param, warn)
  const id = asText(block['tool_use_id'], `${param}.tool_use_id`)
  const isError = asBoolean(block['is_error'] ?? false, `${param}.is_error`)
  const parts = readParts(block['content'] ?? '', `${param}.content`, partsOf.user, warn)
  const texts = parts.filter(isTextPart)
  const others = parts.filter((part) => !isTextPart(part))
  const content = withCacheControl(texts.length === 0 ? [textPart('')] : texts, given(block, 'cache_control'))
  return {
    message: { role: 'tool', tool_call_id: id, content: contentOf(content), ...(isError && { is_error: true }) },
    attached: others.length === 0 ? [] : [textPart(`Attached to the result of ${id}:`), ...others],
  }
}

function readAssistantTurn(content: JsonValue, param: string, warn: Warn): JsonObject {
  if (typeof content === 'string') return { role: 'assistant', content }
  const parts: JsonObject[] = []
  const toolCalls: JsonObject[] = []
  const reasoning: JsonObject[] = []
  for (const [at, item] of asList(content, param).entries()) {
    const place = `${param}[${at}]`
    const block = asObject(item, place)
    switch (block['type']) {
      case 'tool_use':
        toolCalls.push(readToolUse(block, place, warn))
        break
      case 'thinking':
        warnOthers(block, ['type', 'thinking', 'signature'], place, warn)
        reasoning.push(readThinking(block, place, reasoning.length))
        break
      case 'redacted_thinking': {
        warnOthers(block, ['type', 'data'], place, warn)
        const { value: data, origin } = unwrapForeign(asText(block['data'], `${place}.data`))
        reasoning.push({ type: 'reasoning.encrypted', data, ...origin, index: reasoning.length })
        break
      }
      default:
        parts.push(...readPart(block, place, [...partsOf.assistant, ...Object.keys(turnRules)], warn))
    }
  }
  return {
    role: 'assistant',
    content: parts.length === 0 && toolCalls.length > 0 ? null : assistantContent(parts),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(reasoning.length > 0 && { reasoning_details: reasoning }),
  }
}

/** The blocks of an answer are one text cut in pieces; they stay apart only where one is marked. */
function assistantContent(parts: readonly JsonObject[]): JsonValue {
  if (parts.some((part) => part['cache_control'] !== undefined)) return parts
  return parts.map(({ text }) => text as string).join('')
}

function readToolUse(block: JsonObject, param: string, warn: Warn): JsonObject {
  const { caller } = block
  const isDirect = isObject(caller) && caller['type'] === 'direct'
  warnOthers(block, ['type', 'id', 'name', 'input', 'cache_control', ...(isDirect ? ['caller'] : [])], param, warn)
  return {
    id: asText(block['id'], `${param}.id`),
    type: 'function',
    function: {
      name: asText(block['name'], `${param}.name`),
      arguments: JSON.stringify(asObject(block['input'], `${param}.input`)),
    },
    ...present('cache_control', given(block, 'cache_control')),
  }
}

/** A model that does not sign its thinking has an empty signature: it is none. */
function readThinking(block: JsonObject, param: string, index: number): JsonObject {
  const { value: signature, origin } = unwrapForeign(asText(block['signature'] ?? '', `${param}.signature`))
  return {
    type: 'reasoning.text',
    text: asText(block['thinking'], `${param}.thinking`),
    ...(signature !== '' && { signature }),
    ...origin,
    index,
  }
}
