import { isObject, parseJson, type JsonObject, type JsonValue } from '../../../core/json.ts'
import type { AnswerFacts } from '../types.ts'
import { wrapForeign } from './foreign-signature.ts'
import { emptyBlock, messageHead, messageUsage, stopOf } from './message.ts'
import { listOf, reasoningOf } from '../reasoning.ts'

/** A chat completion as a message. One choice was asked for, so the first is the answer. */
export function writeAnswer(answer: JsonObject, facts: AnswerFacts): JsonObject {
  const choice = objectOf(listOf(answer['choices'])[0])
  const message = objectOf(choice['message'])
  const tools = listOf(message['tool_calls']).filter(isObject)
  const refusal = textOf(message['refusal'])
  return {
    ...messageHead(facts),
    content: [
      ...thinkingBlocks(message),
      ...[textOf(message['content']), refusal]
        .filter((text) => text !== '')
        .map((text) => ({ ...emptyBlock.text, text })),
      ...tools.map((call, at) => toolBlock(call, at)),
    ],
    ...stopOf(choice, facts, { tools: tools.length > 0, refusal: refusal !== '' }),
    usage: messageUsage(answer['usage']),
  }
}

function thinkingBlocks(message: JsonObject): readonly JsonObject[] {
  const blocks: JsonObject[] = []
  let text = ''
  const close = (signature: string) => {
    if (text !== '' || signature !== '') blocks.push({ type: 'thinking', thinking: text, signature })
    text = ''
  }
  for (const piece of reasoningOf(message)) {
    switch (piece.kind) {
      case 'text':
        text += piece.text
        break
      case 'signature':
        close(wrapForeign(piece.signature, piece.of))
        break
      case 'redacted':
        close('')
        blocks.push(emptyBlock.redacted(wrapForeign(piece.data, piece.of)))
        break
    }
  }
  close('')
  return blocks
}

function toolBlock(call: JsonObject, at: number): JsonObject {
  const called = objectOf(call['function'])
  const id = textOf(call['id'])
  const block = emptyBlock.toolUse(id === '' ? toolId(at) : id, textOf(called['name']))
  return { ...block, input: toolInput(called['arguments']) }
}

/** For providers that give their calls no id; it has to be unique in one answer only. */
export const toolId = (at: number): string => `toolu_${at}`

/** The arguments of a call. Models break off in mid-JSON; Anthropic's name for what is no JSON then keeps the text. */
function toolInput(value: JsonValue | undefined): JsonObject {
  if (isObject(value)) return value
  const text = textOf(value)
  const input = text.trim() === '' ? {} : parseJson(text)
  return isObject(input) ? input : { INVALID_JSON: text }
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  return listOf(value)
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('')
}
