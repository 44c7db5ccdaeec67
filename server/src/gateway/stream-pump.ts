import { createSseFramer, type SseEvent } from '../core/sse.ts'
import type { AnswerHead } from '../providers/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { startAttempt, type AttemptOptions, type RunningAttempt } from './attempt.ts'
import { failureOfErrorObject, failureOfStatus, malformed, tooLarge, type AttemptFailure } from './attempt-failure.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { Meter } from './meter.ts'
import type { StreamHold } from './stream-hold.ts'
import type { Tried } from './try-offers.ts'

/** One event of a stream may weigh this much; a longer line is not an answer. */
const eventBytesMax = 8 * 1_048_576
const errorBodyBytesMax = 65_536
const keepAliveEveryMs = 15_000
const keepAlive = ': keep-alive\n\n'

/** How a stream ended for its caller. */
export type StreamEnd = 'whole' | 'cut-by-credits'

/** Hands a stream on as it comes, event by event, with back-pressure both ways, and meters it on the side. */
export type StreamPump = {
  readonly tryOffer: (options: AttemptOptions, attempt: PlannedAttempt) => Promise<Tried<StreamEnd>>
  /** Whether an event has gone to the caller: no other offer may take over then. */
  readonly delivered: () => boolean
  /** Whether the head has gone: from then on a fault can only be told as an event. */
  readonly begun: () => boolean
  readonly firstByteMs: () => number | undefined
  /** Sends our own last events and ends. */
  readonly finish: (events: readonly string[]) => void
  readonly close: () => void
}

export function openStreamPump(
  context: GatewayContext,
  call: Call,
  meter: Meter,
  hold: StreamHold,
  headers: Readonly<Record<string, string>>,
): StreamPump {
  const { exchange } = call
  const { clock, ticker } = context
  let begun = false
  let firstByteMs: number | undefined
  let lastWriteMs = clock.monotonicMs()
  let running: RunningAttempt | undefined

  function begin(): void {
    if (begun) return
    begun = true
    exchange.begin(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers })
  }

  function write(bytes: Buffer | string): boolean {
    begin()
    lastWriteMs = clock.monotonicMs()
    return exchange.write(bytes)
  }

  const unwatch = ticker.watch((nowMs) => {
    if (nowMs - lastWriteMs >= keepAliveEveryMs) write(keepAlive)
  })
  exchange.onDrain(() => running?.resume())

  return {
    tryOffer: (options, attempt) =>
      new Promise((resolve) => {
        const reader = openReader({
          meter,
          advance: () => hold.advance(attempt),
          delivered: () => firstByteMs !== undefined,
          deliver(events) {
            firstByteMs ??= clock.monotonicMs() - call.startedMs
            return write(events.length === 1 ? events[0]! : Buffer.concat(events))
          },
          resume: () => running?.resume(),
          onEnd(tried) {
            unlisten()
            resolve(tried)
          },
          stop: () => running?.stop(),
        })
        running = startAttempt(options, reader)
        const unlisten = call.stop.listen(() => {
          running?.stop()
          resolve({ kind: 'stopped' })
        })
      }),
    delivered: () => firstByteMs !== undefined,
    begun: () => begun,
    firstByteMs: () => firstByteMs,
    finish(events) {
      for (const event of events) write(event)
      exchange.end()
    },
    close: unwatch,
  }
}

type ReaderOptions = {
  readonly meter: Meter
  readonly advance: () => 'go' | Promise<'go' | 'cut'>
  readonly delivered: () => boolean
  readonly deliver: (events: readonly Buffer[]) => boolean
  readonly resume: () => void
  readonly stop: () => void
  readonly onEnd: (tried: Tried<StreamEnd>) => void
}

type Reader = {
  readonly onHead: (head: AnswerHead) => void
  readonly onBytes: (bytes: Buffer) => boolean
  readonly onFinish: (failure: AttemptFailure | undefined) => void
}

/** Reads one attempt's bytes: judges its head, frames its events, delivers chunks, keeps back what must come last. */
function openReader(options: ReaderOptions): Reader {
  const { meter } = options
  const framer = createSseFramer({ eventBytesMax })
  let refusal: { head: AnswerHead; body: Buffer } | undefined
  let over = false

  function end(tried: Tried<StreamEnd>): void {
    if (over) return
    over = true
    options.onEnd(tried)
  }

  function fail(failure: AttemptFailure): void {
    options.stop()
    end({ kind: 'failed', failure, final: options.delivered() })
  }

  /** Gives whether to go on reading. */
  function take(events: readonly SseEvent[]): boolean {
    const chunks: Buffer[] = []
    let failure: AttemptFailure | undefined
    let done = false
    for (const event of events) {
      if (event.data === undefined || done || failure) continue
      const read = meter.read(event.data.toString('utf8'))
      if (read.kind === 'chunk') chunks.push(event.raw)
      else if (read.kind === 'done') done = true
      else if (read.kind === 'error') failure = failureOfErrorObject(read.error)
      else if (read.kind === 'malformed') failure = malformed(read.note)
    }
    let keepsUp = chunks.length === 0 || options.deliver(chunks)
    if (failure) fail(failure)
    else if (done) end({ kind: 'answered', answer: 'whole' })
    else if (chunks.length > 0) keepsUp = mayGoOn() && keepsUp
    return keepsUp
  }

  function mayGoOn(): boolean {
    const advance = options.advance()
    if (advance === 'go') return true
    advance.then(
      (verdict) => {
        if (verdict === 'go') options.resume()
        else cut()
      },
      () => cut(),
    )
    return false
  }

  function cut(): void {
    options.stop()
    end({ kind: 'answered', answer: 'cut-by-credits' })
  }

  return {
    onHead(head) {
      const type = head.headers['content-type'] ?? 'text/event-stream'
      if (head.status < 200 || head.status > 299) refusal = { head, body: Buffer.alloc(0) }
      else if (!type.includes('text/event-stream')) fail(malformed(`a stream of type ${type.slice(0, 100)}`))
    },
    onBytes(bytes) {
      if (over) return true
      if (refusal) {
        refusal.body = Buffer.concat([refusal.body, bytes]).subarray(0, errorBodyBytesMax)
        return true
      }
      const { events, overflow } = framer.push(bytes)
      const keepsUp = take(events)
      if (overflow && !over) fail(tooLarge(eventBytesMax))
      return keepsUp
    },
    onFinish(failure) {
      if (over) return
      if (failure) return fail(failure)
      if (refusal) return fail(failureOfStatus(refusal.head, refusal.body))
      const last = framer.finish()
      if (last) take([{ ...last, raw: Buffer.concat([last.raw, Buffer.from('\n\n')]) }])
      if (over) return
      if (meter.finishReason() !== undefined) end({ kind: 'answered', answer: 'whole' })
      else fail(malformed(options.delivered() ? 'a stream that ended early' : 'an empty stream'))
    },
  }
}
