import type { Clock } from '../core/clock.ts'
import type { Exchange } from '../platform/http/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { startAttempt, type AttemptOptions, type RunningAttempt } from './attempt.ts'
import type { Call, Hold } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { Faces } from './stream-faces.ts'
import { openMeter, type Meter } from './meter.ts'
import { openStreamHold } from './stream-hold.ts'
import type { StreamEnd } from './stream-flow.ts'
import { openStreamReader } from './stream-reader.ts'
import type { Tried } from './try-offers.ts'

export const keepAliveEveryMs = 15_000

/** Hands a stream on as it comes, event by event, with back-pressure both ways, and meters it on the side. */
export type StreamPump = {
  readonly tryOffer: (options: AttemptOptions, attempt: PlannedAttempt) => Promise<Tried<StreamEnd>>
  /** Of the attempt that was begun last. What one that delivered nothing has said is forgotten with it. */
  readonly meter: () => Meter
  /** Whether an event has gone to the caller: no other offer may take over then. */
  readonly delivered: () => boolean
  /** Whether the head has gone: from then on a fault can only be told as an event. */
  readonly begun: () => boolean
  readonly firstByteMs: () => number | undefined
  /** Sends our own last events and ends. */
  readonly finish: (last: string) => void
  readonly close: () => void
}

export function openStreamPump(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  faces: Faces,
  headers: Readonly<Record<string, string>>,
): StreamPump {
  const { exchange } = call
  const { clock } = context
  const writer = openWriter(exchange, clock, headers)
  let firstByteMs: number | undefined
  let running: RunningAttempt | undefined
  let meter = openMeter()

  const close = context.ticker.watch((nowMs) => {
    if (nowMs - writer.lastWriteMs() >= keepAliveEveryMs) writer.write(faces.current().keepAlive)
  })
  exchange.onDrain(() => running?.resume())

  const delivered = () => firstByteMs !== undefined

  function deliver(pieces: readonly (Buffer | string)[]): boolean {
    firstByteMs ??= clock.monotonicMs() - call.startedMs
    return writer.write(join(pieces))
  }

  const tryOffer = (options: AttemptOptions, attempt: PlannedAttempt): Promise<Tried<StreamEnd>> =>
    new Promise((resolve) => {
      meter = openMeter()
      const streamHold = openStreamHold(context, call, hold, meter)
      const reader = openStreamReader({
        ...{ meter, delivered, deliver },
        asked: options.call.body,
        writer: faces.of(attempt),
        advance: () => streamHold.advance(attempt),
        resume: () => running?.resume(),
        stop: () => running?.stop(),
        onEnd(tried) {
          unlisten()
          // What a failed offer said is forgotten with it, also while nobody else is asked yet.
          if (tried.kind === 'failed' && !tried.final) meter = openMeter()
          resolve(tried)
        },
      })
      running = startAttempt(options, reader)
      const unlisten = call.stop.listen(() => {
        running?.stop()
        reader.close()
        resolve({ kind: 'stopped' })
      })
    })

  function finish(last: string): void {
    writer.write(last)
    exchange.end()
  }

  return {
    ...{ tryOffer, delivered, finish, close },
    meter: () => meter,
    begun: writer.begun,
    firstByteMs: () => firstByteMs,
  }
}

/** One write for all that one network chunk brought. */
function join(pieces: readonly (Buffer | string)[]): Buffer | string {
  if (pieces.length === 1) return pieces[0]!
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** Sends the head with the first piece. */
function openWriter(exchange: Exchange, clock: Clock, headers: Readonly<Record<string, string>>) {
  let begun = false
  let lastWriteMs = clock.monotonicMs()
  return {
    write(piece: Buffer | string): boolean {
      if (!begun) exchange.begin(200, { ...streamHeaders, ...headers })
      begun = true
      lastWriteMs = clock.monotonicMs()
      return exchange.write(piece)
    },
    begun: () => begun,
    lastWriteMs: () => lastWriteMs,
  }
}

/** `x-accel-buffering` keeps an nginx in front of us from collecting the stream. */
export const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}
