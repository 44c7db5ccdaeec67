import { AppError } from '../core/errors.ts'
import { isObject, parseJson, type JsonValue } from '../core/json.ts'
import type { AnswerHead, UpstreamFault } from '../providers/index.ts'
import type { Outcome } from '../router/index.ts'

export type FailureReason =
  | 'connect'
  | 'timeout'
  | 'reset'
  | 'protocol'
  | 'refused-address'
  | 'malformed'
  | 'too-large'
  | 'incapable'
  | 'status'

/** Why an attempt gave no whole answer. */
export type AttemptFailure = {
  readonly reason: FailureReason
  /** The upstream's HTTP status, where one came. */
  readonly status: number | undefined
  /** For the receipt and the log. Not for callers: it may name inner things. */
  readonly note: string
  /** Whether another offer may do better; `false` when the request itself is at fault. */
  readonly movesOn: boolean
  readonly retryAfterSeconds: number | undefined
  /** What the provider said of the request, when the request is at fault. */
  readonly complaint: { readonly message: string; readonly param: string | undefined } | undefined
}

const failure = (reason: FailureReason, note: string, more: Partial<AttemptFailure> = {}): AttemptFailure => ({
  reason,
  note,
  status: undefined,
  movesOn: true,
  retryAfterSeconds: undefined,
  complaint: undefined,
  ...more,
})

export const failureOfFault = (fault: UpstreamFault): AttemptFailure => failure(fault.kind, fault.message)

export const failureOfTimeout = (which: 'first-byte' | 'idle' | 'total', limitMs: number): AttemptFailure =>
  failure(
    'timeout',
    `no ${which === 'first-byte' ? 'first byte' : which === 'idle' ? 'byte' : 'end'} within ${limitMs} ms`,
  )

export const malformed = (note: string): AttemptFailure => failure('malformed', note)

/** The provider would have to leave out what a strict caller insists on; another one may not have to. */
export const incapable = (warnings: readonly string[]): AttemptFailure => ({
  ...failure('incapable', warnings.join('; ')),
  complaint: {
    message: `No provider of this model takes the whole request: ${warnings.join('; ')}.`,
    param: undefined,
  },
})

export const tooLarge = (bytesMax: number): AttemptFailure => failure('too-large', `more than ${bytesMax} bytes`)

/**
 * Statuses that blame the request. Everything else blames the provider or our account with it (401, 402, 403 and 404
 * say that our key, our balance or our model name is wrong there), so the next offer may do better.
 */
const requestAtFault = new Set([400, 413, 415, 422])

/** The failure that a status other than 2xx means. */
export function failureOfStatus(head: AnswerHead, body: Buffer): AttemptFailure {
  const atFault = requestAtFault.has(head.status)
  const said = complaintOf(parseJson(body.toString('utf8')))
  return failure('status', said?.message ?? `status ${head.status}`, {
    status: head.status,
    movesOn: !atFault,
    retryAfterSeconds: retryAfterSeconds(head.headers['retry-after']),
    complaint: atFault
      ? (said ?? { message: `The provider refused the request with status ${head.status}.`, param: undefined })
      : undefined,
  })
}

/** The failure that an error object inside a 200 answer means, as a stream's event or as the whole body. */
export function failureOfErrorObject(error: JsonValue): AttemptFailure {
  const said = complaintOf({ error })
  return failure('status', said?.message ?? 'an error object', { status: 200 })
}

const complaintCharactersMax = 1_000
const paramCharactersMax = 200

function complaintOf(body: JsonValue | undefined): AttemptFailure['complaint'] {
  // OpenAI's envelope, or what other servers (Mistral, Azure's front, FastAPI) have instead of one.
  const error = isObject(body) ? (body['error'] ?? body['message'] ?? body['detail']) : undefined
  const message = isObject(error) ? error['message'] : error
  if (typeof message !== 'string' || message === '') return undefined
  const param = isObject(error) ? error['param'] : undefined
  return {
    message: message.slice(0, complaintCharactersMax),
    param: typeof param === 'string' ? param.slice(0, paramCharactersMax) : undefined,
  }
}

const retryAfterMax = 3_600

function retryAfterSeconds(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d+$/.test(header)) return undefined
  return Math.min(Number(header), retryAfterMax)
}

/** Every offer had as many calls as its operator allows. */
export const atLimit = (seconds: number): AttemptFailure =>
  failure('status', 'at its limit of calls', { status: 429, retryAfterSeconds: seconds })

/** Statuses that say nothing of the provider: the request was at fault, or its author may not make it. */
const neutralStatuses = new Set([403, ...requestAtFault])

/** What the end of an attempt says of the offer. */
export function outcomeOf(ended: { readonly kind: string; readonly failure?: AttemptFailure }): Outcome {
  if (ended.kind === 'answered') return { kind: 'ok' }
  const { failure: why } = ended
  if (!why || why.reason === 'incapable' || why.reason === 'too-large') return { kind: 'neutral' }
  if (why.status === 429) return { kind: 'limited', retryAfterSeconds: why.retryAfterSeconds }
  return why.status !== undefined && neutralStatuses.has(why.status) ? { kind: 'neutral' } : { kind: 'failed' }
}

/** What the caller is told once no attempt is left. Inner messages stay inside, but for complaints about the request. */
export function errorOfFailure(last: AttemptFailure, attempts: number): AppError {
  const metadata = { attempts }
  if (last.complaint) {
    const { message, param } = last.complaint
    return new AppError('invalid_request', param === undefined ? { message, metadata } : { message, param, metadata })
  }
  if (last.status === 429) {
    return new AppError('rate_limit_exceeded', {
      message: 'Every provider of this model is at its rate limit. Try again later.',
      retryAfterSeconds: last.retryAfterSeconds ?? 1,
      metadata,
    })
  }
  if (last.reason === 'timeout')
    return new AppError('upstream_timeout', { message: 'The provider did not answer in time.', metadata })
  return new AppError('upstream_error', { message: whatHappened(last), metadata })
}

function whatHappened(last: AttemptFailure): string {
  switch (last.reason) {
    case 'connect':
    case 'refused-address':
      return 'The provider of this model could not be reached.'
    case 'reset':
      return 'The provider broke the connection before its answer was whole.'
    case 'too-large':
      return "The provider's answer was larger than this gateway takes."
    case 'status':
      return last.status === 200
        ? 'The provider answered with an error.'
        : `The provider answered with status ${last.status}.`
    case 'malformed':
    case 'protocol':
    case 'incapable':
    case 'timeout':
      return 'The provider answered with something that is not an answer.'
  }
}
