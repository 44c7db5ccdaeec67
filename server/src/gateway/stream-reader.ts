import { createSseFramer, type SseEvent } from '../core/sse.ts'
import type { AnswerHead } from '../providers/index.ts'
import type { AttemptEvents } from './attempt.ts'
import { failureOfErrorObject, failureOfStatus, malformed, tooLarge, type AttemptFailure } from './attempt-failure.ts'
import type { StreamWriter } from './inbound/index.ts'
import type { Meter } from './meter.ts'
import type { Tried } from './try-offers.ts'

/** How a stream ended for its caller. */
export type StreamEnd = 'whole' | 'cut-by-credits'

export type ReaderOptions = {
  readonly meter: Meter
  readonly writer: Pick<StreamWriter, 'chunk'>
  /** Whether the hold still covers what was delivered. */
  readonly advance: () => 'go' | Promise<'go' | 'cut'>
  readonly delivered: () => boolean
  /** Hands on what the writer made of chunks; `false` asks for silence until the caller has taken them. */
  readonly deliver: (pieces: readonly (Buffer | string)[]) => boolean
  readonly resume: () => void
  readonly stop: () => void
  /** Called once, last. */
  readonly onEnd: (tried: Tried<StreamEnd>) => void
}

/** One event of a stream may weigh this much; a longer line is not an answer. */
const eventBytesMax = 8 * 1_048_576
const errorBodyBytesMax = 65_536
const eventEnd = Buffer.from('\n\n')

/** Reads one attempt's bytes: judges its head, frames its events, delivers chunks, keeps back what must come last. */
export function openStreamReader(options: ReaderOptions): AttemptEvents {
  const { meter } = options
  const framer = createSseFramer({ eventBytesMax })
  let refusal: { readonly head: AnswerHead; readonly body: Buffer } | undefined
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

  function cut(): void {
    options.stop()
    end({ kind: 'answered', answer: 'cut-by-credits' })
  }

  /** Gives whether to go on reading at once; otherwise `resume` follows. */
  function take(events: readonly SseEvent[]): boolean {
    const { pieces, failure, done } = readEvents(options, events)
    const keepsUp = pieces.length === 0 || options.deliver(pieces)
    if (failure) fail(failure)
    else if (done) end({ kind: 'answered', answer: 'whole' })
    else if (pieces.length > 0) return mayGoOn() && keepsUp
    return keepsUp
  }

  function mayGoOn(): boolean {
    const advance = options.advance()
    if (advance === 'go') return true
    advance.then((verdict) => (verdict === 'go' ? options.resume() : cut()), cut)
    return false
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
        refusal = { ...refusal, body: Buffer.concat([refusal.body, bytes]).subarray(0, errorBodyBytesMax) }
        return true
      }
      const { events, overflow } = framer.push(bytes)
      const keepsUp = take(events)
      if (overflow) fail(tooLarge(eventBytesMax))
      return keepsUp
    },
    onFinish(failure) {
      if (failure) return fail(failure)
      if (refusal) return fail(failureOfStatus(refusal.head, refusal.body))
      const last = framer.finish()
      if (last) take([{ ...last, raw: Buffer.concat([last.raw, eventEnd]) }])
      // Some servers end without [DONE]; a finish reason says as well that the answer is whole.
      if (meter.finishReason() !== undefined) end({ kind: 'answered', answer: 'whole' })
      else fail(malformed(options.delivered() ? 'a stream that ended early' : 'an empty stream'))
    },
  }
}

type Read = {
  readonly pieces: readonly (Buffer | string)[]
  readonly failure: AttemptFailure | undefined
  readonly done: boolean
}

/** Meters events up to the end of the answer, or to the first that is none; gives those that are to be handed on. */
function readEvents({ meter, writer }: ReaderOptions, events: readonly SseEvent[]): Read {
  const pieces: (Buffer | string)[] = []
  for (const { data, raw } of events) {
    if (data === undefined) continue
    const read = meter.read(data.toString('utf8'))
    switch (read.kind) {
      case 'chunk':
        pieces.push(writer.chunk(read.chunk, raw))
        break
      case 'usage':
        break
      case 'done':
        return { pieces, failure: undefined, done: true }
      case 'error':
        return { pieces, failure: failureOfErrorObject(read.error), done: false }
      case 'malformed':
        return { pieces, failure: malformed(read.note), done: false }
    }
  }
  return { pieces, failure: undefined, done: false }
}
