import type { Uuid } from '../../core/ids.ts'
import type { Sink } from './sink.ts'

/** Who listens to the events of an account, and by what right. */
export type Who = {
  readonly accountId: Uuid
  /** The person who is signed in; undefined for a key. */
  readonly personId: Uuid | undefined
  /** Whether who began to listen still may; rejects when that cannot be told now. */
  readonly mayListen: () => Promise<boolean>
}

export type Listener = Who & {
  /** Hears what happens now; held back while what was missed before is still being told. */
  readonly deliver: (frames: readonly Uint8Array[]) => void
  /** Tells what was missed before, waiting for the reader. `false`: it has gone. */
  readonly tellEarlier: (frames: readonly Uint8Array[]) => Promise<boolean>
  /** From now on what happens is told as it happens. */
  readonly caughtUp: () => void
  readonly end: (last: Uint8Array) => void
}

/** Events held back for somebody who is still being told what was missed. */
const waitingMax = 5_000

export function openListener(who: Who, sink: Sink): Listener {
  let waiting: Uint8Array[] | undefined = []
  return {
    ...who,
    deliver(frames) {
      if (!waiting) sink.send(frames)
      else if (waiting.push(...frames) > waitingMax) sink.cut()
    },
    async tellEarlier(frames) {
      for (const each of frames) {
        await sink.drained()
        if (!sink.send([each])) return false
      }
      return true
    },
    caughtUp() {
      sink.send(waiting ?? [])
      waiting = undefined
    },
    end(last) {
      sink.send([last])
      sink.end()
    },
  }
}
