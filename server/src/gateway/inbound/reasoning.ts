import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'

/** A piece of a model's reasoning: text, the signature that closes a text, or text that only its provider can read. */
export type ReasoningPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'signature'; readonly signature: string; readonly of: JsonObject }
  | { readonly kind: 'redacted'; readonly data: string; readonly of: JsonObject }

/**
 * The reasoning that a message, or a delta of one, carries. `reasoning_details` tells most; who sends it repeats its text
 * as plain `reasoning`, which is read only where the details hold no text.
 */
export function reasoningOf(message: JsonObject): readonly ReasoningPiece[] {
  const pieces = listOf(message['reasoning_details']).filter(isObject).flatMap(piecesOf)
  if (pieces.some((piece) => piece.kind === 'text')) return pieces
  const plain = message['reasoning_content'] ?? message['reasoning']
  return typeof plain === 'string' && plain !== '' ? [{ kind: 'text', text: plain }, ...pieces] : pieces
}

function piecesOf(detail: JsonObject): readonly ReasoningPiece[] {
  const text = detail['text'] ?? detail['summary']
  const { signature, data } = detail
  return [
    ...(typeof text === 'string' && text !== '' ? [{ kind: 'text', text } as const] : []),
    ...(typeof signature === 'string' && signature !== ''
      ? [{ kind: 'signature', signature, of: detail } as const]
      : []),
    ...(typeof data === 'string' && data !== '' ? [{ kind: 'redacted', data, of: detail } as const] : []),
  ]
}

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : []
