import { AppError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { readFields } from '../field-rules.ts'
import { given, invalid, type Warn } from '../reading.ts'
import type { InboundRead } from '../types.ts'
import { fitTools } from './read-tools.ts'
import { requestFields } from './request-fields.ts'

/** Reads a request for a response into a chat completion. */
export function readRequest(body: JsonObject): InboundRead {
  const warnings: string[] = []
  try {
    if (given(body, 'input') === undefined) throw invalid('input', "'input' is required.")
    return { kind: 'read', body: translate(body, (warning) => warnings.push(warning)), warnings }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { kind: 'invalid', message: error.message, ...(error.param !== undefined && { param: error.param }) }
  }
}

function translate(body: JsonObject, warn: Warn): JsonObject {
  const { instructions, messages, ...rest } = readFields(body, requestFields, warn)
  const turns = messages as readonly JsonValue[]
  return { ...fitTools(rest), messages: instructions === undefined ? turns : [instructions, ...turns] }
}
