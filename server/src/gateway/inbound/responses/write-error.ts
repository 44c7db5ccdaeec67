import { errorEnvelope, type AppError, type ErrorCode } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'

/** An error as an event of a stream. Clients differ in where they look for what it says: beside its type, or in `error`. */
export function eventError(error: AppError) {
  const { error: said } = errorEnvelope(error)
  return { code: said.code, message: said.message, param: said.param, error: said }
}

/** The few codes that a failed response has for what the request itself got wrong; anything else is the server's. */
const responseCodes: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_prompt',
  context_length_exceeded: 'invalid_prompt',
  rate_limit_exceeded: 'rate_limit_exceeded',
}

export const responseError = ({ code, message }: AppError): JsonObject => ({
  code: responseCodes[code] ?? 'server_error',
  message,
})
