import type { JsonObject } from '../../../core/json.ts'
import type { Item, ItemEvent } from './item-queue.ts'

/** What a model says to its user: text and refusals, part after part. */
export type MessageItem = Item & {
  readonly text: (piece: string, logprobs: readonly JsonObject[]) => readonly ItemEvent[]
  readonly refusal: (piece: string) => readonly ItemEvent[]
  readonly annotation: (annotation: JsonObject) => readonly ItemEvent[]
}

type Part = {
  readonly type: 'output_text' | 'refusal'
  words: string
  readonly annotations: JsonObject[]
  readonly logprobs: JsonObject[]
}

export function openMessageItem(id: string): MessageItem {
  const parts: Part[] = []
  const at = () => ({ content_index: parts.length - 1 })

  /** Goes on in the open part, or ends it and begins one of the other type. */
  function partOf(type: Part['type'], events: ItemEvent[]): Part {
    const last = parts.at(-1)
    if (last?.type === type) return last
    events.push(...endPart())
    const part = { type, words: '', annotations: [], logprobs: [] }
    parts.push(part)
    events.push({ type: 'response.content_part.added', ...at(), part: partObject(part) })
    return part
  }

  function endPart(): readonly ItemEvent[] {
    const part = parts.at(-1)
    if (!part) return []
    const done =
      part.type === 'refusal'
        ? { type: 'response.refusal.done', ...at(), refusal: part.words }
        : { type: 'response.output_text.done', ...at(), text: part.words, logprobs: part.logprobs }
    return [done, { type: 'response.content_part.done', ...at(), part: partObject(part) }]
  }

  const object = (status: string): JsonObject => ({
    id,
    type: 'message',
    status,
    role: 'assistant',
    content: parts.map(partObject),
  })

  return {
    id: () => id,
    begin: () => ({ ...object('in_progress'), content: [] }),
    mayEnd: () => true,
    end: (status) => ({ events: endPart(), item: object(status) }),
    text(piece, logprobs) {
      const events: ItemEvent[] = []
      const part = partOf('output_text', events)
      part.words += piece
      part.logprobs.push(...logprobs)
      return [...events, { type: 'response.output_text.delta', ...at(), delta: piece, logprobs }]
    },
    refusal(piece) {
      const events: ItemEvent[] = []
      partOf('refusal', events).words += piece
      return [...events, { type: 'response.refusal.delta', ...at(), delta: piece }]
    },
    annotation(annotation) {
      const events: ItemEvent[] = []
      const { annotations } = partOf('output_text', events)
      const added = { type: 'response.output_text.annotation.added', ...at(), annotation_index: annotations.length }
      annotations.push(annotation)
      return [...events, { ...added, annotation }]
    },
  }
}

const partObject = ({ type, words, annotations, logprobs }: Part): JsonObject =>
  type === 'refusal'
    ? { type, refusal: words }
    : { type, annotations: [...annotations], logprobs: [...logprobs], text: words }
