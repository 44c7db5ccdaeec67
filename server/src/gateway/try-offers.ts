import type { PlannedAttempt } from '../router/index.ts'
import { incapable, malformed, type AttemptFailure } from './attempt-failure.ts'
import { upstreamBody, type Call, type Hold } from './call.ts'
import type { ConnectedProvider, GatewayContext } from './dependencies.ts'
import type { AttemptOptions } from './attempt.ts'

/** How one try ended. */
export type Tried<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** `final`: something was delivered, so no other offer may take over. */
  | { readonly kind: 'failed'; readonly failure: AttemptFailure; readonly final: boolean }
  /** The call was told to stop, or was cut. */
  | { readonly kind: 'stopped' }

export type AllTried<Answer> =
  | { readonly kind: 'answered'; readonly attempt: PlannedAttempt; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly attempt: PlannedAttempt; readonly failure: AttemptFailure }
  | { readonly kind: 'stopped'; readonly attempt: PlannedAttempt }

/** Tries the planned offers in order until one answers, one blames the request, or one has delivered something. */
export async function tryOffers<Answer>(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  tryOne: (options: AttemptOptions, attempt: PlannedAttempt) => Promise<Tried<Answer>>,
): Promise<AllTried<Answer>> {
  const last = call.attempts.length - 1
  for (const [index, attempt] of call.attempts.entries()) {
    const connected = context.findProvider(attempt.offer.providerId)
    const startedMs = context.clock.monotonicMs()
    const tried = connected
      ? await tryWarned(call, attemptOptions(context, call, hold, attempt, connected), attempt, tryOne)
      : ({ kind: 'failed', failure: malformed('the provider was removed'), final: false } as const)
    noteAttempt(call, attempt, { startedMs, endedMs: context.clock.monotonicMs() }, tried)
    if (tried.kind === 'answered') return { kind: 'answered', attempt, answer: tried.answer }
    if (tried.kind === 'stopped' || call.stop.reason()) return { kind: 'stopped', attempt }
    if (tried.final || !tried.failure.movesOn || index === last) {
      return { kind: 'failed', attempt, failure: tried.failure }
    }
  }
  throw new Error('a plan has at least one attempt')
}

/**
 * Asks no provider for what it cannot do, and tells the caller what it has to leave out; one that is strict would rather
 * have no answer from it.
 */
function tryWarned<Answer>(
  call: Call,
  options: AttemptOptions,
  attempt: PlannedAttempt,
  tryOne: (options: AttemptOptions, attempt: PlannedAttempt) => Promise<Tried<Answer>>,
): Promise<Tried<Answer>> {
  const refused = options.provider.refuses?.(options.call)
  if (refused !== undefined) return Promise.resolve({ kind: 'failed', failure: incapable([refused]), final: false })
  const leftOut = options.provider.leavesOut?.(options.call) ?? []
  const warnings = [...call.request.warnings, ...leftOut]
  if (call.request.strict && warnings.length > 0) {
    return Promise.resolve({ kind: 'failed', failure: incapable(warnings), final: false })
  }
  if (warnings.length > 0) call.answerHeaders['x-redpill-warnings'] = headerText(warnings)
  else delete call.answerHeaders['x-redpill-warnings']
  return tryOne(options, attempt)
}

/** Header values are visible ASCII: whatever else a field was named is escaped. */
const headerText = (warnings: readonly string[]): string =>
  warnings.join('; ').replaceAll(/[^\x20-\x7e]/g, (character) => encodeURIComponent(character))

function attemptOptions(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  attempt: PlannedAttempt,
  connected: ConnectedProvider,
): AttemptOptions {
  const { request } = call
  return {
    provider: connected.provider,
    call: {
      endpoint: request.endpoint,
      stream: request.stream,
      body: upstreamBody(request, attempt, { ...connected, outputTokensMax: outputTokensMaxOf(call, hold, connected) }),
    },
    timeouts: context.timeouts,
    ticker: context.ticker,
    clock: context.clock,
  }
}

/** The bound that we put on one answer where the caller gave none: what it can pay for, or what a provider must be told. */
const outputTokensMaxOf = ({ request, model }: Call, hold: Hold, { needsMaxTokens }: ConnectedProvider) =>
  hold.outputTokensMax ??
  (needsMaxTokens && request.outputTokensAsked === undefined ? model.outputTokensMax : undefined)

function noteAttempt(
  call: Call,
  attempt: PlannedAttempt,
  { startedMs, endedMs }: { readonly startedMs: number; readonly endedMs: number },
  tried: Tried<unknown>,
): void {
  const failure = tried.kind === 'failed' ? tried.failure : undefined
  call.tried.push({
    offer_id: attempt.offer.id,
    provider: attempt.offer.providerName,
    why: attempt.reason,
    after_ms: Math.round(startedMs - call.startedMs),
    ms: Math.round(endedMs - startedMs),
    outcome: failure ? failure.reason : tried.kind === 'answered' ? 'answered' : 'stopped',
    ...(failure?.status !== undefined && { status: failure.status }),
    ...(failure && { note: failure.note }),
  })
}
