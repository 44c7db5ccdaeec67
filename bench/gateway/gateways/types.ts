/** What the mock upstream is asked for: a whole answer, or a stream with so many milliseconds between chunks. */
export type Answer = 'plain' | `stream-${number}`

/** One of the programs that are compared. */
export type Gateway = {
  readonly name: string
  readonly version: string
  readonly port: number
  /** The whole HTTP request that asks it for an answer. */
  readonly request: (answer: Answer) => string
  /** The process whose memory counts, and whose processor time does, with its children; `undefined`: there is none. */
  readonly pid: number | undefined
  /** The process that does the work, where it is a child of `pid`. */
  readonly workerPid?: number
  /** The database server's, where there is one. */
  readonly databasePid?: number
  readonly stop: () => Promise<void>
}

export type GatewayOptions = {
  /** The mock upstream's. */
  readonly upstreamPort: number
  /** A folder of its own, empty. */
  readonly folder: string
}
