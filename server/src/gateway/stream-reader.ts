import { createSseFramer } from '../core/sse.ts'
import type { AnswerHead } from '../providers/index.ts'
import type { AttemptEvents } from './attempt.ts'
import { failureOfStatus, malformed, tooLarge } from './attempt-failure.ts'
import { openStreamFlow, type FlowOptions } from './stream-flow.ts'

export type StreamReader = AttemptEvents & {
  /** Nothing is handed on after it, and nothing told. */
  readonly close: () => void
}

/** One event of a stream may weigh this much; a longer line is not an answer. */
const eventBytesMax = 8 * 1_048_576
const errorBodyBytesMax = 65_536
const eventEnd = Buffer.from('\n\n')

/** Reads one attempt's bytes: judges its head, frames its events, and says how the stream ended. */
export function openStreamReader(options: FlowOptions): StreamReader {
  const { meter, delivered } = options
  const framer = createSseFramer({ eventBytesMax })
  const flow = openStreamFlow(options)
  let refusal: { readonly head: AnswerHead; readonly body: Buffer } | undefined

  return {
    onHead(head) {
      const type = head.headers['content-type'] ?? 'text/event-stream'
      if (head.status < 200 || head.status > 299) refusal = { head, body: Buffer.alloc(0) }
      else if (!type.includes('text/event-stream')) flow.fail(malformed(`a stream of type ${type.slice(0, 100)}`))
    },
    onBytes(bytes) {
      if (flow.isOver()) return true
      if (refusal) {
        refusal = { ...refusal, body: Buffer.concat([refusal.body, bytes]).subarray(0, errorBodyBytesMax) }
        return true
      }
      const { events, overflow } = framer.push(bytes)
      const keepsUp = flow.take(events)
      if (overflow) flow.whenThrough(() => flow.fail(tooLarge(eventBytesMax)))
      return keepsUp
    },
    onFinish(failure) {
      const last = failure || refusal ? undefined : framer.finish()
      if (last) flow.take([{ ...last, raw: Buffer.concat([last.raw, eventEnd]) }])
      flow.whenThrough(() => {
        if (failure) flow.fail(failure)
        else if (refusal) flow.fail(failureOfStatus(refusal.head, refusal.body))
        // Some servers end without [DONE]; a finish reason says as well that the answer is whole.
        else if (meter.finishReason() !== undefined) flow.finish()
        else flow.fail(malformed(delivered() ? 'a stream that ended early' : 'an empty stream'))
      })
    },
    close: flow.close,
  }
}
