import type { ReadStream, WriteStream } from 'node:tty'

/** Everything that comes from outside the program, read by `main.ts` and handed on. */
export type Outside = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The folder of the repository that this program is part of. */
  readonly root: string
  readonly nodeVersion: string
  readonly clock: Clock
  /** Makes a random id. */
  readonly makeId: () => string
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
  /** Hears of Ctrl-C in place of the usual end of the program; gives back how to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void
}

export type Clock = {
  /** Milliseconds since 1970, UTC. */
  readonly nowMs: () => number
  /** Milliseconds that never go back, for durations. */
  readonly monotonicMs: () => number
}
