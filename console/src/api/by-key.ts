import type { Failure } from '../lib/failure.ts'

/**
 * Requests that an API key pays for. They carry the key and nothing else: no cookie, no account of the session. The key is
 * given with each of them and kept nowhere here.
 */
export async function askByKey<Answer>(address: string, key: string): Promise<KeyOutcome<Answer>> {
  try {
    const response = await fetch(address, { headers: { authorization: `Bearer ${key}` }, credentials: 'omit' })
    if (response.ok) return { ok: true, answer: (await response.json()) as Answer }
    return { ok: false, failure: await failureIn(response) }
  } catch {
    return { ok: false, failure: unreachable }
  }
}

export type KeyOutcome<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: KeyFailure }

/** A failure with what the server knows besides: which limit, how much is there, when to try again. */
export type KeyFailure = Failure & {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined
}

export const unreachable: KeyFailure = {
  status: 0,
  code: 'unreachable',
  message: 'The server cannot be reached.',
  param: undefined,
  requestId: undefined,
  metadata: {},
  retryAfterSeconds: undefined,
}

type ErrorBody = {
  readonly code?: string
  readonly message?: string
  readonly param?: string | null
  readonly metadata?: Record<string, unknown>
}

/** What an error envelope says. */
export function failureOfBody(error: ErrorBody, status: number, headers?: Headers): KeyFailure {
  const retryAfter = headers?.get('retry-after')
  return {
    status,
    code: error.code ?? 'unknown',
    message: error.message ?? `The server answered with status ${status}.`,
    param: error.param ?? undefined,
    requestId: headers?.get('x-request-id') ?? undefined,
    metadata: error.metadata ?? {},
    retryAfterSeconds: retryAfter ? Number(retryAfter) || undefined : undefined,
  }
}

export async function failureIn(response: Response): Promise<KeyFailure> {
  let body: { readonly error?: ErrorBody } = {}
  try {
    body = (await response.json()) as typeof body
  } catch {
    // No JSON: the status has to say it.
  }
  return failureOfBody(body.error ?? {}, response.status, response.headers)
}
