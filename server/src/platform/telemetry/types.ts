export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** Something that took time, told once it is over. */
export type ToldSpan = {
  readonly name: string
  readonly kind: 'server' | 'client'
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly endMs: number
  /** Ids, counts and costs; never contents. */
  readonly attributes: SpanAttributes
  /** The class of the error with which it ended. */
  readonly error?: string | undefined
}

/** The span of which ours is a child, in another process. */
export type RemoteParent = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean }

export type Measurement = {
  readonly instrument: InstrumentName
  readonly value: number
  readonly attributes: SpanAttributes
}

/** Names, units and buckets of the GenAI semantic conventions 1.42; the last one is ours. */
export const instruments = {
  'gen_ai.client.token.usage': {
    unit: '{token}',
    description: 'Tokens of calls that ended, by type',
    buckets: Array.from({ length: 14 }, (_, power) => 4 ** power),
  },
  'gen_ai.client.operation.duration': {
    unit: 's',
    description: 'One attempt of a call at one provider',
    buckets: Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power),
  },
  'gen_ai.server.request.duration': {
    unit: 's',
    description: 'From the request to the last byte',
    buckets: Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power),
  },
  'gen_ai.server.time_to_first_token': {
    unit: 's',
    description: 'From the request to the first byte of the answer',
    buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  'redpill.call.cost': {
    unit: '{credit}',
    description: 'Credits charged, per call',
    buckets: [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
  },
} as const

export type InstrumentName = keyof typeof instruments

/** A call that has ended: its span, one for each attempt below it, and what was measured. */
export type ToldCall = {
  readonly parent: RemoteParent | undefined
  readonly span: ToldSpan
  readonly attempts: readonly ToldSpan[]
  readonly measurements: readonly Measurement[]
}

export type Telemetry = {
  readonly callEnded: (call: ToldCall) => void
  /** Sends what is left, for a few seconds at most. */
  readonly close: () => Promise<void>
}
