import type { JsonObject } from '../../core/json.ts'
import type { Call } from '../call.ts'
import type { InboundApi } from '../inbound/index.ts'
import type { Answered } from './cached-answer.ts'

/** A call whose answer is kept on its way to the caller. */
export type Recording = {
  readonly call: Call
  /** What the model has answered, once all of it was written; a stream that we cut is not all of it. */
  readonly answered: () => Answered | undefined
}

/** Bytes of a stream's chunks as they came; a longer one is not kept. */
const streamBytesMax = 4 * 1_048_576

export function recordAnswer(call: Call): Recording {
  const { api } = call.request
  let answered: Answered | undefined
  const recording: InboundApi = {
    ...api,
    writeAnswer(answer, facts) {
      answered = { model: facts.model, whole: answer }
      return api.writeAnswer(answer, facts)
    },
    openStream(facts) {
      const face = api.openStream(facts)
      const chunks: JsonObject[] = []
      let bytes = 0
      let isWhole = true
      return {
        ...face,
        chunk(chunk, raw) {
          // A chunk without bytes is one of ours: the answer was cut.
          if (!raw) isWhole = false
          bytes += raw?.length ?? 0
          if (bytes <= streamBytesMax) chunks.push(chunk)
          return face.chunk(chunk, raw)
        },
        finish(usage, routing) {
          if (isWhole && bytes <= streamBytesMax) answered = { model: facts.model, chunks }
          return face.finish(usage, routing)
        },
      }
    },
  }
  return { call: { ...call, request: { ...call.request, api: recording } }, answered: () => answered }
}
