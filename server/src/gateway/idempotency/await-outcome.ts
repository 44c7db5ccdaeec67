import { AppError } from '../../core/errors.ts'
import { generationId, type Uuid } from '../../core/ids.ts'
import { answerFacts, stopError, type Call } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import { keepAliveEveryMs, streamHeaders } from '../stream-pump.ts'
import { answerOf, type ClaimEdges, standingOf } from './claim.ts'
import { type RecordedAnswer, repetitionOf, replayAnswer } from './recorded-answer.ts'
import { type ClaimId, findClaim, markAwaited } from './store.ts'

/** Notifications may be lost, and processes may die without one. */
const lookAgainMs = 1_000

type Awaited = { readonly id: ClaimId; readonly callId: Uuid }

/**
 * Waits for the answer of a call that another process makes, and gives it; a stream comes at its end, in one piece, and is
 * kept alive until then. Answers with the status, or `undefined` when the claim has to be looked at anew.
 */
export async function awaitOutcome(
  context: GatewayContext,
  edges: ClaimEdges,
  call: Call,
  { id, callId }: Awaited,
): Promise<number | undefined> {
  const { db } = edges
  const wire = openWire(context, call)
  const stopped = new Promise<void>((resolve) => {
    call.stop.listen(() => resolve())
  })
  try {
    for (;;) {
      const news = context.outcomes.next(callId, lookAgainMs)
      if (await markAwaited(db, id, callId)) await Promise.race([news, stopped])
      if (call.stop.reason()) throw stopError(call)
      const claim = await findClaim(db, id)
      const isSame = claim?.call_id === callId
      if (isSame && !claim.ended_at && (await standingOf(edges, claim)).kind === 'running') continue
      const answer = isSame ? answerOf(edges, claim) : undefined
      if (answer) return wire.give(answer, callId)
      return wire.isOpen() ? wire.fail(callId) : undefined
    }
  } finally {
    wire.close()
  }
}

/** Keeps a stream's connection alive while nothing can be sent; from then on, what fails is told as an event. */
function openWire(context: GatewayContext, call: Call) {
  const { exchange, request } = call
  const face = request.stream ? request.api.openStream(answerFacts(context, call)) : undefined
  let isOpen = false
  let lastMs = context.clock.monotonicMs()
  const unwatch = context.ticker.watch((nowMs) => {
    if (!face || nowMs - lastMs < keepAliveEveryMs) return
    lastMs = nowMs
    if (!isOpen) exchange.begin(200, { ...streamHeaders, ...call.answerHeaders })
    isOpen = true
    exchange.write(face.keepAlive)
  })

  function fail(callId: Uuid): number {
    const error = new AppError('idempotency_conflict', {
      message: 'The first request with this Idempotency-Key gave no stream. GET /v1/generation has its receipt.',
      metadata: { generation_id: generationId(callId) },
    })
    exchange.write(face!.error(error))
    exchange.end()
    return error.status
  }

  return {
    isOpen: () => isOpen,
    fail,
    give(answer: RecordedAnswer, callId: Uuid): number {
      if (isOpen && !answer.streamed) return fail(callId)
      replayAnswer(repetitionOf(call), answer)
      return answer.status
    },
    close: unwatch,
  }
}
