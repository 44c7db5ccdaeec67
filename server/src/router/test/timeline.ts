import { noFacts } from '../../catalog/index.ts'
import { openOfferRecord, type Outcome } from '../health/offer-record.ts'

export const ok: Outcome = { kind: 'ok' }
export const failed: Outcome = { kind: 'failed' }
export const limited = (retryAfterSeconds?: number): Outcome => ({ kind: 'limited', retryAfterSeconds })

/** Calls that come one after the other, and what became of each; tells whether the offer was asked. */
export function openTimeline() {
  const record = openOfferRecord()
  const enter = (nowMs: number, anyway = false, bounds = noFacts) => {
    const entered = record.enter(bounds, nowMs, { anyway })
    return entered.kind === 'entered' ? entered.ticket : undefined
  }
  return {
    record,
    enter,
    call: (outcome: Outcome, nowMs: number, anyway = false): boolean => {
      const ticket = enter(nowMs, anyway)
      ticket?.leave(outcome, nowMs)
      return ticket !== undefined
    },
    kind: (nowMs: number) => record.standing(nowMs).kind,
  }
}
