import type { Clock } from '../core/clock.ts'
import type { Model } from '../catalog/index.ts'
import type { Health, PlannedAttempt, Ticket } from '../router/index.ts'
import { atLimit, type AttemptFailure } from './attempt-failure.ts'
import { isOwnKeyFailure } from './own-keys.ts'

/** What to do next for a call that has no answer yet. */
export type Step =
  | { readonly kind: 'try'; readonly attempt: PlannedAttempt; readonly ticket: Ticket }
  /** Ask again after so long: an offer will be back by then. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end'; readonly attempt: PlannedAttempt; readonly failure: AttemptFailure }

type Try = Extract<Step, { kind: 'try' }>

/** The way of one call along its plan. */
export type Course = {
  readonly next: () => Step
  /** The offer that would be asked after this one, for a call that asks two at once. */
  readonly second: (first: PlannedAttempt) => Try | undefined
  /** `sent`: whether the provider was asked at all. */
  readonly failed: (attempt: PlannedAttempt, failure: AttemptFailure, sent: boolean) => void
  /** Why no further offer was asked although there was one. */
  readonly stoppedBy: () => 'retry budget' | undefined
}

export type CourseOptions = {
  readonly attempts: readonly PlannedAttempt[]
  readonly health: Pick<Health, 'recordOf' | 'retriesOf' | 'hedgesOf'>
  readonly accountId: string
  /** Whether the call may ask two offers at once. */
  readonly hedges: boolean
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly random: () => number
  readonly deadlineMs: number
}

/** A Retry-After up to this is waited for, once nothing else is left to ask; and so long in all. */
const waitMsMax = 5_000
const waitsMsMax = 10_000
/** Those who wait for the same offer come back spread over this. */
const spreadMs = 250
/** Before an offer that could not be reached is asked once more. */
const pauseMs = 100

/**
 * Goes along the plan: offers that rest or are full are passed over; once the line is empty, those that rest are asked
 * after all, the soonest first, and the one that could not be reached once more. Every attempt after the first comes out
 * of the model's retry budget, but for those beside another, which come out of the account's own for hedges.
 */
export function openCourse(options: CourseOptions): Course {
  const { attempts, random } = options
  const gate = openGate(options)
  const queue = openQueue(attempts)
  let isPaused = false
  let last: Failed | undefined

  function enter(attempt: PlannedAttempt, how: Entry): Try | undefined {
    const entered = gate.enter(attempt, how)
    if (entered === 'resting') queue.rest(attempt)
    return typeof entered === 'object' ? entered : undefined
  }

  function fromLine(): Step | undefined {
    while (!gate.isSpent()) {
      const attempt = queue.takeFirst()
      const step = attempt && enter(attempt, 'in turn')
      if (step || !attempt) return step
    }
    return undefined
  }

  /** What failed too often is asked as a last resort; what is at its limit is waited for, if that is not long. */
  function fromRested(): Step | undefined {
    while (!gate.isSpent()) {
      const soonest = queue.leastRested(gate.restMs)
      if (!soonest) return undefined
      const ms = gate.restMs(soonest)
      if (ms > 0 && gate.mayWait(ms)) return gate.wait(ms + random() * spreadMs)
      queue.takeRested(soonest)
      // The last one is never put away: where nobody was asked yet, it is.
      const step = ms <= 0 || gate.sent() === 0 ? enter(soonest, 'anyway') : undefined
      if (step) return step
    }
    return undefined
  }

  function onceMore(): Step | undefined {
    if (queue.hasRepeat() && !isPaused) {
      isPaused = true
      return gate.wait(pauseMs * (1 + random()))
    }
    const attempt = queue.takeRepeat()
    return attempt && enter(attempt, 'anyway')
  }

  return {
    next: () => fromLine() ?? fromRested() ?? onceMore() ?? endOf(options, gate.fullForSeconds(), last),
    second(first) {
      if (!queue.hasFirst(first.model) || !gate.mayHedge()) return undefined
      return enter(queue.takeFirst()!, 'beside')
    },
    failed(attempt, failure, sent) {
      // An own key that was refused has not been a burden to the provider: the operator's is asked as the first.
      if (sent && !isOwnKeyFailure(attempt, failure)) gate.noteSent()
      last = { attempt, failure }
      if (!failure.movesOn) queue.ruleOut(attempt.model)
      else if (failure.status === 429 && !failure.isCallers && !attempt.own) queue.repeat(attempt, 'rested')
      else if (failure.reason === 'connect' || failure.reason === 'reset') queue.repeat(attempt, 'last')
    },
    stoppedBy: () => (gate.isSpent() ? 'retry budget' : undefined),
  }
}

