import type { AppError, ErrorCode } from '../../../core/errors.ts'

/** The API's type of every error. */
export const errorTypes: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'invalid_request_error',
  context_length_exceeded: 'invalid_request_error',
  invalid_api_key: 'authentication_error',
  not_signed_in: 'authentication_error',
  provider_key_refused: 'authentication_error',
  insufficient_credits: 'billing_error',
  account_frozen: 'permission_error',
  not_allowed: 'permission_error',
  not_found: 'not_found_error',
  model_not_found: 'not_found_error',
  no_allowed_provider: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  request_timeout: 'timeout_error',
  conflict: 'conflict_error',
  payment_unavailable: 'conflict_error',
  idempotency_conflict: 'conflict_error',
  request_too_large: 'request_too_large',
  rate_limit_exceeded: 'rate_limit_error',
  caller_aborted: 'api_error',
  call_cancelled: 'api_error',
  internal_error: 'api_error',
  upstream_error: 'api_error',
  no_offer_available: 'overloaded_error',
  model_unpriced: 'api_error',
  ledger_unavailable: 'overloaded_error',
  shutting_down: 'overloaded_error',
  upstream_timeout: 'timeout_error',
}

/** Anthropic's error envelope. Its clients show `details.error_code` as the error's code; `param` and `metadata` are ours. */
export function writeError(error: AppError, { requestId }: { readonly requestId: string }) {
  const { code, param, metadata, message } = error
  return {
    type: 'error',
    error: {
      type: errorTypes[code],
      message,
      details: { error_code: code },
      ...(param !== undefined && { param }),
      ...(metadata && { metadata }),
    },
    request_id: requestId,
  }
}
