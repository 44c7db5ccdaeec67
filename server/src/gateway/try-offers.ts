import { keepsNumbersOf } from '../core/exact-json.ts'
import type { PlannedAttempt, Ticket } from '../router/index.ts'
import { incapable, malformed, outcomeOf, type AttemptFailure } from './attempt-failure.ts'
import { openCourse, type Course, type Step } from './course.ts'
import { formFor, upstreamBody, type Call, type Hold } from './call.ts'
import type { ConnectedProvider, GatewayContext } from './dependencies.ts'
import type { AttemptOptions } from './attempt.ts'
import { isOwnKeyFailure, ownKeyWarnings } from './own-keys.ts'
import { openRace, type Racer } from './race.ts'
import { routeHeader, tellRoute } from './tell-route.ts'
import { timeoutsNow } from './patience.ts'

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

type TryOne<Answer> = (options: AttemptOptions, attempt: PlannedAttempt) => Promise<Tried<Answer>>

/** Goes along the plan until one offer answers, one blames the request, one has delivered something, or none is left. */
export async function tryOffers<Answer>(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  tryOne: TryOne<Answer>,
): Promise<AllTried<Answer>> {
  const { clock, health, random, timeouts } = context
  const deadlineMs = Math.min(call.startedMs + timeouts.totalMs, call.patience.deadlineMs)
  const course = openCourse({
    ...{ attempts: call.attempts, health, clock, random, deadlineMs },
    accountId: call.caller.accountId,
    hedges: call.route.policy.hedgeMs !== undefined,
  })
  for (;;) {
    const step = course.next()
    if (step.kind === 'end') return endOf(call, course, step)
    if (step.kind === 'wait') {
      await pause(call, step.ms)
      if (call.stop.reason()) return { kind: 'stopped', attempt: call.attempts[0]! }
      continue
    }
    const { attempt, tried } = await trySome({ context, call, hold, course }, step, tryOne)
    if (tried.kind === 'answered') return { kind: 'answered', attempt, answer: tried.answer }
    if (tried.kind === 'stopped' || call.stop.reason()) return { kind: 'stopped', attempt }
    const isLate = clock.monotonicMs() >= call.patience.deadlineMs
    if (tried.final || isLate) return { kind: 'failed', attempt, failure: tried.failure }
  }
}

function endOf(call: Call, course: Course, { attempt, failure }: Extract<Step, { kind: 'end' }>) {
  const why = course.stoppedBy()
  if (why) call.notes.stopped_by = why
  return { kind: 'failed', attempt, failure } as const
}

/** Waits, unless the call is told to stop. */
const pause = (call: Call, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    const unlisten = call.stop.listen(done)
    function done(): void {
      clearTimeout(timer)
      unlisten?.()
      resolve()
    }
  })

type Within = {
  readonly context: GatewayContext
  readonly call: Call
  readonly hold: Hold
  readonly course: Course
}

/** One offer that is asked: what is sent to it, and how it ended. */
type Leg = {
  readonly attempt: PlannedAttempt
  readonly options: AttemptOptions
  readonly warnings: readonly string[]
  readonly firstByte: () => void
  /** Notes how it ended, once; `sent`: whether it was asked at all. */
  readonly end: (tried: Tried<unknown> | { readonly kind: 'outrun' }, sent?: boolean) => void
}

/** Asks one offer, or two where the caller hedges. */
async function trySome<Answer>(
  within: Within,
  { attempt, ticket }: Extract<Step, { kind: 'try' }>,
  tryOne: TryOne<Answer>,
): Promise<{ readonly attempt: PlannedAttempt; readonly tried: Tried<Answer> }> {
  const leg = openLeg(within, attempt, ticket)
  if ('failure' in leg) return { attempt, tried: { kind: 'failed', failure: leg.failure, final: false } }
  const { hedgeMs } = within.call.route.policy
  // A second offer would be at the operator's price, which is for when the own key has failed.
  if (hedgeMs !== undefined && !attempt.own) return tryHedged(within, leg, hedgeMs, tryOne)
  warnOf(within.call, leg)
  const tried = await tryOne({ ...leg.options, onFirstByte: leg.firstByte }, attempt)
  leg.end(tried)
  return { attempt, tried }
}

