import { isObject, type JsonObject } from '../../core/json.ts'
import {
  chunkOf,
  errorEnvelopeOf,
  objectOf,
  saysNothing,
  textOf,
  usageChunkOf,
  type AnswerIdentity,
} from '../openai-form.ts'
import type { AnswerFacts, StreamPiece, StreamTranslation } from '../translation.ts'
import { convertUsage, promptUsage } from './convert-usage.ts'
import { readError } from './error.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { excludesReasoning } from './read-answer.ts'
import { redactedDetail, signatureDetail, textDetail } from './reasoning-details.ts'

/** What a block that is open needs to be known of. */
type OpenBlock =
  | { readonly kind: 'thinking'; readonly index: number }
  | { readonly kind: 'tool'; readonly index: number; arguments: boolean }

/** Reads the events of a message, `message_start` to `message_stop`, as chunks of a chat completion. */
export function openStream({ call, created }: AnswerFacts): StreamTranslation {
  const content = openContent(excludesReasoning(call.body))
  let identity: AnswerIdentity = { id: '', created, model: '' }
  let usage: JsonObject = {}
  let begun = false
  let ended = false

  /** The role comes with the first word: a stream that has said nothing yet may still be taken over. */
  function chunk(delta: JsonObject, ending?: JsonObject): JsonObject {
    const said = begun ? delta : { role: 'assistant', content: '', ...delta }
    begun = true
    return chunkOf(identity, said, ending)
  }
  /** Behind the first chunk the prompt's usage, which Anthropic tells first: a stream that is cut pays for it as told. */
  function chunks(deltas: readonly JsonObject[]): readonly JsonObject[] {
    const isFirst = !begun && deltas.length > 0
    const said = deltas.map((delta) => chunk(delta))
    const prompt = isFirst ? promptUsage(usage) : undefined
    return prompt ? [...said, usageChunkOf(identity, prompt)] : said
  }

  function read(event: JsonObject): readonly StreamPiece[] {
    switch (event['type']) {
      case 'message_start': {
        const message = objectOf(event['message'])
        identity = { id: textOf(message['id']), created, model: textOf(message['model']) }
        usage = objectOf(message['usage'])
        return []
      }
      case 'content_block_start':
        return chunks(content.start(event['index'], objectOf(event['content_block'])))
      case 'content_block_delta':
        return chunks(content.add(event['index'], objectOf(event['delta'])))
      case 'content_block_stop':
        return chunks(content.stop(event['index']))
      case 'message_delta': {
        usage = { ...usage, ...known(objectOf(event['usage'])) }
        const ending = objectOf(event['delta'])
        if (ending['stop_reason'] === undefined || ending['stop_reason'] === null) return []
        ended = true
        return [chunk({}, mapFinishReason(ending))]
      }
      case 'message_stop':
        return ended ? [usageChunkOf(identity, convertUsage(usage)), 'done'] : []
      case 'error':
        return [errorEnvelopeOf(readError(event))]
      default:
        return []
    }
  }

  return { read: ({ data }) => read(data), end: () => [] }
}

/** Figures that a later event does not know do not undo those of an earlier one. */
const known = (usage: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null))

/** The blocks of a message, as deltas of one. */
function openContent(hidesReasoning: boolean) {
  const open = new Map<unknown, OpenBlock>()
  let tools = 0
  let thoughts = 0

  const reasoning = (detail: JsonObject): readonly JsonObject[] => {
    if (hidesReasoning) return []
    const text = textOf(detail['text'])
    return [{ ...(text !== '' && { reasoning: text }), reasoning_details: [detail] }]
  }

  return {
    start(at: unknown, block: JsonObject): readonly JsonObject[] {
      switch (block['type']) {
        case 'text':
          return textDeltas(block['text'])
        case 'thinking':
          open.set(at, { kind: 'thinking', index: thoughts++ })
          return textOf(block['thinking']) === '' ? [] : reasoning(textDetail(textOf(block['thinking']), thoughts - 1))
        case 'redacted_thinking':
          return reasoning(redactedDetail(textOf(block['data']), thoughts++))
        case 'tool_use': {
          // Anthropic's own streams begin with an empty input; others may give it whole.
          const input = isObject(block['input']) && !isEmpty(block['input']) ? JSON.stringify(block['input']) : ''
          open.set(at, { kind: 'tool', index: tools, arguments: input !== '' })
          const called = { name: textOf(block['name']), arguments: input }
          return [{ tool_calls: [{ index: tools++, id: textOf(block['id']), type: 'function', function: called }] }]
        }
        default:
          return []
      }
    },
    add(at: unknown, delta: JsonObject): readonly JsonObject[] {
      const block = open.get(at)
      switch (delta['type']) {
        case 'text_delta':
          return textDeltas(delta['text'])
        case 'thinking_delta':
          return saysNothing(delta['thinking'])
            ? []
            : reasoning(textDetail(textOf(delta['thinking']), block?.index ?? 0))
        case 'signature_delta':
          return saysNothing(delta['signature'])
            ? []
            : reasoning(signatureDetail(textOf(delta['signature']), block?.index ?? 0))
        case 'input_json_delta': {
          const piece = textOf(delta['partial_json'])
          if (block?.kind !== 'tool' || piece === '') return []
          block.arguments = true
          return [argumentsDelta(block.index, piece)]
        }
        default:
          return []
      }
    },
    /** A call without arguments has an empty object, as a whole answer has. */
    stop(at: unknown): readonly JsonObject[] {
      const block = open.get(at)
      open.delete(at)
      return block?.kind === 'tool' && !block.arguments ? [argumentsDelta(block.index, '{}')] : []
    },
  }
}

const isEmpty = (object: JsonObject): boolean => Object.keys(object).length === 0

const textDeltas = (text: JsonObject[string] | undefined): readonly JsonObject[] =>
  saysNothing(text) ? [] : [{ content: textOf(text) }]

const argumentsDelta = (index: number, piece: string): JsonObject => ({
  tool_calls: [{ index, function: { arguments: piece } }],
})
