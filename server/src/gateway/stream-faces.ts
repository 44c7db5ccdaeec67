import type { PlannedAttempt } from '../router/index.ts'
import { answerFacts, type Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { StreamWriter } from './inbound/index.ts'

/** The writer of a stream, in the name of the model that answers: a fallback model is told as itself. */
export type Faces = {
  readonly current: () => StreamWriter
  /** For an attempt before which nothing was delivered. */
  readonly of: (attempt: PlannedAttempt) => StreamWriter
}

export function openFaces(context: GatewayContext, call: Call): Faces {
  let { model } = call
  let face = call.request.api.openStream(answerFacts(context, call))
  return {
    current: () => face,
    of(attempt) {
      if (attempt.model !== model) face = call.request.api.openStream(answerFacts(context, call, attempt))
      ;({ model } = attempt)
      return face
    },
  }
}
