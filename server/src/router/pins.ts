import { hash } from 'node:crypto'
import type { Uuid } from '../core/ids.ts'
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'

/** Which offer answers which conversation, so that it is asked again while its cache knows the prompt. */
export type Pins = {
  readonly find: (conversation: string, nowMs: number) => Uuid | undefined
  readonly keep: (conversation: string, offerId: Uuid, nowMs: number) => void
}

/** Providers keep what they have cached for about as long. */
const idleMs = 10 * 60_000

export function openPins(pinsMax = 20_000): Pins {
  const pins = new Map<string, { readonly offerId: Uuid; readonly untilMs: number }>()
  return {
    find(conversation, nowMs) {
      const pin = pins.get(conversation)
      return pin && nowMs < pin.untilMs ? pin.offerId : undefined
    },
    keep(conversation, offerId, nowMs) {
      // Set anew, so that the oldest are first.
      pins.delete(conversation)
      pins.set(conversation, { offerId, untilMs: nowMs + idleMs })
      if (pins.size > pinsMax) pins.delete(pins.keys().next().value!)
    },
  }
}

/**
 * Tells conversations of an account apart: by the name that the caller gave, else by how they begin, which is what a
 * provider's cache knows them by.
 */
export function conversationKey(
  accountId: Uuid,
  modelId: string,
  body: JsonObject,
  sessionId: string | undefined,
): string {
  const { prompt_cache_key: cacheKey } = body
  const name = sessionId ?? (typeof cacheKey === 'string' && cacheKey !== '' ? cacheKey : undefined)
  const begins = name === undefined ? beginningOf(body['messages']) : ['named', name]
  return hash('sha256', JSON.stringify([accountId, modelId, begins]), 'base64')
}

/** The first system message and the first other one. */
function beginningOf(messages: JsonValue | undefined): readonly JsonValue[] {
  const all = Array.isArray(messages) ? (messages as readonly JsonValue[]).filter(isObject) : []
  const isSystem = ({ role }: JsonObject) => role === 'system' || role === 'developer'
  const system = all.find(isSystem)
  const other = all.find((message) => !isSystem(message))
  return [system?.['content'] ?? null, other?.['content'] ?? null]
}
