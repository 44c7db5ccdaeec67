import type { JsonObject } from '../../core/json.ts'
import { chunkOf, objectOf, textOf, usageChunkOf, type AnswerIdentity } from '../openai-form.ts'
import type { AnswerFacts, StreamPiece, StreamTranslation } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { isFailure, mapFinishReason } from './map-finish-reason.ts'
import { excludesReasoning, failureOf, reasoningOf } from './read-answer.ts'

/**
 * Reads the events of a chat, `message-start` to `message-end`, as chunks of a chat completion. Nothing is said before the
 * model is: until then another provider can take over.
 */
export function openStream({ call, created }: AnswerFacts): StreamTranslation {
  const hidesReasoning = excludesReasoning(call.body)
  let identity: AnswerIdentity = { id: '', created, model: textOf(call.body['model']) }
  let begun = false
  const calls = openCalls()

  function chunks(...deltas: readonly JsonObject[]): readonly JsonObject[] {
    if (deltas.length === 0) return []
    const opening = begun ? [] : [chunkOf(identity, { role: 'assistant', content: '' })]
    begun = true
    return [...opening, ...deltas.map((delta) => chunkOf(identity, delta))]
  }

  function say({ text, thinking }: JsonObject): readonly JsonObject[] {
    if (textOf(thinking) !== '') return hidesReasoning ? [] : chunks(reasoningOf(textOf(thinking)))
    return textOf(text) === '' ? [] : chunks({ content: textOf(text) })
  }

  function end({ finish_reason: reason, usage }: JsonObject): readonly StreamPiece[] {
    if (isFailure(reason)) return [{ error: failureOf(textOf(reason)) }]
    const ending = chunkOf(identity, begun ? {} : { role: 'assistant', content: '' }, mapFinishReason(reason))
    return [ending, usageChunkOf(identity, convertUsage(objectOf(usage))), 'done']
  }

  function read(event: JsonObject): readonly StreamPiece[] {
    const delta = objectOf(event['delta'])
    const message = objectOf(delta['message'])
    switch (event['type']) {
      case 'message-start':
        identity = { ...identity, id: textOf(event['id']) }
        return []
      case 'content-start':
      case 'content-delta':
        return say(objectOf(message['content']))
      case 'tool-plan-delta':
        return say({ text: message['tool_plan'] ?? '' })
      case 'tool-call-start':
        return chunks(...calls.start(objectOf(message['tool_calls'])))
      case 'tool-call-delta':
        return chunks(...calls.add(objectOf(message['tool_calls'])))
      case 'tool-call-end':
        return chunks(...calls.end())
      case 'message-end':
        return end(delta)
      default:
        return []
    }
  }

  return { read: ({ data }) => read(data), end: () => [] }
}

/** Calls of tools, one after another, as deltas of a message. */
function openCalls() {
  let count = 0
  let hasArguments = true

  function add(call: JsonObject): readonly JsonObject[] {
    const text = textOf(objectOf(call['function'])['arguments'])
    if (text === '') return []
    hasArguments = true
    return [{ tool_calls: [{ index: count - 1, function: { arguments: text } }] }]
  }

  return {
    start(call: JsonObject): readonly JsonObject[] {
      hasArguments = false
      const name = textOf(objectOf(call['function'])['name'])
      const opening = { index: count++, id: textOf(call['id']), type: 'function', function: { name, arguments: '' } }
      return [{ tool_calls: [opening] }, ...add(call)]
    },
    add,
    /** A call without arguments has an empty object, as a whole answer has. */
    end: (): readonly JsonObject[] => (hasArguments ? [] : add({ function: { arguments: '{}' } })),
  }
}
