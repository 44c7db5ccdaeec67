/** Entries of OpenRouter's `reasoning_details`, and the reasoning items that they stand for. */
import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectsOf, present, textOf } from '../openai-form.ts'
import { reasoningFormat } from './api-types.ts'

type Place = { readonly id: string; readonly index: number }

const detail = (type: string, told: JsonObject, { id, index }: Place): JsonObject => ({
  type,
  ...told,
  ...(id !== '' && { id }),
  format: reasoningFormat,
  index,
})

export const summaryDetail = (summary: string, place: Place): JsonObject =>
  detail('reasoning.summary', { summary }, place)
export const textDetail = (text: string, place: Place): JsonObject => detail('reasoning.text', { text }, place)
export const encryptedDetail = (data: string, place: Place): JsonObject =>
  detail('reasoning.encrypted', { data }, place)

const own = new Set(['', reasoningFormat, 'unknown'])

/** A reasoning item that is put together again from its details. */
type Item = { readonly id: string; readonly summary: Map<unknown, string>; data: string }

/**
 * Reasoning that a caller gives back, as the items in which it came. Nothing is kept at OpenAI, so an item is worth its
 * encrypted form alone: what has none, or comes from another provider, is left out.
 */
export function convertReasoning(message: JsonObject, notes: Notes): readonly JsonObject[] {
  const items: Item[] = []
  const details = objectsOf(message['reasoning_details'])
  for (const each of details) {
    if (!own.has(textOf(each['format']))) {
      notes.leaveOut('reasoning of another provider', 'only the one that it came from can read it')
      continue
    }
    const id = textOf(each['id'])
    let item = items.at(-1)
    if (!item || item.id !== id || (id === '' && item.data !== ''))
      items.push((item = { id, summary: new Map(), data: '' }))
    // The pieces of a stream may come back unjoined: those of one part have one index.
    const part = each['index']
    item.summary.set(part, (item.summary.get(part) ?? '') + textOf(each['summary']))
    item.data += textOf(each['data'])
  }
  const plain = textOf(message['reasoning_content']) || textOf(message['reasoning'])
  if (items.some(({ data }) => data === '') || (details.length === 0 && plain !== ''))
    notes.leaveOut('reasoning that is not encrypted', 'the provider takes back its own alone')
  return items.filter(({ data }) => data !== '').map(writeItem)
}

const writeItem = ({ id, summary, data }: Item): JsonObject => ({
  type: 'reasoning',
  ...present('id', id === '' ? undefined : id),
  summary: [...summary.values()].filter((text) => text !== '').map((text) => ({ type: 'summary_text', text })),
  encrypted_content: data,
})
