import type { DevClient } from './client.ts'

/** For so long after the last transaction somebody may be looking at confirmations. */
const busyMs = 180_000
/** So many times slower is a chain that nobody uses: each block makes the file that it goes on from larger. */
const idleFactor = 15

type Pace = {
  /** To be called before a transaction is handed to the node. */
  readonly quicken: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Makes blocks every so many seconds while somebody sends transactions, and seldom when nobody does. */
export function setPace(client: DevClient, seconds: number): Pace {
  let timer: NodeJS.Timeout | undefined
  const slowDown = (): void => {
    timer = undefined
    // The node may be gone by now, and a chain that goes on quickly is no harm.
    client.setIntervalMining({ interval: seconds * idleFactor }).catch(() => undefined)
  }
  return {
    async quicken() {
      const wasIdle = timer === undefined
      clearTimeout(timer)
      timer = setTimeout(slowDown, busyMs).unref()
      if (wasIdle) await client.setIntervalMining({ interval: seconds })
    },
    stop: async () => clearTimeout(timer),
  }
}
