import type { JsonObject } from '../../core/json.ts'
import { excludesReasoning } from '../anthropic/read-answer.ts'
import { redactedDetail, signatureDetail, textDetail } from '../anthropic/reasoning-details.ts'
import { completionOf, objectOf, objectsOf, textOf, type AnswerIdentity } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { mapFinishReason } from './map-finish-reason.ts'

/** A ConverseResponse as a chat completion. */
export function readAnswer(answer: JsonObject, facts: AnswerFacts): JsonObject | undefined {
  const { content } = objectOf(objectOf(answer['output'])['message'])
  if (!Array.isArray(content)) return undefined
  const blocks = objectsOf(content)
  const texts = blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
  const calls = blocks.filter(({ toolUse }) => toolUse !== undefined)
  return completionOf(identityOf(facts), {
    message: {
      content: texts.length === 0 ? null : texts.join(''),
      refusal: null,
      ...(!excludesReasoning(facts.call.body) && readReasoning(blocks)),
      ...(calls.length > 0 && { tool_calls: calls.map(readToolUse) }),
    },
    ending: mapFinishReason(answer),
    usage: convertUsage(objectOf(answer['usage'])),
  })
}

/** Answers name neither themselves nor their model. */
export const identityOf = ({ call, created, headers }: AnswerFacts): AnswerIdentity => ({
  id: `chatcmpl-${headers['x-amzn-requestid'] ?? created}`,
  created,
  model: textOf(call.body['model']),
})

function readReasoning(blocks: readonly JsonObject[]): JsonObject {
  const contents = blocks
    .filter((block) => block['reasoningContent'] !== undefined)
    .map((block) => objectOf(block['reasoningContent']))
  if (contents.length === 0) return {}
  const details = contents.map((content, index) => {
    if (typeof content['redactedContent'] === 'string') return redactedDetail(content['redactedContent'], index)
    const { text, signature } = objectOf(content['reasoningText'])
    return {
      ...(textOf(text) !== '' && textDetail(textOf(text), index)),
      ...(textOf(signature) !== '' && signatureDetail(textOf(signature), index)),
    }
  })
  const text = contents.map((content) => textOf(objectOf(content['reasoningText'])['text'])).join('')
  return { ...(text !== '' && { reasoning: text }), reasoning_details: details }
}

function readToolUse(block: JsonObject, index: number): JsonObject {
  const { toolUseId, name, input } = objectOf(block['toolUse'])
  const called = { name: textOf(name), arguments: JSON.stringify(objectOf(input)) }
  return { index, id: textOf(toolUseId), type: 'function', function: called }
}
