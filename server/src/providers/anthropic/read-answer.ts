import type { JsonObject } from '../../core/json.ts'
import { completionOf, objectOf, objectsOf, textOf } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { redactedDetail, signatureDetail, textDetail } from './reasoning-details.ts'

/** A message as a chat completion. */
export function readAnswer(answer: JsonObject, { call, created }: AnswerFacts): JsonObject | undefined {
  if (answer['type'] !== 'message' || !Array.isArray(answer['content'])) return undefined
  const blocks = objectsOf(answer['content'])
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => textOf(text))
  const calls = blocks.filter(({ type }) => type === 'tool_use')
  const hidden = excludesReasoning(call.body)
  return completionOf(
    { id: textOf(answer['id']), created, model: textOf(answer['model']) },
    {
      message: {
        content: texts.length === 0 ? null : texts.join(''),
        refusal: null,
        ...(!hidden && readReasoning(blocks)),
        ...(calls.length > 0 && { tool_calls: calls.map(readToolUse) }),
      },
      ending: mapFinishReason(answer),
      usage: convertUsage(objectOf(answer['usage'])),
    },
  )
}

export const excludesReasoning = (body: JsonObject): boolean => objectOf(body['reasoning'])['exclude'] === true

function readReasoning(blocks: readonly JsonObject[]): JsonObject {
  const thinking = blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
  if (thinking.length === 0) return {}
  const details = thinking.map(detailOf)
  const text = thinking.map((block) => textOf(block['thinking'])).join('')
  return { ...(text !== '' && { reasoning: text }), reasoning_details: details }
}

function detailOf(block: JsonObject, index: number): JsonObject {
  if (block['type'] === 'redacted_thinking') return redactedDetail(textOf(block['data']), index)
  const [text, signature] = [textOf(block['thinking']), textOf(block['signature'])]
  return { ...(text !== '' && textDetail(text, index)), ...(signature !== '' && signatureDetail(signature, index)) }
}

const readToolUse = (block: JsonObject, index: number): JsonObject => ({
  index,
  id: textOf(block['id']),
  type: 'function',
  function: { name: textOf(block['name']), arguments: JSON.stringify(objectOf(block['input'])) },
})
