/** Idempotency keys as https://docs.stripe.com/api/idempotent_requests has them, with one deviation: a 5xx is not kept. */
import { StripeFault } from './faults.ts'

export type Answer = { readonly status: number; readonly body: string; readonly requestId: string }

type Use = { readonly path: string; readonly params: string; readonly sinceMs: number; answer?: Answer }

export type Claim = { readonly kind: 'first'; readonly use: Use } | { readonly kind: 'again'; readonly answer: Answer }

export type IdempotencyKeys = {
  /** Claims a key for a request, gives the answer of an earlier one, or refuses. */
  readonly claim: (key: string, path: string, params: string) => Claim
  readonly keep: (use: Use, answer: Answer) => void
  /** Of a request that never began: the key is as if it had never been used. */
  readonly release: (key: string) => void
}

const keptMs = 24 * 3_600_000
const lengthMax = 255

export function makeIdempotencyKeys(nowMs: () => number): IdempotencyKeys {
  const uses = new Map<string, Use>()
  return {
    claim(key, path, params) {
      if (key.length > lengthMax)
        throw new StripeFault(400, 'invalid_request_error', `Idempotency keys may have up to ${lengthMax} characters.`)
      const use = uses.get(key)
      if (!use || nowMs() - use.sinceMs > keptMs) {
        const fresh: Use = { path, params, sinceMs: nowMs() }
        uses.set(key, fresh)
        return { kind: 'first', use: fresh }
      }
      const elsewhere = `Try using a key other than '${key}' if you meant to execute a different request.`
      if (use.path !== path)
        throw new StripeFault(
          400,
          'idempotency_error',
          `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${use.path}'). ${elsewhere}`,
        )
      if (use.params !== params)
        throw new StripeFault(
          400,
          'idempotency_error',
          `Keys for idempotent requests can only be used with the same parameters they were first used with. ${elsewhere}`,
        )
      if (!use.answer)
        throw new StripeFault(
          409,
          'invalid_request_error',
          `There is currently another in-progress request using this Idempotency-Key: ${key}. Please try again later.`,
          { code: 'idempotency_key_in_use' },
        )
      return { kind: 'again', answer: use.answer }
    },
    keep(use, answer) {
      use.answer = answer
    },
    release: (key) => void uses.delete(key),
  }
}