/** `anyway`: even where it rests; `beside`: while another is asked. */
type Entry = 'in turn' | 'anyway' | 'beside'

type Failed = { readonly attempt: PlannedAttempt; readonly failure: AttemptFailure }

const endOf = ({ attempts }: CourseOptions, fullForSeconds: number, last: Failed | undefined): Step => ({
  kind: 'end',
  ...(last ?? { attempt: attempts[0]!, failure: atLimit(fullForSeconds) }),
})

/** Whom to ask: the line of the plan, those that were passed over for they rest, and the one to ask once more at the end. */
function openQueue(attempts: readonly PlannedAttempt[]) {
  let line = attempts
  let rested: readonly PlannedAttempt[] = []
  let again: PlannedAttempt | undefined
  const repeated = new Set<string>()
  return {
    hasFirst: (ofModel: Model) => line[0]?.model.id === ofModel.id,
    takeFirst(): PlannedAttempt | undefined {
      const [first, ...others] = line
      line = others
      return first
    },
    rest(attempt: PlannedAttempt): void {
      rested = [...rested, attempt]
    },
    leastRested: (restMs: (attempt: PlannedAttempt) => number): PlannedAttempt | undefined =>
      rested.reduce<PlannedAttempt | undefined>(
        (least, each) => (least && restMs(least) <= restMs(each) ? least : each),
        undefined,
      ),
    takeRested(attempt: PlannedAttempt): void {
      rested = rested.filter((each) => each !== attempt)
    },
    hasRepeat: () => again !== undefined,
    takeRepeat(): PlannedAttempt | undefined {
      const attempt = again
      again = undefined
      return attempt
    },
    /** Once for each offer. */
    repeat(attempt: PlannedAttempt, where: 'rested' | 'last'): void {
      if (repeated.has(attempt.offer.id)) return
      repeated.add(attempt.offer.id)
      if (where === 'last') again = attempt
      else rested = [...rested, attempt]
    },
    /** The request is at fault with this model; another one may take it. */
    ruleOut(model: Model): void {
      line = line.filter((each) => each.model.id !== model.id)
      rested = rested.filter((each) => each.model.id !== model.id)
      if (again?.model.id === model.id) again = undefined
    },
  }
}

/** Lets attempts in where the offer has room and is not resting, and the budget has one left; counts what was done. */
function openGate({ attempts, health, accountId, hedges, clock, deadlineMs }: CourseOptions) {
  const retryBudget = health.retriesOf(attempts[0]!.model.id)
  const hedgeBudget = hedges ? health.hedgesOf(accountId) : undefined
  let sent = 0
  let isSpent = false
  let waitedMs = 0
  let fullForSeconds = 60
  retryBudget.called(clock.monotonicMs())
  hedgeBudget?.called(clock.monotonicMs())
  return {
    mayHedge: () => hedgeBudget?.spend(accountId, clock.monotonicMs()) === true,
    enter(attempt: PlannedAttempt, how: Entry): Try | 'full' | 'resting' | 'spent' {
      const nowMs = clock.monotonicMs()
      const { offer, own } = attempt
      // How the operator's key fares says nothing of an account's own.
      const anyway = how === 'anyway' || own !== undefined
      const entered = health.recordOf(offer.id).enter(offer.facts, nowMs, { anyway, accountId })
      if (entered.kind === 'full') fullForSeconds = Math.min(fullForSeconds, entered.retryAfterSeconds)
      if (entered.kind !== 'entered') return entered.kind
      isSpent = how !== 'beside' && sent > 0 && !retryBudget.spend(accountId, nowMs)
      if (!isSpent) return { kind: 'try', attempt, ticket: entered.ticket }
      entered.ticket.leave({ kind: 'neutral' }, nowMs)
      return 'spent'
    },
    /** How long an offer is still at its limit; one that only fails can be asked at any time. */
    restMs: ({ offer }: PlannedAttempt): number => {
      const nowMs = clock.monotonicMs()
      const standing = health.recordOf(offer.id).standing(nowMs, accountId)
      return standing.kind === 'limited' ? standing.untilMs - nowMs : -Infinity
    },
    mayWait: (ms: number) => ms <= waitMsMax && waitedMs + ms <= waitsMsMax && clock.monotonicMs() + ms < deadlineMs,
    wait(ms: number): Step {
      waitedMs += ms
      return { kind: 'wait', ms }
    },
    sent: () => sent,
    noteSent: () => void (sent += 1),
    isSpent: () => isSpent,
    fullForSeconds: () => fullForSeconds,
  }
}
