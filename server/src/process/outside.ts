import type { Chance, Clock } from '../core/clock.ts'
import type { MakeId } from '../core/ids.ts'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/log.ts'

/** Everything that comes from outside the program, read by `main.ts` and handed on. */
export type Outside = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly chance: Chance
  readonly makeId: MakeId
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The space of process numbers (this boot, this container), and whether a process in it is known to have ended. */
  readonly host: string
  readonly isGone: (pid: number) => boolean
  readonly pid: number
  /** The file that a further process is started from. */
  readonly entry: string
  /** Shows text to the person who started the server. */
  readonly show: (text: string) => void
  /** The supervisor, when this is one of its gateway processes. */
  readonly parent:
    | { readonly send: (message: object) => void; readonly onMessage: (listener: (message: never) => void) => void }
    | undefined
}

/** A server that runs. */
export type Running = { readonly callsOpen: () => number; readonly stop: () => Promise<void> }
