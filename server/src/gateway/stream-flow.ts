import type { JsonObject } from '../core/json.ts'
import type { SseEvent } from '../core/sse.ts'
import { failureOfErrorObject, malformed, type AttemptFailure } from './attempt-failure.ts'
import { mayBeEmpty, nothingInIt } from './empty-answer.ts'
import type { StreamWriter } from './inbound/index.ts'
import type { Meter } from './meter.ts'
import type { Tried } from './try-offers.ts'

/** How a stream ended for its caller. */
export type StreamEnd = 'whole' | 'cut-by-credits'

export type FlowOptions = {
  readonly meter: Meter
  /** What the provider was asked. */
  readonly asked: JsonObject
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
  const { meter } = options
  const ending = openEnding(options)
  const gate = openGate(options)
  let queue: readonly SseEvent[] = []
  let conclude: (() => void) | undefined
  let waiting = false

  /** Gives whether to go on reading at once; otherwise `resume` follows. */
  function flow(): boolean {
    if (waiting || ending.isOver()) return !waiting
    const { chunks, blocked, end } = readCovered(options, queue)
    queue = blocked?.rest ?? []
    const keepsUp = gate.pass(chunks)
    if (blocked) void wait(blocked)
    else if (end?.failure) ending.fail(end.failure)
    else if (end) finish()
    else conclude?.()
    return keepsUp && !blocked
  }

  function finish(): void {
    const { asked } = options
    const isAnswer =
      meter.hasContent() || mayBeEmpty({ finishReason: meter.finishReason(), usage: meter.usage(), asked })
    if (!isAnswer) return ending.fail(malformed(nothingInIt))
    gate.open()
    ending.finish('whole')
  }

  /** Keeps a chunk until the hold covers it; one that cannot be paid for is not delivered. */
  async function wait({ verdict, chunk }: Blocked): Promise<void> {
    waiting = true
    const said = await verdict.catch(() => 'cut' as const)
    if (ending.isOver()) return
    waiting = false
    if (said === 'go') {
      const keepsUp = gate.pass([chunk])
      if (flow() && keepsUp) options.resume()
      return
    }
    meter.retract()
    options.stop()
    gate.open()
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
    finish,
    fail: (failure) => ending.fail(failure),
    isOver: ending.isOver,
    close() {
      if (waiting && !ending.isOver()) meter.retract()
      ending.silence()
    },
  }
}

/** So many chunks with nothing in them wait for the first that has something. */
const emptyChunksMax = 64

/**
 * Keeps back the chunks before the first with something in it: until then nothing is delivered, and another offer may take
 * over from one that breaks off or ends.
 */
function openGate({ writer, deliver }: FlowOptions) {
  let kept: Chunk[] | undefined = []
  const write = (chunks: readonly Chunk[]): boolean =>
    chunks.length === 0 || deliver(chunks.map(({ chunk, raw }) => writer.chunk(chunk, raw)))

  function open(): boolean {
    const chunks = kept ?? []
    kept = undefined
    return write(chunks)
  }

  return {
    open,
    pass(chunks: readonly Chunk[]): boolean {
      if (!kept) return write(chunks)
      kept.push(...chunks)
      return kept.at(-1)?.hasContent || kept.length > emptyChunksMax ? open() : true
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

/** A chunk, the event's own bytes, and whether there was anything in the stream by then. */
type Chunk = { readonly chunk: JsonObject; readonly raw: Buffer; readonly hasContent: boolean }

/** A chunk that the hold does not cover yet, and what came after it. */
type Blocked = {
  readonly verdict: Promise<'go' | 'cut'>
  readonly chunk: Chunk
  readonly rest: readonly SseEvent[]
}

type Covered = {
  readonly chunks: readonly Chunk[]
  readonly blocked?: Blocked
  /** The stream's end was among the events, by its own word or because of what came in place of a chunk. */
  readonly end?: { readonly failure: AttemptFailure | undefined }
}

/** Meters events as far as the hold covers them and the stream goes. */
function readCovered({ meter, advance }: FlowOptions, events: readonly SseEvent[]): Covered {
  const chunks: Chunk[] = []
  for (const [index, { data, raw }] of events.entries()) {
    if (data === undefined) continue
    const read = meter.read(data.toString('utf8'))
    switch (read.kind) {
      case 'chunk': {
        const chunk = { chunk: read.chunk, raw, hasContent: meter.hasContent() }
        const verdict = advance()
        if (verdict !== 'go') return { chunks, blocked: { verdict, chunk, rest: events.slice(index + 1) } }
        chunks.push(chunk)
        break
      }
      case 'usage':
        break
      case 'done':
        return { chunks, end: { failure: undefined } }
      case 'error':
        return { chunks, end: { failure: failureOfErrorObject(read.error) } }
      case 'malformed':
        return { chunks, end: { failure: malformed(read.note) } }
    }
  }
  return { chunks }
}
