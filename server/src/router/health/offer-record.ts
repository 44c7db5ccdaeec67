import type { OfferFacts } from '../../catalog/index.ts'
import type { OfferHealth, Standing } from '../types.ts'
import { openBreaker, type Breaker } from './breaker.ts'
import { openCapacity } from './capacity.ts'
import { openLoad, type Load } from './load.ts'
import { openWindows, spans, type Measure, type Windows } from './windows.ts'

/** How a call at an offer ended, as far as it tells of the offer. */
export type Outcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed' }
  /** 429: counted apart, for a provider at its limit is not broken. */
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number | undefined }
  /** The request was at fault, or the call was stopped. */
  | { readonly kind: 'neutral' }

/** A call under way at an offer. */
export type Ticket = {
  readonly firstByte: (nowMs: number, streamed: boolean) => void
  readonly leave: (outcome: Outcome, nowMs: number) => void
}

/** A question, other than a call, that finds out whether an offer is back; nobody else finds out meanwhile. */
export type Question = { readonly leave: (stillFails: boolean, nowMs: number) => void }

export type Entered =
  | { readonly kind: 'entered'; readonly ticket: Ticket }
  | { readonly kind: 'full'; readonly retryAfterSeconds: number }
  | { readonly kind: 'resting'; readonly standing: Standing }

/** What is known of one offer, from the calls of this process. */
export type OfferRecord = OfferHealth & {
  /** Takes a place for a call; `anyway`: even where the offer rests, for nothing else is left. */
  readonly enter: (bounds: OfferFacts, nowMs: number, anyway: boolean) => Entered
  readonly noteSpeed: (tokensPerSecond: number, nowMs: number) => void
  /** Since when its rest from failures has been over without anyone having asked it; `undefined`: it is not so. */
  readonly untriedSinceMs: (nowMs: number) => number | undefined
  /** Only where it is untried. What a question finds is not counted as traffic. */
  readonly ask: (nowMs: number) => Question | undefined
  readonly windows: Windows
}

type Parts = { readonly windows: Windows; readonly breaker: Breaker; readonly load: Load }

/** Of fewer calls than this, failures count as if it were so many. */
const failuresOfFew = 10

export function openOfferRecord(): OfferRecord {
  const parts: Parts = { windows: openWindows(), breaker: openBreaker(), load: openLoad() }
  const { windows, breaker, load } = parts
  const capacity = openCapacity()
  let askedMs = -Infinity
  const latest =
    (measure: Measure): OfferHealth['firstByteMs'] =>
    (percentile, nowMs) =>
      windows.percentileOver(measure, percentile, spans.fiveMinutes, nowMs) ??
      windows.percentileOver(measure, percentile, spans.hour, nowMs)
  const standing = (nowMs: number): Standing => {
    const stands = breaker.standing(nowMs)
    return stands.kind === 'well' && load.isSilent(nowMs) ? { kind: 'silent' } : stands
  }
  const untriedSinceMs = (nowMs: number): number | undefined => {
    const endedMs = breaker.restEndedMs(nowMs)
    return endedMs !== undefined && askedMs < endedMs && load.open() === 0 ? endedMs : undefined
  }
  return {
    windows,
    standing,
    fullForSeconds: (bounds, nowMs) => capacity.fullForSeconds(bounds, load.open(), nowMs),
    load: load.at,
    open: load.open,
    failedPart(nowMs) {
      const { ok, failed } = windows.countsOver(spans.halfMinute, nowMs)
      return failed / Math.max(ok + failed, failuresOfFew)
    },
    firstByteMs: latest('firstByteMs'),
    tokensPerSecond: latest('tokensPerSecond'),
    noteSpeed: (tokensPerSecond, nowMs) => windows.measure('tokensPerSecond', tokensPerSecond, nowMs),
    enter(bounds, nowMs, anyway) {
      const wait = capacity.fullForSeconds(bounds, load.open(), nowMs)
      if (wait !== undefined) return { kind: 'full', retryAfterSeconds: wait }
      const stands = standing(nowMs)
      if (stands.kind !== 'well' && !anyway) return { kind: 'resting', standing: stands }
      capacity.noteSent(bounds, nowMs)
      askedMs = nowMs
      return { kind: 'entered', ticket: openTicket(parts, nowMs) }
    },
    untriedSinceMs,
    ask(nowMs) {
      if (untriedSinceMs(nowMs) === undefined) return undefined
      askedMs = nowMs
      return openQuestion(breaker)
    },
  }
}

function openQuestion(breaker: Breaker): Question {
  let hasLeft = false
  breaker.probe()
  return {
    leave(stillFails, nowMs) {
      if (hasLeft) return
      hasLeft = true
      breaker.release()
      if (stillFails) breaker.stillFails(nowMs)
    },
  }
}

function openTicket({ windows, breaker, load }: Parts, startedMs: number): Ticket {
  const isProbe = breaker.isHalfOpen(startedMs)
  if (isProbe) breaker.probe()
  load.enter(startedMs)
  let hasLeft = false
  let isWaiting = true
  return {
    firstByte(nowMs, streamed) {
      if (!isWaiting) return
      isWaiting = false
      load.waited(nowMs - startedMs, nowMs, true)
      // A whole answer comes at its end: its first byte says nothing of how long a stream's reader waits.
      if (!streamed) return
      windows.measure('firstByteMs', nowMs - startedMs, nowMs)
      breaker.begun(startedMs, nowMs)
    },
    leave(outcome, nowMs) {
      if (hasLeft) return
      hasLeft = true
      load.leave()
      if (isProbe) breaker.release()
      if (isWaiting) load.waited(nowMs - startedMs, nowMs, outcome.kind === 'ok' || outcome.kind === 'limited')
      if (outcome.kind === 'neutral') return
      windows.count(outcome.kind, nowMs)
      if (outcome.kind === 'ok') breaker.succeeded(startedMs)
      else if (outcome.kind === 'failed') breaker.failed(nowMs, windows.countsOver(spans.halfMinute, nowMs))
      else breaker.limited(nowMs, outcome.retryAfterSeconds)
    },
  }
}
