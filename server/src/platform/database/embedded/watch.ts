import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'
import { isAlive } from './processes.ts'

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
  /** Called once a minute while the server is well. */
  readonly upkeep: () => Promise<void>
}

export type Watch = { readonly pid: () => number; readonly stop: () => Promise<void> }

const lookEveryMs = 100
const upkeepEveryLooks = 600
const retryDelayMsMin = 100
const retryDelayMsMax = 10_000

/** Looks after a server and brings it back whenever it dies, with growing delays while that fails. */
export function watchPostmaster({ clock, onEvent, restart, upkeep, ...first }: WatchOptions): Watch {
  const stopped = new AbortController()
  const { signal } = stopped
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  let { pid } = first

  const revive = async (): Promise<void> => {
    const diedMs = clock.monotonicMs()
    onEvent({ kind: 'died' })
    for (let delayMs = retryDelayMsMin; !signal.aborted; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        pid = await restart()
        return onEvent({ kind: 'restarted', downMs: clock.monotonicMs() - diedMs })
      } catch (error) {
        onEvent({ kind: 'restart_failed', error, retryInMs: delayMs })
        await pause(delayMs)
      }
    }
  }

  const watch = async (): Promise<void> => {
    for (let looks = 1; !signal.aborted; looks++) {
      await pause(lookEveryMs)
      if (signal.aborted) return
      if (!(await isAlive(pid))) await revive()
      else if (looks % upkeepEveryLooks === 0) await upkeep().catch(() => {})
    }
  }
  const watching = watch()
  return {
    pid: () => pid,
    stop: () => {
      stopped.abort()
      return watching
    },
  }
}
