import type { JsonObject, JsonValue } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'
import type { ProviderError } from '../translation.ts'

/**
 * Reads OpenAI's envelope, and the two forms that errors have in a stream: an `error` event, flat or with an object, and
 * the `error` of a response that failed.
 */
export function readError(body: JsonValue | undefined): ProviderError {
  const whole = objectOf(body)
  const error = objectOf(whole['error'] ?? whole)
  const message = textOf(error['message'])
  const type = textOf(error['type'])
  return {
    message: message === '' ? 'The provider failed without a reason.' : message,
    type: type === '' || type === 'error' ? undefined : type,
    code: textOf(error['code']) || undefined,
    param: textOf(error['param']) || undefined,
  }
}

/** The same as the `error` of an answer that came with status 200. */
export function errorOf(body: JsonValue | undefined): JsonObject {
  const { message, type, code, param } = readError(body)
  return { message, type: type ?? 'upstream_error', code: code ?? null, param: param ?? null }
}
