import type { Clock } from '../core/clock.ts'
import { openRoster } from './roster.ts'

/**
 * One timer for all open calls: time-outs, keep-alives and checkpoints need no more than its resolution, and thousands
 * of streams would otherwise keep tens of thousands of timers.
 */
export type Ticker = {
  /** Calls `onTick` with the monotonic time until the returned function is called. */
  readonly watch: (onTick: (nowMs: number) => void) => () => void
  readonly stop: () => void
}

export function startTicker(clock: Clock, everyMs: number): Ticker {
  const watchers = openRoster<(nowMs: number) => void>()
  const timer = setInterval(() => {
    const nowMs = clock.monotonicMs()
    watchers.each((onTick) => onTick(nowMs))
  }, everyMs)
  timer.unref()
  return {
    watch: watchers.enter,
    stop: () => clearInterval(timer),
  }
}
