import type { JsonObject } from '../core/json.ts'
import type { SseEvent } from '../core/sse.ts'
import { failureOfErrorObject, malformed, type AttemptFailure } from './attempt-failure.ts'
import type { StreamWriter } from './inbound/index.ts'
import type { Meter } from './meter.ts'
import type { Tried } from './try-offers.ts'

/** How a stream ended for its caller. */
export type StreamEnd = 'whole' | 'cut-by-credits'

export type FlowOptions = {
  readonly meter: Meter
  readonly writer: Pick<StreamWriter, 'chunk'>
  /** Whether the hold covers what the meter has read. */
  readonly advance: () => 'go' | Promise<'go' | 'cut'>
  readonly delivered: () => boolean
  /** Hands on what the writer made of chunks; `false` asks for silence until the caller has taken them. */
  readonly deliver: (pieces: readonly (Buffer | string)[]) => boolean
  readonly resume: () => void
  readonly stop: () => void
  /** Called once, last. */
  readonly onEnd: (tried: Tried<StreamEnd>) => void
}

/** The events of one attempt on their way to the caller: in order, metered, and each only once the hold covers it. */
export type StreamFlow = {
  /** `false` asks for silence until `resume`. */
  readonly take: (events: readonly SseEvent[]) => boolean
  /** Calls `conclude` once all that was taken is through, unless the stream has ended by then. */
  readonly whenThrough: (conclude: () => void) => void
  readonly finish: () => void
  readonly fail: (failure: AttemptFailure) => void
  readonly isOver: () => boolean
  /** Nothing is handed on after it, and nothing told; a chunk that still waited for its hold was not delivered. */
  readonly close: () => void
}

export function openStreamFlow(options: FlowOptions): StreamFlow {
  const { meter, deliver } = options
  const ending = openEnding(options)
  let queue: readonly SseEvent[] = []
  let conclude: (() => void) | undefined
  let waiting = false

  /** Gives whether to go on reading at once; otherwise `resume` follows. */
  function flow(): boolean {
    if (waiting || ending.isOver()) return !waiting
    const { pieces, blocked, end } = readCovered(options, queue)
    queue = blocked?.rest ?? []
    const keepsUp = pieces.length === 0 || deliver(pieces)
    if (blocked) void wait(blocked)
    else if (end?.failure) ending.fail(end.failure)
    else if (end) ending.finish('whole')
    else conclude?.()
    return keepsUp && !blocked
  }

  /** Keeps a chunk until the hold covers it; one that cannot be paid for is not delivered. */
  async function wait({ verdict, chunk, raw }: Blocked): Promise<void> {
    waiting = true
    const said = await verdict.catch(() => 'cut' as const)
    if (ending.isOver()) return
    waiting = false
    if (said === 'go') {
      const keepsUp = deliver([options.writer.chunk(chunk, raw)])
      if (flow() && keepsUp) options.resume()
      return
    }
    meter.retract()
    options.stop()
    ending.finish('cut-by-credits')
  }

  return {
    take(events) {
      queue = queue.length === 0 ? events : [...queue, ...events]
      return flow()
    },
    whenThrough(then) {
      conclude ??= then
      flow()
    },
    finish: () => ending.finish('whole'),
    fail: (failure) => ending.fail(failure),
    isOver: ending.isOver,
    close() {
      if (waiting && !ending.isOver()) meter.retract()
      ending.silence()
    },
  }
}

/** Tells how a stream ended, once. */
function openEnding({ stop, delivered, onEnd }: FlowOptions) {
  let over = false
  function end(tried: Tried<StreamEnd>): void {
    if (!over) onEnd(tried)
    over = true
  }
  return {
    isOver: () => over,
    silence() {
      over = true
    },
    finish: (answer: StreamEnd) => end({ kind: 'answered', answer }),
    fail(failure: AttemptFailure) {
      stop()
      end({ kind: 'failed', failure, final: delivered() })
    },
  }
}

/** A chunk that the hold does not cover yet, and what came after it. */
type Blocked = {
  readonly verdict: Promise<'go' | 'cut'>
  readonly chunk: JsonObject
  readonly raw: Buffer
  readonly rest: readonly SseEvent[]
}

type Covered = {
  readonly pieces: readonly (Buffer | string)[]
  readonly blocked?: Blocked
  /** The stream's end was among the events, by its own word or because of what came in place of a chunk. */
  readonly end?: { readonly failure: AttemptFailure | undefined }
}

/** Meters events as far as the hold covers them and the stream goes. */
function readCovered({ meter, writer, advance }: FlowOptions, events: readonly SseEvent[]): Covered {
  const pieces: (Buffer | string)[] = []
  for (const [index, { data, raw }] of events.entries()) {
    if (data === undefined) continue
    const read = meter.read(data.toString('utf8'))
    switch (read.kind) {
      case 'chunk': {
        const { chunk } = read
        const verdict = advance()
        if (verdict !== 'go') return { pieces, blocked: { verdict, chunk, raw, rest: events.slice(index + 1) } }
        pieces.push(writer.chunk(chunk, raw))
        break
      }
      case 'usage':
        break
      case 'done':
        return { pieces, end: { failure: undefined } }
      case 'error':
        return { pieces, end: { failure: failureOfErrorObject(read.error) } }
      case 'malformed':
        return { pieces, end: { failure: malformed(read.note) } }
    }
  }
  return { pieces }
}
