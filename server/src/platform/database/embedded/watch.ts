import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'
import { isAlive } from './pid-file.ts'

export type EmbeddedEvent =
  | { readonly kind: 'died' }
  | { readonly kind: 'restarted'; readonly downMs: number }
  | { readonly kind: 'restart_failed'; readonly error: unknown; readonly retryInMs: number }

export type WatchOptions = {
  readonly pid: number
  readonly clock: Clock
  readonly onEvent: (event: EmbeddedEvent) => void
  /** Brings the server back, or finds that somebody else did; returns its process. */
  readonly restart: () => Promise<number>
}

export type Watch = { readonly pid: () => number; readonly stop: () => Promise<void> }

const lookEveryMs = 100
const retryDelayMsMin = 100
const retryDelayMsMax = 10_000

/** Looks after a server and brings it back whenever it dies, with growing delays while that fails. */
export function watchPostmaster({ clock, onEvent, restart, ...first }: WatchOptions): Watch {
  const stopped = new AbortController()
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => {})
  let { pid } = first

  const revive = async (): Promise<void> => {
    const diedMs = clock.monotonicMs()
    onEvent({ kind: 'died' })
    for (let delayMs = retryDelayMsMin; !stopped.signal.aborted; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        pid = await restart()
        return onEvent({ kind: 'restarted', downMs: clock.monotonicMs() - diedMs })
      } catch (error) {
        onEvent({ kind: 'restart_failed', error, retryInMs: delayMs })
        await pause(delayMs)
      }
    }
  }

  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await pause(lookEveryMs)
      if (!stopped.signal.aborted && !(await isAlive(pid))) await revive()
    }
  })()
  return {
    pid: () => pid,
    stop: () => {
      stopped.abort()
      return watching
    },
  }
}
