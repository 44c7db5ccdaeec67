import { isObject, type JsonObject } from '../../../core/json.ts'
import { listOf, reasoningOf } from '../reasoning.ts'
import type { Item, ItemEvent } from './item-queue.ts'
import { sealReasoning } from './sealed-reasoning.ts'

/** A model's reasoning: its text as one summary, and sealed where its provider wants more back than that, or the caller asks. */
export type ReasoningItem = Item & { readonly write: (said: Reasoning) => readonly ItemEvent[] }

/** What a message, or a delta of one, carries of reasoning. */
export type Reasoning = { readonly text: string; readonly details: readonly JsonObject[] }

export function reasoningIn(message: JsonObject): Reasoning {
  const pieces = reasoningOf(message)
  if (pieces.length === 0) return { text: '', details: [] }
  const text = pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('')
  const details = listOf(message['reasoning_details']).filter(isObject)
  return { text, details: details.length > 0 ? details : [{ type: 'reasoning.text', text }] }
}

const at = { summary_index: 0 }

export function openReasoningItem(id: string, isSealAsked: boolean): ReasoningItem {
  const details: JsonObject[] = []
  let summary = ''

  return {
    id: () => id,
    begin: () => ({ id, type: 'reasoning', summary: [] }),
    mayEnd: () => true,
    end() {
      const part = { type: 'summary_text', text: summary }
      const isSealed = isSealAsked || details.some(isWantedBack)
      const sealed = isSealed && { encrypted_content: sealReasoning(details) }
      if (summary === '') return { events: [], item: { id, type: 'reasoning', summary: [], ...sealed } }
      const events = [
        { type: 'response.reasoning_summary_text.done', ...at, text: summary },
        { type: 'response.reasoning_summary_part.done', ...at, part },
      ]
      return { events, item: { id, type: 'reasoning', summary: [part], ...sealed } }
    },
    write({ text, details: more }) {
      for (const detail of more) addDetail(details, detail)
      if (text === '') return []
      const part = { type: 'summary_text', text: '' }
      const added = summary === '' ? [{ type: 'response.reasoning_summary_part.added', ...at, part }] : []
      summary += text
      return [...added, { type: 'response.reasoning_summary_text.delta', ...at, delta: text }]
    },
  }
}

/** Whether a provider has signed or encrypted it, which no summary tells. */
export const isWantedBack = ({ signature, data }: JsonObject): boolean =>
  (typeof signature === 'string' && signature !== '') || (typeof data === 'string' && data !== '')

/** Pieces of one entry become one; what is signed is closed. */
function addDetail(details: JsonObject[], piece: JsonObject): void {
  const last = details.at(-1)
  const isSame = last && last['type'] === piece['type'] && last['index'] === piece['index']
  if (!isSame || piece['type'] === 'reasoning.encrypted' || typeof last['signature'] === 'string') {
    details.push(piece)
    return
  }
  const field = piece['type'] === 'reasoning.summary' ? 'summary' : 'text'
  const words = [last[field], piece[field]].map((text) => (typeof text === 'string' ? text : ''))
  details[details.length - 1] = { ...last, ...piece, [field]: words.join('') }
}
