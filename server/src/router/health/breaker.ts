import type { Standing } from '../types.ts'
import { openPace, type Came } from './pace.ts'

/**
 * Keeps calls away from an offer that fails, from one whose streams begin far later than usual, and from one that says it
 * is at its limit. After a while one call at a time is let through; its outcome decides.
 */
export type Breaker = {
  readonly standing: (nowMs: number) => Standing
  /** Whether the next call is the one that finds out. */
  readonly isHalfOpen: (nowMs: number) => boolean
  /** Takes the place of the one call that finds out, until `release`. */
  readonly probe: () => void
  readonly release: () => void
  readonly succeeded: (startedMs: number) => void
  readonly failed: (nowMs: number, seen: Seen) => void
  /** A stream that was sent then has its first byte; tells how that compares with what is usual. */
  readonly begun: (startedMs: number, nowMs: number, counts: boolean) => Came
  readonly limited: (nowMs: number, retryAfterSeconds: number | undefined) => void
  /** When its rest from failures ended; `undefined` while it lasts, and where there was none since it was well. */
  readonly restEndedMs: (nowMs: number) => number | undefined
  /** It was found to fail still: where its rest is over, another begins, a longer one. */
  readonly stillFails: (nowMs: number) => void
}

/** Failures that count: none in a row, and this one does not. */
export type Seen = {
  readonly inARow: number
  /** Of the last 30 seconds. */
  readonly ok: number
  readonly failed: number
}

/** So many failures in a row eject; so does half of at least ten. */
const failuresInARow = 3
const failuresCounted = 10
const failedPart = 0.5

/** The first ejection lasts so long; each that follows soon after another, twice as long. */
const coolDownMs = 5_000
const coolDownMsMax = 120_000
/** After so long without one, ejections begin anew. */
const forgivenAfterMs = 5 * 60_000

const limitedMs = 1_000
const limitedMsMax = 30_000
/** A provider's own word is kept up to this. */
const retryAfterMsMax = 5 * 60_000

const well: Standing = { kind: 'well' }

type Away = { readonly kind: Exclude<Standing['kind'], 'well'>; readonly untilMs: number }

export function openBreaker(): Breaker {
  let away: Away | undefined
  let awaySinceMs = -Infinity
  let probing = false
  let limits = 0
  const nextCoolDownMs = openCoolDowns()
  const pace = openPace()

  const isAway = (nowMs: number) => away !== undefined && nowMs < away.untilMs

  const restEndedMs = (nowMs: number) => (away?.kind === 'ejected' && !isAway(nowMs) ? away.untilMs : undefined)

  function putAway(kind: 'ejected' | 'silent', nowMs: number): void {
    away = { kind, untilMs: nowMs + nextCoolDownMs(nowMs) }
    awaySinceMs = nowMs
  }

  return {
    standing(nowMs) {
      if (!away) return well
      if (nowMs < away.untilMs) return away
      return probing ? { kind: away.kind, untilMs: nowMs } : well
    },
    isHalfOpen: (nowMs) => away !== undefined && !isAway(nowMs) && !probing,
    probe() {
      probing = true
    },
    release() {
      probing = false
    },
    succeeded(startedMs) {
      // What was sent before the offer was put away and ends well says nothing of now.
      if (startedMs < awaySinceMs) return
      away = undefined
      limits = 0
    },
    failed(nowMs, seen) {
      if (seen.inARow === 0 || (isAway(nowMs) && away?.kind !== 'silent')) return
      if (away?.kind === 'ejected' || seen.inARow >= failuresInARow || areTooMany(seen)) putAway('ejected', nowMs)
    },
    begun(startedMs, nowMs, counts) {
      // What was sent before it was put away says nothing of now, and must not become the usual.
      if (startedMs < awaySinceMs) return 'in-time'
      const came = pace.begun(nowMs - startedMs, nowMs)
      if (isAway(nowMs) || !counts) return came
      if (away ? away.kind === 'silent' && came !== 'in-time' : came === 'slow') putAway('silent', nowMs)
      return came
    },
    limited(nowMs, retryAfterSeconds) {
      const isWaiting = isAway(nowMs)
      // Calls that were sent together are refused together: that is one refusal, not many.
      if (isWaiting && retryAfterSeconds === undefined) return
      const ms = limitMs(retryAfterSeconds, limits)
      if (isWaiting && away!.untilMs >= nowMs + ms) return
      if (!isWaiting) limits += 1
      awaySinceMs = nowMs
      away = { kind: 'limited', untilMs: nowMs + ms }
    },
    restEndedMs,
    stillFails(nowMs) {
      if (restEndedMs(nowMs) !== undefined) putAway('ejected', nowMs)
    },
  }
}

const areTooMany = ({ ok, failed }: Seen): boolean =>
  ok + failed >= failuresCounted && failed >= (ok + failed) * failedPart

/** How long a provider at its limit is left alone, after so many times before. */
const limitMs = (retryAfterSeconds: number | undefined, limits: number): number =>
  retryAfterSeconds === undefined
    ? Math.min(limitedMs * 2 ** limits, limitedMsMax)
    : Math.min(retryAfterSeconds * 1_000, retryAfterMsMax)

/** Tells how long each ejection lasts. */
function openCoolDowns(): (nowMs: number) => number {
  let ejections = 0
  let lastMs = -Infinity
  return (nowMs) => {
    if (nowMs - lastMs > forgivenAfterMs) ejections = 0
    lastMs = nowMs
    ejections += 1
    return Math.min(coolDownMs * 2 ** (ejections - 1), coolDownMsMax)
  }
}
