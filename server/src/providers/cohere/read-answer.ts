import type { JsonObject } from '../../core/json.ts'
import { completionOf, objectOf, objectsOf, textOf } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'
import { reasoningFormat } from './api-types.ts'
import { convertUsage } from './convert-usage.ts'
import { isFailure, mapFinishReason } from './map-finish-reason.ts'

/** A chat answer as a chat completion. */
export function readAnswer(answer: JsonObject, { call, created }: AnswerFacts): JsonObject | undefined {
  const { message, finish_reason: reason } = answer
  if (typeof message !== 'object' || message === null) return undefined
  if (isFailure(reason)) return { error: failureOf(textOf(reason)) }
  const { content, tool_plan: plan, tool_calls: calls } = objectOf(message)
  const parts = objectsOf(content)
  const text = parts.map((part) => textOf(part['text'])).join('') || textOf(plan)
  const thinking = parts.map((part) => textOf(part['thinking'])).join('')
  return completionOf(
    { id: textOf(answer['id']), created, model: textOf(call.body['model']) },
    {
      message: {
        content: text === '' ? null : text,
        refusal: null,
        ...(thinking !== '' && !excludesReasoning(call.body) && reasoningOf(thinking)),
        ...(objectsOf(calls).length > 0 && { tool_calls: objectsOf(calls).map(readToolCall) }),
      },
      ending: mapFinishReason(reason),
      usage: convertUsage(objectOf(answer['usage'])),
    },
  )
}

export const failureOf = (reason: string): JsonObject => ({
  message: `The provider ended with ${reason}.`,
  type: 'upstream_error',
  code: null,
  param: null,
})

export const excludesReasoning = (body: JsonObject): boolean => objectOf(body['reasoning'])['exclude'] === true

/** Thinking, or a piece of it, as a message or a delta has it. */
export const reasoningOf = (text: string): JsonObject => ({
  reasoning: text,
  reasoning_details: [{ type: 'reasoning.text', text, format: reasoningFormat, index: 0 }],
})

/** A call of a tool without arguments has `null` for them. */
const readToolCall = (call: JsonObject, index: number): JsonObject => {
  const { name, arguments: given } = objectOf(call['function'])
  const text = textOf(given)
  return {
    index,
    id: textOf(call['id']),
    type: 'function',
    function: { name: textOf(name), arguments: text === '' || text === 'null' ? '{}' : text },
  }
}
