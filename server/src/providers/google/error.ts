import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { ProviderError } from '../translation.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'

/**
 * Google's error, `google.rpc.Status`: alone, or as the only item of a list. A key that is wrong, and a place from which
 * Google may not be called, come as 400; they say nothing of the request, so they get the status that says so.
 */
export function readError(status: number, body: JsonValue | undefined): ProviderError {
  const answer = objectOf(Array.isArray(body) ? body[0] : body)
  const error = objectOf(answer['error'])
  const details = listOf(error['details']).filter(isObject)
  const message = textOf(error['message'])
  const retryAfterSeconds = retryDelay(details)
  return {
    message: message === '' ? `Google answered with status ${status}.` : message,
    type: textOf(error['status']) || undefined,
    code: codeOf(message, details),
    status: status === 400 ? statusOf(error, details) : status,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
}

/** The `error` of an event amid a stream, or inside an answer of 200. */
export const readErrorObject = (error: JsonValue): JsonObject => {
  const { message, type, code } = readError(500, { error })
  return { error: { message, type: type ?? 'upstream_error', code: code ?? null, param: null } }
}

const keyReasons: ReadonlySet<string> = new Set(['API_KEY_INVALID', 'API_KEY_EXPIRED', 'API_KEY_SERVICE_BLOCKED'])

function statusOf(error: JsonObject, details: readonly JsonObject[]): number {
  if (details.some(({ reason }) => keyReasons.has(textOf(reason)))) return 401
  return error['status'] === 'FAILED_PRECONDITION' ? 403 : 400
}

function codeOf(message: string, details: readonly JsonObject[]): string | undefined {
  if (/input token count.{0,40}exceeds the maximum/i.test(message)) return 'context_length_exceeded'
  return textOf(details.find(({ reason }) => reason !== undefined)?.['reason']) || undefined
}

/** `google.rpc.RetryInfo`: `{"retryDelay": "34.4s"}` */
function retryDelay(details: readonly JsonObject[]): number | undefined {
  for (const { retryDelay: delay } of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(delay))?.[1]
    if (seconds !== undefined) return Math.ceil(Number(seconds))
  }
  return undefined
}
