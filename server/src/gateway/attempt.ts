import type { Clock } from '../core/clock.ts'
import type { AnswerHead, Provider, UpstreamCall, UpstreamFault } from '../providers/index.ts'
import { failureOfFault, failureOfTimeout, type AttemptFailure } from './attempt-failure.ts'
import type { AttemptTimeouts } from './patience.ts'
import type { Ticker } from './ticker.ts'

export type AttemptOptions = {
  readonly provider: Provider
  readonly call: Omit<UpstreamCall, 'connectTimeoutMs'>
  readonly timeouts: AttemptTimeouts
  readonly ticker: Ticker
  /** Told once, of the first byte of an answer that is not a refusal. */
  readonly onFirstByte?: () => void
  readonly clock: Clock
}

/** What a running attempt tells. `onFinish` is called exactly once, last, unless the attempt was stopped. */
export type AttemptEvents = {
  readonly onHead: (head: AnswerHead) => void
  /** `false` asks for silence until `resume`. */
  readonly onBytes: (bytes: Buffer) => boolean
  readonly onFinish: (failure: AttemptFailure | undefined) => void
}

export type RunningAttempt = {
  readonly resume: () => void
  /** Cancels the upstream at once; nothing is told after it. */
  readonly stop: () => void
}

/**
 * One try of a call at one offer, under four time-outs: connecting (the transport's), the first byte, silence between
 * bytes (not counted while the caller is the slow one), and the whole.
 */
export function startAttempt(options: AttemptOptions, events: AttemptEvents): RunningAttempt {
  const { provider, call, timeouts, ticker, clock } = options
  const startedMs = clock.monotonicMs()
  let lastActivityMs = startedMs
  let begun = false
  let isAnswer = false
  let paused = false
  let over = false

  const unwatch = ticker.watch((nowMs) => {
    if (nowMs - startedMs > timeouts.totalMs) fail(failureOfTimeout('total', timeouts))
    else if (paused) lastActivityMs = nowMs
    else if (!begun && nowMs - lastActivityMs > timeouts.firstByteMs) fail(failureOfTimeout('first-byte', timeouts))
    else if (begun && nowMs - lastActivityMs > timeouts.idleMs) fail(failureOfTimeout('idle', timeouts))
  })

  function close(): boolean {
    if (over) return false
    over = true
    unwatch()
    return true
  }

  function fail(failure: AttemptFailure): void {
    if (!close()) return
    flight.cancel()
    events.onFinish(failure)
  }

  const flight = provider.send(
    { ...call, connectTimeoutMs: timeouts.connectMs },
    {
      onHead(head) {
        isAnswer = head.status >= 200 && head.status <= 299
        if (!over) events.onHead(head)
      },
      onBytes(bytes) {
        if (over) return true
        if (!begun && isAnswer) options.onFirstByte?.()
        begun = true
        lastActivityMs = clock.monotonicMs()
        paused = !events.onBytes(bytes)
        return !paused
      },
      onEnd() {
        if (close()) events.onFinish(undefined)
      },
      onFault(fault: UpstreamFault) {
        if (close()) events.onFinish(failureOfFault(fault))
      },
    },
  )

  return {
    resume() {
      if (over) return
      paused = false
      flight.resume()
    },
    stop() {
      if (close()) flight.cancel()
    },
  }
}
