/**
 * The headers that tell how limits stand: RedPill's own (`X-RateLimit-Reset` in Unix seconds) and OpenAI's, which its
 * clients read (`x-ratelimit-reset-requests` as a span such as `12s`).
 */
import type { Standing, Standings } from './types.ts'
import { secondsUntil } from './window.ts'

export function rateHeaders({ requests, tokens }: Standings, nowMs: number): Record<string, string> {
  return {
    ...(requests && {
      'x-ratelimit-limit': String(requests.limit),
      'x-ratelimit-remaining': String(requests.remaining),
      'x-ratelimit-reset': String(Math.ceil(requests.resetAtMs / 1_000)),
      ...openaiHeaders('requests', requests, nowMs),
    }),
    ...(tokens && openaiHeaders('tokens', tokens, nowMs)),
  }
}

const openaiHeaders = (what: 'requests' | 'tokens', { limit, remaining, resetAtMs }: Standing, nowMs: number) => ({
  [`x-ratelimit-limit-${what}`]: String(limit),
  [`x-ratelimit-remaining-${what}`]: String(remaining),
  [`x-ratelimit-reset-${what}`]: `${secondsUntil(resetAtMs, nowMs)}s`,
})
