/**
 * The one catalogue of faults: code -> HTTP status, OpenAI's `type`, and whether the same request may succeed later.
 * Mirrored in docs/errors.md (a test compares them). An outcome that a caller must handle is a value, not one of these.
 */
export const catalogue = {
  invalid_request: { status: 400, type: 'invalid_request_error', retryable: false },
  context_length_exceeded: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_api_key: { status: 401, type: 'authentication_error', retryable: false },
  not_signed_in: { status: 401, type: 'authentication_error', retryable: false },
  provider_key_refused: { status: 401, type: 'authentication_error', retryable: false },
  insufficient_credits: { status: 402, type: 'insufficient_quota', retryable: false },
  account_frozen: { status: 403, type: 'permission_error', retryable: false },
  not_allowed: { status: 403, type: 'permission_error', retryable: false },
  not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  model_not_found: { status: 404, type: 'invalid_request_error', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request_error', retryable: false },
  request_timeout: { status: 408, type: 'invalid_request_error', retryable: true },
  conflict: { status: 409, type: 'invalid_request_error', retryable: false },
  payment_unavailable: { status: 409, type: 'invalid_request_error', retryable: false },
  idempotency_conflict: { status: 409, type: 'invalid_request_error', retryable: false },
  request_too_large: { status: 413, type: 'invalid_request_error', retryable: false },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', retryable: true },
  caller_aborted: { status: 499, type: 'aborted', retryable: true },
  call_cancelled: { status: 499, type: 'aborted', retryable: false },
  internal_error: { status: 500, type: 'server_error', retryable: true },
  upstream_error: { status: 502, type: 'upstream_error', retryable: true },
  no_allowed_provider: { status: 404, type: 'invalid_request_error', retryable: false },
  no_offer_available: { status: 503, type: 'server_error', retryable: true },
  model_unpriced: { status: 503, type: 'server_error', retryable: false },
  ledger_unavailable: { status: 503, type: 'server_error', retryable: true },
  shutting_down: { status: 503, type: 'server_error', retryable: true },
  upstream_timeout: { status: 504, type: 'upstream_error', retryable: true },
} as const satisfies Record<string, { status: number; type: string; retryable: boolean }>

export type ErrorCode = keyof typeof catalogue

export type ErrorDetails = {
  /** What a person reads. Never a secret, never an inner provider's key or address. */
  readonly message: string
  /** What may be stored in place of the message, where that holds what a provider wrote: it may quote a prompt. */
  readonly kept?: string
  /** The request field at fault, where there is one. */
  readonly param?: string
  /** Facts that a program can use, such as `{ available_credits, needed_credits, limit }`. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** Both may hold what a caller or a provider wrote, of any length. */
const messageCharactersMax = 2_000
const paramCharactersMax = 200

const bounded = (text: string, charactersMax: number): string =>
  text.length > charactersMax ? `${text.slice(0, charactersMax - 3).toWellFormed()}...` : text

/** A fault with a code from the catalogue; the HTTP edge turns it into an answer. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly kept: string
  readonly param: string | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(
      bounded(details.message, messageCharactersMax),
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.name = 'AppError'
    this.code = code
    this.kept = details.kept ?? this.message
    this.param = details.param === undefined ? undefined : bounded(details.param, paramCharactersMax)
    this.metadata = details.metadata
    this.retryAfterSeconds = details.retryAfterSeconds
  }

  get status(): number {
    return catalogue[this.code].status
  }
}

/** OpenAI's error envelope, with the facts under `metadata` where there are any. */
export type ErrorEnvelope = {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: ErrorCode
    readonly param: string | null
    readonly metadata?: Readonly<Record<string, unknown>>
  }
}

export function errorEnvelope(error: AppError): ErrorEnvelope {
  const { type } = catalogue[error.code]
  const body = { message: error.message, type, code: error.code, param: error.param ?? null }
  return { error: error.metadata ? { ...body, metadata: error.metadata } : body }
}
