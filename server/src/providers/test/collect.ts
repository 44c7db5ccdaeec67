import type { TestContext } from 'node:test'
import { clock } from '../../../test/support/clock.ts'
import type {
  AnswerHead,
  AnswerSink,
  Flight,
  Provider,
  ProviderSettings,
  UpstreamCall,
  UpstreamFault,
} from '../index.ts'
import { openProvider } from '../index.ts'

/** An answer as its sink saw it. */
export type Collected = {
  readonly head: AnswerHead | undefined
  readonly text: string
  readonly bytes: Buffer
  readonly fault: UpstreamFault | undefined
  /** How often the end of the answer was told, well or badly: always once. */
  readonly ends: number
}

export type Collecting = {
  readonly flight: Flight
  /** Settles at the end of the answer, never after a cancel. */
  readonly done: Promise<Collected>
  readonly firstByte: Promise<void>
  /** What has come up to now. */
  readonly soFar: () => Collected
}

/** Starts what `send` sends and keeps its answer. `onBytes` may ask for silence, as a slow caller does. */
export function collect(send: (sink: AnswerSink) => Flight, onBytes: () => boolean = () => true): Collecting {
  const parts: Buffer[] = []
  let head: AnswerHead | undefined
  let fault: UpstreamFault | undefined
  let ends = 0
  const done = Promise.withResolvers<Collected>()
  const firstByte = Promise.withResolvers<void>()
  const soFar = () => {
    const bytes = Buffer.concat(parts)
    return { head, bytes, text: bytes.toString(), fault, ends }
  }
  const end = () => {
    ends += 1
    // Later, so that a second end would be counted.
    setImmediate(() => done.resolve(soFar()))
  }
  const flight = send({
    onHead: (got) => void (head = got),
    onBytes(bytes) {
      parts.push(bytes)
      firstByte.resolve()
      return onBytes()
    },
    onEnd: end,
    onFault(got) {
      fault = got
      end()
    },
  })
  return { flight, done: done.promise, firstByte: firstByte.promise, soFar }
}

/** A chat call to one of the mock upstream's behaviours. */
export const chat = (model: string, stream = true, more: Partial<UpstreamCall> = {}): UpstreamCall => ({
  endpoint: 'chat',
  body: { model, stream, messages: [{ role: 'user', content: 'Hi' }] },
  stream,
  connectTimeoutMs: 5_000,
  ...more,
})

/** A provider that is closed at the end of the test. */
export function openTestProvider(t: TestContext, settings: Partial<ProviderSettings> & { baseUrl: string }): Provider {
  const opened = openProvider(
    { name: 'mock', dialect: 'compatible', apiKey: 'sk-upstream-secret', allowPrivate: true, ...settings },
    { clock },
  )
  if (opened.kind === 'refused') throw new Error(opened.why)
  t.after(() => opened.provider.close())
  return opened.provider
}

export const send = (provider: Provider, call: UpstreamCall, onBytes?: () => boolean): Collecting =>
  collect((sink) => provider.send(call, sink), onBytes)
