import { AppError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import type { InboundRead } from '../types.ts'
import { readFields } from '../field-rules.ts'
import { given, invalid, type Warn } from '../reading.ts'
import { requestFields } from './request-fields.ts'

/** Reads a request for a message into a chat completion. */
export const readRequest = (body: JsonObject): InboundRead => read(body, ['max_tokens', 'messages'])

/** The same where nothing is generated: the prompt alone matters. */
export const readCountRequest = (body: JsonObject): InboundRead => read(body, ['messages'])

function read(body: JsonObject, required: readonly string[]): InboundRead {
  const warnings: string[] = []
  try {
    for (const name of required) if (given(body, name) === undefined) throw invalid(name, `'${name}' is required.`)
    return { kind: 'read', body: translate(body, (warning) => warnings.push(warning)), warnings }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { kind: 'invalid', message: error.message, ...(error.param !== undefined && { param: error.param }) }
  }
}

function translate(body: JsonObject, warn: Warn): JsonObject {
  const { system, messages, ...rest } = readFields(body, requestFields, warn)
  const turns = messages as readonly JsonValue[]
  return { ...rest, messages: system === undefined ? turns : [system, ...turns] }
}
