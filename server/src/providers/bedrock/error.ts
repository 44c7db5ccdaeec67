import type { JsonValue } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'
import type { ProviderError } from '../translation.ts'

/** Told with status 400, though it is the offer that is wrong, or our account, and not the request. */
const wrongModel =
  /model identifier is invalid|on-demand throughput isn.t supported|end of its life|operation not allowed/i
const quota = /quota/i
const tooLong = /input is too long|too many input tokens|exceeds? .*context/i

/** Reads `{"message"}`; the kind of error stands in a header, and is told by the status as well. */
export function readError(status: number, body: JsonValue | undefined): ProviderError {
  const { message: lower, Message: upper } = objectOf(body)
  const said = textOf(lower) || textOf(upper)
  const message = said === '' ? `The provider failed with status ${status}.` : said
  if (status === 400 && wrongModel.test(message)) return { message, status: 404 }
  if (status === 400 && quota.test(message)) return { message, status: 429 }
  return { message, code: tooLong.test(message) ? 'context_length_exceeded' : undefined }
}
