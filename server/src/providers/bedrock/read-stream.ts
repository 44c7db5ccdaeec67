import type { JsonObject } from '../../core/json.ts'
import { excludesReasoning } from '../anthropic/read-answer.ts'
import { redactedDetail, signatureDetail, textDetail } from '../anthropic/reasoning-details.ts'
import { chunkOf, errorEnvelopeOf, objectOf, textOf, usageChunkOf } from '../openai-form.ts'
import type { AnswerFacts, ProviderEvent, StreamPiece, StreamTranslation } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { identityOf } from './read-answer.ts'

/** Reads the events of ConverseStream, `messageStart` to `metadata`, as chunks of a chat completion. */
export function openStream(facts: AnswerFacts): StreamTranslation {
  const identity = identityOf(facts)
  const content = openContent(excludesReasoning(facts.call.body))
  let begun = false
  let ended = false

  /** The role comes with the first word: a stream that has said nothing yet may still be taken over. */
  function chunk(delta: JsonObject, ending?: JsonObject): JsonObject {
    const said = begun ? delta : { role: 'assistant', content: '', ...delta }
    begun = true
    return chunkOf(identity, said, ending)
  }

  function read({ name = '', data }: ProviderEvent): readonly StreamPiece[] {
    switch (name) {
      case 'contentBlockStart':
        return content.start(data).map((delta) => chunk(delta))
      case 'contentBlockDelta':
        return content.add(data).map((delta) => chunk(delta))
      case 'contentBlockStop':
        return content.stop(data).map((delta) => chunk(delta))
      case 'messageStop':
        ended = true
        return [chunk({}, mapFinishReason(data))]
      case 'metadata':
        return ended ? [usageChunkOf(identity, convertUsage(objectOf(data['usage']))), 'done'] : []
      default:
        if (!name.toLowerCase().endsWith('exception')) return []
        return [errorEnvelopeOf({ message: textOf(data['message']) || `The provider failed: ${name}.`, type: name })]
    }
  }

  return { read, end: () => [] }
}

/** The blocks of a message, as deltas of one. Blocks of text and reasoning begin with their first piece. */
function openContent(hidesReasoning: boolean) {
  const tools = new Map<unknown, { readonly index: number; arguments: boolean }>()
  const thoughts = new Map<unknown, number>()

  function thoughtOf(at: unknown): number {
    const index = thoughts.get(at) ?? thoughts.size
    thoughts.set(at, index)
    return index
  }

  function reasoning(at: unknown, { text, signature, redactedContent }: JsonObject): readonly JsonObject[] {
    const index = thoughtOf(at)
    if (hidesReasoning) return []
    if (textOf(text) !== '') return [{ reasoning: textOf(text), reasoning_details: [textDetail(textOf(text), index)] }]
    if (textOf(signature) !== '') return [{ reasoning_details: [signatureDetail(textOf(signature), index)] }]
    const redacted = textOf(redactedContent)
    return redacted === '' ? [] : [{ reasoning_details: [redactedDetail(redacted, index)] }]
  }

  return {
    start({ contentBlockIndex: at, start }: JsonObject): readonly JsonObject[] {
      const { toolUse } = objectOf(start)
      if (toolUse === undefined) return []
      const { toolUseId, name } = objectOf(toolUse)
      const index = tools.size
      tools.set(at, { index, arguments: false })
      const called = { name: textOf(name), arguments: '' }
      return [{ tool_calls: [{ index, id: textOf(toolUseId), type: 'function', function: called }] }]
    },
    add({ contentBlockIndex: at, delta }: JsonObject): readonly JsonObject[] {
      const { text, toolUse, reasoningContent } = objectOf(delta)
      if (reasoningContent !== undefined) return reasoning(at, objectOf(reasoningContent))
      const tool = tools.get(at)
      const input = textOf(objectOf(toolUse)['input'])
      if (tool && input !== '') {
        tool.arguments = true
        return [argumentsDelta(tool.index, input)]
      }
      return textOf(text) === '' ? [] : [{ content: textOf(text) }]
    },
    /** A call without arguments has an empty object, as a whole answer has. */
    stop({ contentBlockIndex: at }: JsonObject): readonly JsonObject[] {
      const tool = tools.get(at)
      if (!tool || tool.arguments) return []
      tool.arguments = true
      return [argumentsDelta(tool.index, '{}')]
    },
  }
}

const argumentsDelta = (index: number, piece: string): JsonObject => ({
  tool_calls: [{ index, function: { arguments: piece } }],
})