async function tryHedged<Answer>(
  within: Within,
  first: Leg,
  hedgeMs: number,
  tryOne: TryOne<Answer>,
): Promise<{ readonly attempt: PlannedAttempt; readonly tried: Tried<Answer> }> {
  const { call, course } = within
  const legs = new Map<Racer, Leg>()
  const enter = (leg: Leg): Racer => {
    const { provider, call: request, timeouts } = leg.options
    const racer: Racer = {
      send: (sink) => provider.send({ ...request, connectTimeoutMs: timeouts.connectMs }, sink),
      onFirstByte() {
        leg.firstByte()
        warnOf(call, leg)
      },
      onOut: (failure) => leg.end(failure ? { kind: 'failed', failure, final: false } : { kind: 'outrun' }),
    }
    legs.set(racer, leg)
    return racer
  }
  const race = openRace(enter(first), hedgeMs, () => {
    const step = course.second(first.attempt)
    const leg = step && openLeg(within, step.attempt, step.ticket)
    return leg && !('failure' in leg) ? enter(leg) : undefined
  })
  warnOf(call, first)
  const provider = {
    ...first.options.provider,
    send: (_request: unknown, sink: Parameters<Racer['send']>[0]) => race.send(sink),
  }
  const tried = await tryOne({ ...first.options, provider }, first.attempt)
  const winner = race.winner()
  const won = (winner && legs.get(winner)) ?? first
  won.end(tried)
  // Where nobody has begun to answer, what ended the wait ended it for all; only the first had all of the time.
  if (!winner) for (const leg of legs.values()) leg.end(cutShort(tried))
  return { attempt: won.attempt, tried }
}

/** What a time-out that began with another's attempt is to one that was asked later: nothing that it could be blamed for. */
const cutShort = (tried: Tried<unknown>): Tried<unknown> =>
  tried.kind === 'failed' ? { ...tried, failure: { ...tried.failure, isCallers: true } } : tried

function openLeg(within: Within, attempt: PlannedAttempt, ticket: Ticket): Leg | { readonly failure: AttemptFailure } {
  const { context, call, hold, course } = within
  const { clock } = context
  const startedMs = clock.monotonicMs()
  let firstByteMs: number | undefined
  let ended = false
  let conceal = (text: string): string => text

  const end: Leg['end'] = (tried, sent = true) => {
    if (ended) return
    ended = true
    const nowMs = clock.monotonicMs()
    const failure = tried.kind === 'failed' ? tried.failure : undefined
    // Whatever fails with an account's own key may fail for that key alone, its project or the address it is exchanged at.
    const isNeutral = failure && (!sent || attempt.own)
    ticket.leave(isNeutral ? { kind: 'neutral' } : outcomeOf(tried), nowMs)
    noteAttempt(call, attempt, { startedMs, endedMs: nowMs, firstByteMs, tried, conceal })
    if (failure) course.failed(attempt, failure, sent)
    if (call.route.isTold) call.answerHeaders[routeHeader] = tellRoute(call)
  }

  const refuse = (failure: AttemptFailure) => {
    end({ kind: 'failed', failure, final: false }, false)
    return { failure }
  }

  const connected = context.findProvider(attempt.offer.providerId, attempt.own?.key)
  if (!connected) return refuse(malformed('the provider was removed'))
  const options = attemptOptions(context, call, hold, attempt, connected)
  conceal = options.provider.conceal ?? conceal
  const refused = options.provider.refuses?.(options.call)
  if (refused !== undefined) return refuse(incapable([refused]))
  const leftOut = options.provider.leavesOut?.(options.call) ?? []
  const warnings = [...call.request.warnings, ...leftOut, ...roundedNumbers(call.request, options)]
  const isStrict = call.request.strict || (call.route.policy.requireParameters && leftOut.length > 0)
  if (isStrict && warnings.length > 0) return refuse(incapable(warnings))
  return {
    attempt,
    options,
    warnings,
    firstByte() {
      const nowMs = clock.monotonicMs()
      firstByteMs = nowMs - startedMs
      call.coming.from = attempt
      // How long an account waits with a key of its own says nothing of anybody else's calls.
      ticket.firstByte(nowMs, call.request.stream && !attempt.own)
    },
    end,
  }
}

