import type { JsonValue } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'
import type { ProviderError } from '../translation.ts'

/** Reads `{"message"}`, which is all that Cohere says of an error. */
export function readError(body: JsonValue | undefined): ProviderError {
  const message = textOf(objectOf(body)['message'])
  return { message: message === '' ? 'The provider failed without a reason.' : message }
}
