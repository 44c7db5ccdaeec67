import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'

export type Patience = {
  readonly clock: Clock
  /** Hears of whatever takes longer than a second, once a second. */
  readonly progress: (message: string) => void
}

const progressEveryMs = 1_000

/** Looks again every `everyMs` until there is something to see, saying meanwhile what is being done and for how long. */
export async function waitFor<T>(
  doing: string,
  look: (elapsedMs: number) => Promise<T | undefined> | T | undefined,
  { clock, progress }: Patience,
  everyMs = 10,
): Promise<T> {
  const startMs = clock.monotonicMs()
  for (let told = 0; ;) {
    const elapsedMs = clock.monotonicMs() - startMs
    const seen = await look(elapsedMs)
    if (seen !== undefined) return seen
    if (elapsedMs >= (told + 1) * progressEveryMs) {
      told = Math.floor(elapsedMs / progressEveryMs)
      progress(`${doing}: ${told} s`)
    }
    await sleep(everyMs)
  }
}
