import type { Clock } from '../../core/clock.ts'
import type { Token } from './exchange.ts'

/** A token is renewed beside the calls while it has less than this to live, and before a call when it has next to nothing. */
const renewBelowMs = 5 * 60_000
const usableAboveMs = 30_000
/** After a failure the old token serves on, as long as it may; it is not asked for again at every call. */
const retryAfterMs = 10_000

/** Gives a token that is valid now: at once where there is one. Fetches one at a time. */
export type AccessToken = () => string | Promise<string>

export function openAccessToken(
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
  fetchToken: () => Promise<Token>,
): AccessToken {
  let known: { readonly token: string; readonly expiresMs: number } | undefined
  let pending: Promise<string> | undefined
  let failedMs = Number.NEGATIVE_INFINITY

  async function renew(): Promise<string> {
    const askedMs = clock.monotonicMs()
    try {
      const { token, lifetimeSeconds } = await fetchToken()
      known = { token, expiresMs: askedMs + lifetimeSeconds * 1_000 }
      return token
    } catch (error) {
      failedMs = clock.monotonicMs()
      throw error
    } finally {
      pending = undefined
    }
  }

  return () => {
    const nowMs = clock.monotonicMs()
    const leftMs = known ? known.expiresMs - nowMs : 0
    if (known && leftMs > renewBelowMs) return known.token
    if (!known || leftMs <= usableAboveMs) return (pending ??= renew())
    if (!pending && nowMs - failedMs > retryAfterMs) {
      pending = renew()
      pending.catch(() => undefined)
    }
    return known.token
  }
}
