import { AppError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { readFields } from '../field-rules.ts'
import { asBoolean, given, invalid, type Warn } from '../reading.ts'
import type { InboundRead, StoredBefore } from '../types.ts'
import { itemsOf, readInput } from './read-input.ts'
import { fitTools } from './read-tools.ts'
import { requestFields } from './request-fields.ts'

/** Reads a request for a response into a chat completion, after the items that are stored before it. */
export function readRequest(body: JsonObject, stored?: StoredBefore): InboundRead {
  const warnings: string[] = []
  try {
    const input = given(body, 'input')
    if (input === undefined) throw invalid('input', "'input' is required.")
    const warn = (warning: string) => void warnings.push(warning)
    if (!stored) return { kind: 'read', body: translate(body, warn), warnings }
    const { store = null, previous_response_id: _previous, ...rest } = body
    const isStored = store === null || asBoolean(store, 'store')
    const read = { kind: 'read', body: translate(rest, warn, stored.items), warnings } as const
    return isStored ? { ...read, conversation: [...stored.items, ...itemsOf(input)] } : read
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { kind: 'invalid', message: error.message, ...(error.param !== undefined && { param: error.param }) }
  }
}

function translate(body: JsonObject, warn: Warn, before: readonly JsonObject[] = []): JsonObject {
  const { instructions, messages, ...rest } = readFields(body, requestFields, warn)
  // What was left out of them was told when they came.
  const turns = before.length === 0 ? [] : readInput(before, () => {})
  const all = [...(instructions === undefined ? [] : [instructions]), ...turns, ...(messages as readonly JsonValue[])]
  return { ...fitTools(rest), messages: all }
}
