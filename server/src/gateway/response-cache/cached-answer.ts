import { createHash } from 'node:crypto'
import type { Uuid } from '../../core/ids.ts'
import { canonicalExactJson } from '../../core/exact-json.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Call } from '../call.ts'

/** What a model has answered, in OpenAI's form: at once, or the chunks of a stream. */
export type Answered =
  | { readonly model: string; readonly whole: JsonObject }
  | { readonly model: string; readonly chunks: readonly JsonObject[] }

/** An answer of the cache. */
export type CachedAnswer = {
  /** The call that gave it. */
  readonly callId: Uuid
  /** An `Answered`, as JSON. */
  readonly text: string
  readonly storedAtMs: number
  readonly expiresAtMs: number
}

/**
 * Tells equal requests: of one account, by keys that may reach the same, to the same API and model, with the same routing
 * and the same body, but for the order of its fields.
 */
export function cacheKeyOf({ caller, request, model, route }: Call): Buffer {
  const { models, providers } = caller.key.policy
  const identity = [caller.accountId, { models, providers }, request.api.name, model.id, route.policy]
  const hash = createHash('sha256').update(JSON.stringify(identity, bigintAsText))
  return hash.update('\n').update(canonicalExactJson(request.asked, request.numbers)).digest()
}

const bigintAsText = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** The same answer as that of another call: under its id, at its time, without the usage of the first. */
export function asAnswerOf(answer: JsonObject, identity: { readonly id: string; readonly createdAtMs: number }) {
  const { usage: _usage, ...rest } = answer
  return {
    ...rest,
    ...(answer['id'] !== undefined && { id: identity.id }),
    ...(answer['created'] !== undefined && { created: Math.floor(identity.createdAtMs / 1_000) }),
  } satisfies Record<string, JsonValue>
}
