import { AppError } from '../core/errors.ts'
import type { Clock } from '../core/clock.ts'
import { generationId, type Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import { isObject, type JsonObject } from '../core/json.ts'
import type { Caller } from '../accounts/index.ts'
import type { Model } from '../catalog/index.ts'
import type { Exchange } from '../platform/http/index.ts'
import { writesText } from '../providers/index.ts'
import { asksAsChat, takesRouting, type PlannedAttempt } from '../router/index.ts'
import type { AttemptFailure } from './attempt-failure.ts'
import type { Bounds, Rates } from './bounds.ts'
import type { CallRequest } from './call-request.ts'
import type { AnswerFacts } from './inbound/index.ts'
import type { Patience } from './patience.ts'
import { keptFields } from './own-fields.ts'
import type { Labels } from './labels.ts'
import type { Route } from './route-call.ts'

/** A call that was admitted and planned: who asks what, and in which order it will be tried. */
export type Call = {
  readonly id: Uuid
  readonly exchange: Exchange
  readonly caller: Caller
  readonly request: CallRequest
  readonly labels: Labels | undefined
  /** Two letters, where a trusted proxy said so. */
  readonly country: string | undefined
  /** The model that is asked first; an attempt may be at another one. */
  readonly model: Model
  readonly attempts: readonly PlannedAttempt[]
  readonly rates: Rates
  readonly bounds: Bounds
  readonly route: Route
  /** What became of the route on its way, for the receipt. */
  readonly notes: { stopped_by?: string }
  /** Whose answer is coming, for checkpoints: the attempt that sent a first byte last. */
  readonly coming: { from?: PlannedAttempt }
  readonly startedMs: number
  readonly stop: StopSignal
  readonly patience: Patience
  /** The call whose answer this one is given again, where no provider is asked. */
  readonly cachedFrom?: Uuid
  /** Headers that every answer of this call carries; attempts may add to them until the head has gone. */
  readonly answerHeaders: Record<string, string>
  /** Every try so far, for the receipt. */
  readonly tried: AttemptRow[]
}

/** One try of a call at one offer, as the receipt shows it. */
export type AttemptRow = {
  readonly offer_id: Uuid
  readonly provider: string
  /** Whether the account's own key was sent. */
  readonly own_key?: true
  /** Where it is not the model that was asked first. */
  readonly model?: string
  readonly why: string
  /** When it began, after the call did. */
  readonly after_ms: number
  readonly ms: number
  readonly first_byte_ms?: number
  /** `outrun`: another offer that was asked at the same time was quicker. */
  readonly outcome: 'answered' | 'stopped' | 'outrun' | AttemptFailure['reason']
  readonly status?: number
  readonly note?: string
}

/** The hold of a call, and what it bounds. */
export type Hold = {
  readonly amount: NanoUsd
  /** The prompt's bound in tokens, as it was held. */
  readonly promptTokens: number
  /** To be sent upstream so that the hold suffices; `undefined` when the request or the model bounds itself. */
  readonly outputTokensMax: number | undefined
}

/** Why a call ends before its answer does. */
export type StopReason = 'caller-gone' | 'cancelled' | 'shutting-down'

/** Tells once, to everyone who listens, that a call has to stop. */
export type StopSignal = {
  readonly reason: () => StopReason | undefined
  readonly fire: (reason: StopReason) => void
  /** Calls at once if it fired already; gives back how to stop listening. */
  readonly listen: (listener: (reason: StopReason) => void) => () => void
}

/** A call from its first byte to its last, before anything is known of it. */
export type OpenCall = { readonly id: Uuid; readonly stop: StopSignal }

export function openStopSignal(): StopSignal {
  const listeners = new Set<(reason: StopReason) => void>()
  let fired: StopReason | undefined
  return {
    reason: () => fired,
    fire(reason) {
      if (fired) return
      fired = reason
      for (const listener of listeners) listener(reason)
      listeners.clear()
    },
    listen(listener) {
      if (fired) listener(fired)
      else listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What an inbound API may tell of a call in its answer. */
export const answerFacts = (context: { readonly clock: Clock }, call: Call, attempt?: PlannedAttempt): AnswerFacts => ({
  requestId: call.exchange.requestId,
  generationId: generationId(call.id),
  model: (attempt?.model ?? call.model).id,
  createdAtMs: context.clock.nowMs(),
  nowMs: context.clock.nowMs,
  asked: call.request.asked,
  wantsUsage: call.request.wantsUsage,
  isStored: call.request.conversation !== undefined,
})

/** The request in the form that an offer has for it: a completion is a chat where there are chats alone. */
export const formFor = (request: CallRequest, { offer }: PlannedAttempt): CallRequest =>
  request.asChat?.kind === 'chat' && asksAsChat(request.endpoint, offer)
    ? { ...request, endpoint: 'chat', body: request.asChat.body }
    : request

type OutputShape = { readonly maxTokensField: string; readonly outputTokensMax: number | undefined }

/** The request as it is sent to one offer: the caller's own, with the upstream's name of the model and our bounds. */
export function upstreamBody(
  request: CallRequest,
  attempt: PlannedAttempt,
  shape: OutputShape & { readonly streamUsage: boolean },
): JsonObject {
  const body: Record<string, JsonObject[string]> = { ...request.body, model: attempt.offer.upstreamModel }
  const conditions = routingConditions(request.asked, attempt.offer)
  // These are ours (and OpenRouter's); providers that check their input refuse them.
  for (const name of keptFields) delete body[name]
  if (conditions) body['provider'] = conditions
  if (!writesText(request.endpoint)) return body
  boundOutput(body, request, shape)
  if (request.stream && shape.streamUsage) {
    const options = request.body['stream_options']
    body['stream_options'] = { ...(options as JsonObject | undefined), include_usage: true }
  }
  return body
}

/**
 * One bound, the one that was held for, under the name that this provider obeys: of two names it might obey the other. The
 * older name stays where the caller used that alone: who knows the newer one knows both.
 */
function boundOutput(
  body: Record<string, JsonObject[string]>,
  { endpoint, outputTokensAsked }: CallRequest,
  { maxTokensField, outputTokensMax = outputTokensAsked }: OutputShape,
): void {
  const { max_tokens: older, max_completion_tokens: newer } = body
  delete body['max_tokens']
  delete body['max_completion_tokens']
  if (outputTokensMax === undefined) return
  const saysOlder = (older ?? undefined) !== undefined && (newer ?? undefined) === undefined
  body[endpoint === 'completions' || saysOlder ? 'max_tokens' : maxTokensField] = outputTokensMax
}

/** What the caller said of routing is for us; a provider that routes among upstreams of its own gets its conditions on those. */
function routingConditions({ provider }: JsonObject, offer: PlannedAttempt['offer']): JsonObject | undefined {
  if (!isObject(provider) || !takesRouting(offer)) return undefined
  // Names in `order` and `only` are those of providers here; what must not be asked, must not be asked there either.
  const { order: _order, only: _only, hedge: _hedge, ...conditions } = provider
  return Object.keys(conditions).length > 0 ? conditions : undefined
}

/** What the caller of a stopped call is told, where it can still be told anything. */
export function stopError(call: Pick<Call, 'stop'>): AppError {
  switch (call.stop.reason()) {
    case 'shutting-down':
      return new AppError('shutting_down', { message: 'The server is stopping. Try again.', retryAfterSeconds: 5 })
    case 'cancelled':
      return new AppError('call_cancelled', { message: 'The call was cancelled on request.' })
    default:
      return new AppError('caller_aborted', { message: 'The caller closed the connection.' })
  }
}

/** What the receipt calls a stopped call: a server that ends has interrupted it; anyone else wanted no more of it. */
export const stoppedState = (call: Pick<Call, 'stop'>): 'aborted' | 'interrupted' =>
  call.stop.reason() === 'shutting-down' ? 'interrupted' : 'aborted'
