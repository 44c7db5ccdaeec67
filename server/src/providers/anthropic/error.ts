import type { JsonValue } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'
import type { ProviderError } from '../translation.ts'

/** It is told with status 400, as if the request were wrong. */
const emptyAccount = /credit balance is too low/i
const tooLong = /prompt is too long|exceed context limit|context window/i

/** Reads `{"type": "error", "error": {"type", "message"}}`, as an answer and as an event. */
export function readError(body: JsonValue | undefined): ProviderError {
  const error = objectOf(objectOf(body)['error'])
  const message = textOf(error['message'])
  const type = textOf(error['type'])
  return {
    ...(emptyAccount.test(message) && { status: 402 }),
    message: message === '' ? 'The provider failed without a reason.' : message,
    type: type === '' ? undefined : type,
    code: tooLong.test(message) ? 'context_length_exceeded' : type === '' ? undefined : type,
  }
}
