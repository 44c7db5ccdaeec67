import { isObject, parseJson, type JsonObject, type JsonValue } from '../../core/json.ts'
import { convertReasoning } from '../anthropic/convert-reasoning.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, objectsOf, partsOf, saysNothing, textOf } from '../openai-form.ts'
import type { Block, Turn } from './api-types.ts'
import { cachePointOf, convertParts, textBlocks } from './convert-parts.ts'
import type { BedrockTraits } from './model-traits.ts'

/** What becomes of messages, by role, as the reference tells it. */
export const roleRules = {
  system: { handling: 'translated', becomes: '`system`, wherever it stands' },
  developer: { handling: 'translated', becomes: 'the same' },
  user: { handling: 'translated', becomes: 'user turn; neighbours are joined; `name`: warned' },
  assistant: {
    handling: 'translated',
    becomes:
      'assistant turn: signed `reasoning_details` as `reasoningContent` for Claude, else warned; then text, then `tool_calls` as `toolUse`',
  },
  tool: {
    handling: 'translated',
    becomes: '`toolResult` at the head of the next user turn; `is_error` as `status` for Claude and Nova, else warned',
  },
  function: { handling: 'refused', becomes: 'use tools' },
} as const

export type Conversation = { readonly system: readonly Block[]; readonly turns: readonly Turn[] }

/** OpenAI's messages as turns that alternate, and the instructions apart from them. */
export function convertMessages(messages: readonly JsonObject[], traits: BedrockTraits, notes: Notes): Conversation {
  const system: Block[] = []
  const turns: { readonly role: Turn['role']; readonly content: Block[] }[] = []
  const append = (role: Turn['role'], blocks: readonly Block[]) => {
    if (blocks.length === 0) return
    const last = turns.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else turns.push({ role, content: [...blocks] })
  }
  for (const [at, message] of messages.entries()) {
    switch (message['role']) {
      case 'system':
      case 'developer':
        if (partsOf(message['content']).some(({ type }) => type !== 'text'))
          notes.refuse('instructions of this provider are text alone')
        system.push(...convertParts(message['content'], traits.caches, notes), ...markOf(message, traits, notes))
        break
      case 'user':
        if (!saysNothing(message['name'])) notes.leaveOut('name of a message')
        append('user', [...convertParts(message['content'], traits.caches, notes), ...markOf(message, traits, notes)])
        break
      case 'assistant':
        append('assistant', convertAssistant(message, traits, notes))
        break
      case 'tool':
        append('user', convertToolResult(message, traits, notes))
        break
      default:
        notes.refuse(`messages[${at}].role: ${JSON.stringify(textOf(message['role']).slice(0, 100))} is unknown here`)
    }
  }
  return { system, turns: turns.map(({ role, content }) => ({ role, content: resultsFirst(content) })) }
}

const markOf = (message: JsonObject, { caches }: BedrockTraits, notes: Notes): readonly Block[] =>
  cachePointOf(message, caches, notes)

/** Results of tools, with the cache points behind them, stand before everything else. */
function resultsFirst(blocks: readonly Block[]): readonly Block[] {
  const results: Block[] = []
  const others: Block[] = []
  let list = others
  for (const block of blocks) {
    if (block['cachePoint'] === undefined) list = block['toolResult'] === undefined ? others : results
    list.push(block)
  }
  return [...results, ...others]
}

function convertAssistant(message: JsonObject, traits: BedrockTraits, notes: Notes): readonly Block[] {
  if (!saysNothing(message['audio'])) notes.refuse('audio of a message: the provider does not take it back')
  if (!saysNothing(message['function_call'])) notes.refuse('function_call of a message: use tools')
  return [
    ...convertThinking(message, traits, notes),
    ...convertParts(message['content'], traits.caches, notes),
    ...textBlocks(textOf(message['refusal'])),
    ...objectsOf(message['tool_calls']).flatMap((call) => [
      convertToolCall(call, notes),
      ...cachePointOf(call, traits.caches, notes),
    ]),
    ...markOf(message, traits, notes),
  ]
}

function convertThinking(message: JsonObject, { claude }: BedrockTraits, notes: Notes): readonly Block[] {
  const blocks = convertReasoning(message, notes)
  if (blocks.length > 0 && !claude) {
    notes.leaveOut('reasoning of a message', 'this model does not take it back')
    return []
  }
  return blocks.map(({ type, thinking, signature, data }) =>
    type === 'thinking'
      ? { reasoningContent: { reasoningText: { text: thinking ?? '', signature: signature ?? '' } } }
      : { reasoningContent: { redactedContent: data ?? '' } },
  )
}

function convertToolCall(call: JsonObject, notes: Notes): Block {
  const called = objectOf(call['function'])
  if (called['name'] === undefined)
    notes.refuse('tool_calls of a message: this provider knows calls of functions alone')
  const input = toolInput(called['arguments'])
  return { toolUse: { toolUseId: toolIdOf(call['id']), name: textOf(called['name']), input } }
}

const toolIdCharactersMax = 64

const toolIdOf = (id: JsonValue | undefined): string =>
  textOf(id)
    .replaceAll(/[^a-zA-Z0-9_-]/g, '_')
    .slice(-toolIdCharactersMax)

/** Arguments that are no JSON object, because a model broke off in them, are kept as a text. */
function toolInput(value: JsonValue | undefined): JsonObject {
  if (isObject(value)) return value
  const text = textOf(value)
  const input = text.trim() === '' ? {} : parseJson(text)
  return isObject(input) ? input : { INVALID_JSON: text }
}

function convertToolResult(message: JsonObject, traits: BedrockTraits, notes: Notes): readonly Block[] {
  const blocks = convertParts(message['content'], traits.caches, notes)
  const points = [...blocks.filter(isCachePoint), ...markOf(message, traits, notes)]
  const failed = message['is_error'] === true
  if (failed && !traits.takesToolStatus) notes.leaveOut('is_error of a message', 'this model is not told')
  const result = {
    toolUseId: toolIdOf(message['tool_call_id']),
    content: blocks.filter((block) => !isCachePoint(block)),
    ...(failed && traits.takesToolStatus && { status: 'error' }),
  }
  return [{ toolResult: result }, ...points.slice(-1)]
}

const isCachePoint = (block: Block): boolean => block['cachePoint'] !== undefined