/** Numbers of a request that are not sent as they were written: by translation, of the request or by its provider. */
function roundedNumbers({ numbers, asked }: Call['request'], { provider, call }: AttemptOptions): readonly string[] {
  if (!numbers || (provider.keepsNumbers && keepsNumbersOf(call.body, asked, numbers))) return []
  return ['numbers that 64-bit floats cannot hold are rounded']
}

/** Tells the caller what the provider that is to answer has to leave out, and by which way the call came to it. */
function warnOf(call: Call, { warnings: ofLeg, attempt }: Leg): void {
  const warnings = [...ofLeg, ...ownKeyWarnings(call.tried)]
  if (warnings.length > 0) call.answerHeaders['x-redpill-warnings'] = headerText(warnings)
  else delete call.answerHeaders['x-redpill-warnings']
  if (call.route.isTold) call.answerHeaders[routeHeader] = tellRoute(call, attempt)
}

/** Clients refuse answers whose headers are longer than 16 KiB in all. */
const warningCharactersMax = 4_000

/** Header values are visible ASCII: whatever else a field was named is escaped. */
const headerText = (warnings: readonly string[]): string =>
  warnings
    .join('; ')
    .toWellFormed()
    .replaceAll(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character))
    .slice(0, warningCharactersMax)

function attemptOptions(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  attempt: PlannedAttempt,
  connected: ConnectedProvider,
): AttemptOptions {
  const request = formFor(call.request, attempt)
  return {
    provider: connected.provider,
    call: {
      endpoint: request.endpoint,
      stream: request.stream,
      ...(request.numbers && { numbers: request.numbers }),
      body: upstreamBody(request, attempt, {
        ...connected,
        outputTokensMax: outputTokensMaxOf(request, hold, attempt, connected),
      }),
    },
    timeouts: timeoutsNow(call.patience, context.clock),
    ticker: context.ticker,
    clock: context.clock,
  }
}

/**
 * The bound on one answer: the caller's own, no higher than the model's by which it was held for; else what the hold can
 * pay for, or what a provider must be told.
 */
function outputTokensMaxOf(
  { outputTokensAsked: asked }: Call['request'],
  { outputTokensMax: held }: Hold,
  { model, offer }: PlannedAttempt,
  { needsMaxTokens }: ConnectedProvider,
): number | undefined {
  if (asked !== undefined) return Math.min(asked, model.outputTokensMax ?? asked)
  const own = offer.facts.outputTokensMax ?? model.outputTokensMax
  if (held === undefined) return needsMaxTokens ? own : undefined
  // What the hold pays for at one model may be more than another one writes.
  return Math.min(held, own ?? Infinity)
}

type Ended = {
  readonly startedMs: number
  readonly endedMs: number
  readonly firstByteMs: number | undefined
  readonly tried: Tried<unknown> | { readonly kind: 'outrun' }
  readonly conceal: (text: string) => string
}

function noteAttempt(
  call: Call,
  attempt: PlannedAttempt,
  { startedMs, endedMs, firstByteMs, tried, conceal }: Ended,
): void {
  const { offer, model, reason, own } = attempt
  const failure = tried.kind === 'failed' ? tried.failure : undefined
  call.tried.push({
    offer_id: offer.id,
    provider: offer.providerName,
    ...(own && { own_key: true as const }),
    ...(model.id !== call.model.id && { model: model.id }),
    why: reason,
    after_ms: Math.round(startedMs - call.startedMs),
    ms: Math.round(endedMs - startedMs),
    ...(firstByteMs !== undefined && { first_byte_ms: Math.round(firstByteMs) }),
    outcome: tried.kind === 'failed' ? tried.failure.reason : tried.kind,
    ...(failure?.status !== undefined && { status: failure.status }),
    // What a provider writes of a key may quote it.
    ...(failure && !isOwnKeyFailure(attempt, failure) && { note: conceal(failure.note) }),
  })
}
