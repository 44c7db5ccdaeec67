import type { OfferFacts } from '../../catalog/index.ts'
import type { OfferHealth, Standing } from '../types.ts'
import { openBreakers, type Breakers } from './breakers.ts'
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

export type Entering = {
  /** Even where the offer rests, for nothing else is left. */
  readonly anyway: boolean
  /** Whose call; absent: one of the operator, which is believed whatever it finds. */
  readonly accountId?: string
}

export type Entered =
  | { readonly kind: 'entered'; readonly ticket: Ticket }
  | { readonly kind: 'full'; readonly retryAfterSeconds: number }
  | { readonly kind: 'resting'; readonly standing: Standing }

/** What is known of one offer, from the calls of this process. */
export type OfferRecord = OfferHealth & {
  /** Takes a place for a call. */
  readonly enter: (bounds: OfferFacts, nowMs: number, entry: Entering) => Entered
  readonly noteSpeed: (tokensPerSecond: number, nowMs: number) => void
  /** Since when its rest from failures has been over without anyone having asked it; `undefined`: it is not so. */
  readonly untriedSinceMs: (nowMs: number) => number | undefined
  /** Only where it is untried. What a question finds is not counted as traffic. */
  readonly ask: (nowMs: number) => Question | undefined
  readonly windows: Windows
}

type Parts = { readonly windows: Windows; readonly breakers: Breakers; readonly load: Load }

/** Of fewer calls than this, failures count as if it were so many. */
const failuresOfFew = 10

export function openOfferRecord(): OfferRecord {
  const parts: Parts = { windows: openWindows(), breakers: openBreakers(), load: openLoad() }
  const { windows, breakers, load } = parts
  const capacity = openCapacity()
  let askedMs = -Infinity
  const latest =
    (measure: Measure): OfferHealth['firstByteMs'] =>
    (percentile, nowMs) =>
      windows.percentileOver(measure, percentile, spans.fiveMinutes, nowMs) ??
      windows.percentileOver(measure, percentile, spans.hour, nowMs)
  const standing = (nowMs: number, accountId?: string): Standing => {
    const stands = breakers.standing(nowMs, accountId)
    return stands.kind === 'well' && load.isSilent(nowMs) ? { kind: 'silent' } : stands
  }
  const untriedSinceMs = (nowMs: number): number | undefined => {
    const endedMs = breakers.restEndedMs(nowMs)
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
      if (failed === 0) return 0
      return (failed * breakers.countedPart(nowMs)) / Math.max(ok + failed, failuresOfFew)
    },
    firstByteMs: latest('firstByteMs'),
    tokensPerSecond: latest('tokensPerSecond'),
    noteSpeed: (tokensPerSecond, nowMs) => windows.measure('tokensPerSecond', tokensPerSecond, nowMs),
    enter(bounds, nowMs, { anyway, accountId }) {
      const wait = capacity.fullForSeconds(bounds, load.open(), nowMs)
      if (wait !== undefined) return { kind: 'full', retryAfterSeconds: wait }
      const stands = standing(nowMs, accountId)
      if (stands.kind !== 'well' && !anyway) return { kind: 'resting', standing: stands }
      capacity.noteSent(bounds, nowMs)
      askedMs = nowMs
      return { kind: 'entered', ticket: openTicket(parts, nowMs, accountId) }
    },
    untriedSinceMs,
    ask(nowMs) {
      if (untriedSinceMs(nowMs) === undefined) return undefined
      askedMs = nowMs
      return openQuestion(breakers)
    },
  }
}

function openQuestion(breakers: Breakers): Question {
  let hasLeft = false
  breakers.probe()
  return {
    leave(stillFails, nowMs) {
      if (hasLeft) return
      hasLeft = true
      breakers.release()
      if (stillFails) breakers.stillFails(nowMs)
    },
  }
}

function openTicket({ windows, breakers, load }: Parts, startedMs: number, accountId: string | undefined): Ticket {
  const sent = breakers.sent(accountId, startedMs)
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
      sent.begun(nowMs)
    },
    leave(outcome, nowMs) {
      if (hasLeft) return
      hasLeft = true
      load.leave()
      sent.left()
      if (isWaiting) load.waited(nowMs - startedMs, nowMs, outcome.kind === 'ok' || outcome.kind === 'limited')
      if (outcome.kind === 'neutral') return
      windows.count(outcome.kind, nowMs)
      if (outcome.kind === 'ok') sent.succeeded(nowMs)
      else if (outcome.kind === 'failed') sent.failed(nowMs, windows.countsOver(spans.halfMinute, nowMs))
      else breakers.limited(nowMs, outcome.retryAfterSeconds)
    },
  }
}
