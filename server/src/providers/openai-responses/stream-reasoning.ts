import type { JsonObject } from '../../core/json.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { betweenMessages } from './read-answer.ts'
import { encryptedDetail, summaryDetail, textDetail } from './reasoning-details.ts'

export type ReasoningPart = { readonly kind: 'summary' | 'text'; readonly at: unknown }

export type StreamReasoning = {
  /** More of a part of a reasoning item. */
  readonly add: (itemId: string, part: ReasoningPart, text: string) => readonly JsonObject[]
  /** A whole item, of which nothing was told before. */
  readonly tell: (item: JsonObject) => readonly JsonObject[]
  /** What of an item its provider alone can read: it is final when the item is. */
  readonly seal: (item: JsonObject) => readonly JsonObject[]
}

/** Reasoning as deltas: each part has an index of its own in `reasoning_details`, and is set apart in the plain text. */
export function openReasoning(hidden: boolean): StreamReasoning {
  const indexes = new Map<string, number>()
  let hasText = false

  function indexOf(key: string): number {
    const index = indexes.get(key) ?? indexes.size
    indexes.set(key, index)
    return index
  }

  function add(id: string, { kind, at }: ReasoningPart, text: string): readonly JsonObject[] {
    if (hidden || text === '') return []
    const key = JSON.stringify([id, kind, at])
    const reasoning = hasText && !indexes.has(key) ? betweenMessages + text : text
    hasText = true
    const place = { id, index: indexOf(key) }
    return [
      { reasoning, reasoning_details: [kind === 'summary' ? summaryDetail(text, place) : textDetail(text, place)] },
    ]
  }

  return {
    add,
    tell: (item) => {
      const id = textOf(item['id'])
      return [
        ...objectsOf(item['summary']).flatMap(({ text }, at) => add(id, { kind: 'summary', at }, textOf(text))),
        ...objectsOf(item['content']).flatMap(({ text }, at) => add(id, { kind: 'text', at }, textOf(text))),
      ]
    },
    seal(item) {
      const id = textOf(item['id'])
      const data = textOf(item['encrypted_content'])
      if (hidden || data === '') return []
      return [{ reasoning_details: [encryptedDetail(data, { id, index: indexOf(JSON.stringify([id])) })] }]
    },
  }
}
