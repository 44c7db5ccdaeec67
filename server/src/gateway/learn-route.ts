import type { Units } from '../credits/index.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { Ending } from './settle.ts'
import { tokensOut } from './usage.ts'

/** Answers shorter than this tell more of the wait before them than of their speed. */
const speedTokensLeast = 16

/** Notes what an answer taught: how quickly it was written, and who has this conversation in its cache now. */
export function learnRoute(context: GatewayContext, call: Call, { state, attempt }: Ending, units: Units): void {
  if (state !== 'ok' || !attempt) return
  const nowMs = context.clock.monotonicMs()
  const tokens = tokensOut(units)
  const row = tokens >= speedTokensLeast ? call.tried.findLast(({ outcome }) => outcome === 'answered') : undefined
  if (row) {
    const ms = row.ms - (call.request.stream ? (row.first_byte_ms ?? 0) : 0)
    if (ms > 0) context.health.recordOf(attempt.offer.id).noteSpeed((tokens * 1_000) / ms, nowMs)
  }
  const { conversation } = call.route
  const { input, cached_input: cached } = attempt.prices
  if (conversation !== undefined && cached && input && cached.perMillion < input.perMillion)
    context.pins.keep(conversation, attempt.offer.id, nowMs)
}
