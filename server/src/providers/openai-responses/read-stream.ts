import type { JsonObject } from '../../core/json.ts'
import {
  chunkOf,
  objectOf,
  objectsOf,
  present,
  saysNothing,
  textOf,
  usageChunkOf,
  type AnswerIdentity,
} from '../openai-form.ts'
import type { AnswerFacts, StreamPiece, StreamTranslation } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { errorOf } from './error.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { excludesReasoning, readLogprobs } from './read-answer.ts'
import { openContent } from './stream-content.ts'

/**
 * Reads the events of a response, `response.created` to `response.completed`, as chunks of a chat completion. Nothing is
 * said before the model is: until then another provider can take over.
 */
export function openStream({ call, created }: AnswerFacts): StreamTranslation {
  const content = openContent(excludesReasoning(call.body))
  let identity: AnswerIdentity = { id: '', created, model: '' }
  let begun = false

  function chunks(deltas: readonly JsonObject[], choice: JsonObject = {}): readonly JsonObject[] {
    if (deltas.length === 0) return []
    const opening = begun ? [] : [chunkOf(identity, { role: 'assistant', content: '' })]
    begun = true
    return [...opening, ...deltas.map((delta) => chunkOf(identity, delta, choice))]
  }

  function end(response: JsonObject): readonly StreamPiece[] {
    const output = objectsOf(response['output'])
    // A server that told of no item as it came has them all at the end.
    const late = content.begun().items > 0 ? [] : output.flatMap((item, at) => chunks(content.finish(at, item)))
    return [
      ...late,
      ...chunks([{}], mapFinishReason(response, content.begun().calls > 0)),
      {
        ...usageChunkOf(identity, convertUsage(objectOf(response['usage']))),
        ...present('service_tier', response['service_tier']),
      },
      'done',
    ]
  }

  function read(event: JsonObject): readonly StreamPiece[] {
    switch (event['type']) {
      case 'response.created': {
        const { id, model } = objectOf(event['response'])
        identity = { id: textOf(id), created, model: textOf(model) }
        return []
      }
      case 'response.output_item.added':
        return chunks(content.start(event['output_index'], objectOf(event['item'])))
      case 'response.output_item.done':
        return chunks(content.finish(event['output_index'], objectOf(event['item'])))
      case 'response.completed':
      case 'response.incomplete':
        return end(objectOf(event['response']))
      case 'response.failed':
        return [{ error: errorOf(objectOf(event['response'])['error']) }]
      case 'error':
        return [{ error: errorOf(event) }]
      default: {
        if (saysNothing(event['delta'])) return []
        return chunks(content.add(event), readLogprobs(objectsOf(event['logprobs'])))
      }
    }
  }

  return { read: ({ data }) => read(data), end: () => [] }
}
