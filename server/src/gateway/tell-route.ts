import { generationId } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { PlannedAttempt } from '../router/index.ts'
import type { Call } from './call.ts'

export const routeHeader = 'x-redpill-route'

/** Offers that are told beyond those that were tried. */
const plannedMax = 16

/** `first=status 503, second`: how each attempt ended, and who is asked now. */
export function tellRoute(call: Call, current?: PlannedAttempt): string {
  const past = call.tried.map(
    (row) => `${row.provider}=${row.outcome}${row.status === undefined ? '' : ` ${row.status}`}`,
  )
  return [...past, ...(current ? [current.offer.providerName] : [])].join(', ')
}

/** How the call was decided: for the receipt. Where there was one offer and no question, its attempt says it all. */
export function routingDetail(call: Call): JsonObject | undefined {
  const { excluded, policy, conversation } = call.route
  if (call.attempts.length + excluded.length <= 1 && call.notes.stopped_by === undefined) return undefined
  const tried = new Set(call.tried.map((row) => row.offer_id))
  const namesOf = ({ offer, model }: Pick<PlannedAttempt, 'offer' | 'model'>) => ({
    offer_id: offer.id,
    provider: offer.providerName,
    ...(model.id !== call.model.id && { model: model.id }),
  })
  const untried = call.attempts.filter(({ offer }) => !tried.has(offer.id))
  return {
    untried: untried.slice(0, plannedMax).map((attempt) => ({ ...namesOf(attempt), why: attempt.reason })),
    excluded: excluded.slice(0, plannedMax).map((each) => ({ ...namesOf(each), why: each.why })),
    ...(conversation !== undefined && { keeps_conversation: true }),
    ...(policy.hedgeMs !== undefined && { hedge_ms: policy.hedgeMs }),
    ...call.notes,
  }
}

/** The same for the caller who asked, in the answer itself. */
export const toldRouting = (call: Call, attempt: PlannedAttempt): JsonObject => ({
  generation_id: generationId(call.id),
  model: attempt.model.id,
  provider: attempt.offer.providerName,
  attempts: call.tried.map(({ note: _note, ...row }) => row),
  ...(routingDetail(call) ?? { untried: [], excluded: [] }),
})
