import { zero } from '../core/money.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { holdExpiresAtMs } from './hold.ts'

/** So often within the life of a hold its process says that the call still runs: a lost word or two do no harm. */
const timesInLife = 4

/**
 * Keeps a hold from expiring for as long as its call runs, until the returned function is called. All calls of a process
 * say so at the same moments, so their words share one batch, and most calls end before the first of them.
 */
export function keepHold(context: GatewayContext, call: Call): () => void {
  const everyMs = context.holdLifeMs / timesInLife
  const momentOf = (nowMs: number) => Math.floor(nowMs / everyMs)
  let last = momentOf(context.clock.monotonicMs())
  return context.ticker.watch((nowMs) => {
    if (momentOf(nowMs) === last) return
    last = momentOf(nowMs)
    const extension = { callId: call.id, amountWanted: zero, expiresAtMs: holdExpiresAtMs(context) }
    context.lane.grow(extension).catch((error: unknown) => {
      context.log.warn('a hold could not be extended', {
        generation: call.id,
        error: error instanceof Error ? error.message : String(error),
      })
    })
  })
}
