import { AppError } from '../core/errors.ts'
import { isObject, parseJson, type JsonValue } from '../core/json.ts'
import type { AnswerHead, UpstreamFault } from '../providers/index.ts'
import type { Outcome } from '../router/index.ts'
import type { AttemptTimeouts } from './patience.ts'
import { readRetryAfter, wholeSeconds } from './retry-after.ts'

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
  /** For the receipt. Not for callers, for it may name inner things; and none of a provider's words, for they may quote a prompt. */
  readonly note: string
  /** Whether another offer may do better; `false` when the request itself is at fault. */
  readonly movesOn: boolean
  /** Whether the caller brought it about, by the request or by little patience: it says nothing of the provider. */
  readonly isCallers: boolean
  readonly retryAfterSeconds: number | undefined
  /** What the provider said of the request, when the request is at fault: for its caller alone. */
  readonly complaint: { readonly message: string; readonly param: string | undefined } | undefined
}

const failure = (reason: FailureReason, note: string, more: Partial<AttemptFailure> = {}): AttemptFailure => ({
  reason,
  note,
  status: undefined,
  movesOn: true,
  isCallers: false,
  retryAfterSeconds: undefined,
  complaint: undefined,
  ...more,
})

export const failureOfFault = (fault: UpstreamFault): AttemptFailure => failure(fault.kind, fault.message)

export function failureOfTimeout(
  which: 'first-byte' | 'idle' | 'total',
  { firstByteMs, idleMs, totalMs, areCallers }: AttemptTimeouts,
): AttemptFailure {
  const limit = {
    'first-byte': { awaited: 'first byte', ms: firstByteMs, isCallers: areCallers?.firstByte === true },
    idle: { awaited: 'byte', ms: idleMs, isCallers: false },
    total: { awaited: 'end', ms: totalMs, isCallers: areCallers?.total === true },
  }[which]
  return failure('timeout', `no ${limit.awaited} within ${limit.ms} ms`, { isCallers: limit.isCallers })
}

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

/** Statuses that need not blame the request, but say nothing of the provider: its author may not make it, or it is too big. */
const neutralStatuses = new Set([403, 414, 431, 451])

/** Codes that blame the request, whatever the status: some servers tell of it with 500, or amid a stream. */
const codesAtFault: ReadonlySet<string> = new Set([
  'content_filter',
  'content_policy_violation',
  'context_length_exceeded',
  'exceed_context_size_error',
  'invalid_prompt',
  'string_above_max_length',
])

/** What OpenAI says with 429 of a request that is above the limit of a minute by itself: others have room. */
const tooLargeAlone = /^request too large/i

function isCallers(status: number, { code, param, message }: Said): boolean {
  if (requestAtFault.has(status) || neutralStatuses.has(status) || (code !== undefined && codesAtFault.has(code)))
    return true
  // Something that the request names is not there; where it is the model, our name of it is wrong.
  if (status === 404) return param !== undefined && param !== 'model'
  return status === 429 && tooLargeAlone.test(message ?? '')
}

/** The failure that a status other than 2xx means. */
export function failureOfStatus(head: AnswerHead, body: Buffer): AttemptFailure {
  const atFault = requestAtFault.has(head.status)
  const said = readSaid(parseJson(body.toString('utf8')))
  return failure('status', noteOf(`status ${head.status}`, said), {
    status: head.status,
    movesOn: !atFault,
    isCallers: isCallers(head.status, said),
    retryAfterSeconds: readRetryAfter(head.headers),
    complaint: atFault ? complaintOf(said, head.status) : undefined,
  })
}

/**
 * The failure that an error object inside a 200 answer means, as a stream's event or as the whole body. Servers that have
 * sent their head already put the status that they would have answered with into its code.
 */
export function failureOfErrorObject(error: JsonValue): AttemptFailure {
  const said = readSaid({ error })
  const meant = Number(said.code)
  const atFault = requestAtFault.has(meant)
  return failure('status', noteOf('an error object', said), {
    status: 200,
    movesOn: !atFault,
    isCallers: isCallers(meant, said),
    complaint: atFault ? complaintOf(said, meant) : undefined,
  })
}

/** What a provider says of a failure. */
type Said = {
  readonly message: string | undefined
  readonly type: string | undefined
  readonly param: string | undefined
  readonly code: string | undefined
}

const complaintCharactersMax = 1_000
const paramCharactersMax = 200
const codeCharactersMax = 100

/** A word of an API, or a path into a request; a sentence is neither. */
const word = /^[\w.:/[\]-]{1,100}$/

const noteOf = (what: string, { code, type, param }: Said): string =>
  [
    what,
    ...Object.entries({ code, type, param }).flatMap(([name, is]) => (is && word.test(is) ? `${name} ${is}` : [])),
  ].join(', ')

const complaintOf = ({ message, param }: Said, status: number): AttemptFailure['complaint'] => ({
  message: message ?? `The provider refused the request with status ${status}.`,
  param: message === undefined ? undefined : param,
})

function readSaid(body: JsonValue | undefined): Said {
  // OpenAI's envelope, or what other servers (Mistral, Azure's front, FastAPI) have instead of one.
  const error = isObject(body) ? (body['error'] ?? body['message'] ?? body['detail']) : undefined
  if (!isObject(error)) {
    const nothing = { type: undefined, param: undefined, code: undefined }
    return { message: textOf(error, complaintCharactersMax), ...nothing }
  }
  const { message, type, param, code } = error
  return {
    message: textOf(message, complaintCharactersMax),
    type: textOf(type, codeCharactersMax),
    param: textOf(param, paramCharactersMax),
    code: textOf(typeof code === 'number' ? String(code) : code, codeCharactersMax),
  }
}

const textOf = (value: JsonValue | undefined, charactersMax: number): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, charactersMax) : undefined

/** Every offer had as many calls as its operator allows. */
export const atLimit = (seconds: number): AttemptFailure =>
  failure('status', 'at its limit of calls', { status: 429, retryAfterSeconds: seconds })

/** What the end of an attempt says of the offer. */
export function outcomeOf(ended: { readonly kind: string; readonly failure?: AttemptFailure }): Outcome {
  if (ended.kind === 'answered') return { kind: 'ok' }
  const { failure: why } = ended
  if (!why || why.isCallers || why.reason === 'incapable' || why.reason === 'too-large') return { kind: 'neutral' }
  return why.status === 429 ? { kind: 'limited', retryAfterSeconds: why.retryAfterSeconds } : { kind: 'failed' }
}

/** What the caller is told once no attempt is left. Inner messages stay inside, but for complaints about the request. */
export function errorOfFailure(last: AttemptFailure, attempts: number): AppError {
  const metadata = { attempts }
  if (last.complaint) {
    const { message, param } = last.complaint
    return new AppError('invalid_request', {
      ...{ message, metadata },
      ...(last.reason === 'status' && { kept: `The provider refused the request (${last.note}).` }),
      ...(param !== undefined && { param }),
    })
  }
  if (last.status === 429) {
    return new AppError('rate_limit_exceeded', {
      message: 'Every provider of this model is at its rate limit. Try again later.',
      retryAfterSeconds: wholeSeconds(last.retryAfterSeconds ?? 1),
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
