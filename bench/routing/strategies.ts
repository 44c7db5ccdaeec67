import { buildSnapshot, noFacts } from '../../server/src/catalog/index.ts'
import { numbersFrom } from '../../server/src/core/random.ts'
import { nanoUsdPerMillion } from '../../server/src/core/money.ts'
import { openCourse } from '../../server/src/gateway/index.ts'
import { noPolicy, openHealth, planCall, type Outcome } from '../../server/src/router/index.ts'
import type { OfferScript } from './scenarios.ts'
import type { Reply } from './world.ts'

/** What a strategy does next for one call: ask an offer, wait, or give up. */
export type Move =
  | {
      readonly kind: 'ask'
      readonly id: string
      readonly firstByte: (nowMs: number) => void
      readonly ended: (reply: Reply, nowMs: number) => void
    }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'give-up' }

export type Strategy = {
  readonly name: string
  /** Begins a call; the result is asked for one move after the other, until an answer has begun. */
  readonly begin: (nowMs: number) => (nowMs: number) => Move
}

const attemptsMax = 3
const nothing = (): void => {}

/** What most gateways do: an order, and the next on failure, without memory. */
const inTurn = (name: string, orderOf: (call: number) => readonly string[]): Strategy => {
  let calls = 0
  return {
    name,
    begin() {
      const order = orderOf(calls++).slice(0, attemptsMax)
      let at = 0
      return () => {
        const id = order[at++]
        return id === undefined ? { kind: 'give-up' } : { kind: 'ask', id, firstByte: nothing, ended: nothing }
      }
    },
  }
}

export const roundRobin = (offers: readonly OfferScript[]): Strategy =>
  inTurn('round robin', (call) => offers.map((_, at) => offers[(call + at) % offers.length]!.id))

export const alwaysCheapest = (offers: readonly OfferScript[]): Strategy => {
  const order = offers.toSorted((a, b) => a.price - b.price).map(({ id }) => id)
  return inTurn('always cheapest', () => order)
}

const failure = {
  note: '',
  movesOn: true,
  isCallers: false,
  complaint: undefined,
  status: undefined,
  retryAfterSeconds: undefined,
}

/** This gateway's own planner, health and course, with the simulation's clock. */
export function redpill(offers: readonly OfferScript[], seed: number, defaultOrder: 'balance' | 'latency'): Strategy {
  const snapshot = snapshotOf(offers)
  const health = openHealth()
  const random = numbersFrom(seed)
  return {
    name: defaultOrder === 'balance' ? 'default' : 'by latency',
    begin(startedMs) {
      let nowMs = startedMs
      const plan = planCall(
        {
          ...{ endpoint: 'chat', model: 'm/x', policy: noPolicy, parameters: [], inputModalities: ['text'] },
          ...{ promptTokensBound: 1_000, outputTokensBound: 500, requestsBound: 1 },
        },
        { snapshot, health, nowMs, monotonicMs: nowMs, chance: random(), defaultOrder },
      )
      if (plan.kind !== 'planned') return () => ({ kind: 'give-up' })
      const course = openCourse({
        ...{ attempts: plan.attempts, health, random, deadlineMs: startedMs + 60_000 },
        ...{ accountId: 'payer', hedges: false },
        clock: { monotonicMs: () => nowMs },
      })
      return (atMs) => {
        nowMs = atMs
        const step = course.next()
        if (step.kind !== 'try') return step.kind === 'wait' ? step : { kind: 'give-up' }
        const { attempt, ticket } = step
        return {
          kind: 'ask',
          id: attempt.offer.id,
          firstByte: (byteMs) => ticket.firstByte(byteMs, true),
          ended(reply, endMs) {
            nowMs = endMs
            ticket.leave(outcomeOf(reply), endMs)
            if (reply.kind === 'failed') course.failed(attempt, { ...failure, reason: 'timeout' }, true)
            if (reply.kind === 'limited')
              course.failed(attempt, { ...failure, ...reply, reason: 'status', status: 429 }, true)
          },
        }
      }
    },
  }
}

/** A stream that broke off is a failure of its provider's, as any other. */
const outcomeOf = (reply: Reply): Outcome =>
  reply.kind === 'limited' ? reply : { kind: reply.kind === 'broken' ? 'failed' : reply.kind }

function snapshotOf(offers: readonly OfferScript[]) {
  return buildSnapshot({
    models: [
      {
        ...{ id: 'm/x', aliases: [], name: 'X', description: '', contextLength: undefined, outputTokensMax: undefined },
        ...{ inputModalities: ['text'], outputModalities: ['text'], supportedParameters: [], disabled: false },
        createdAt: new Date(0),
      },
    ],
    offers: offers.map(({ id }) => ({
      ...{ id, modelId: 'm/x', providerId: id, providerName: id, upstreamModel: 'x', dialect: 'compatible' },
      ...{ providerShareBps: 10_000, capabilities: {}, disabled: false, available: true, facts: noFacts, ownFacts: {} },
    })),
    prices: offers.flatMap(({ id, price }) =>
      (['input', 'output'] as const).map((unitClass) => ({
        ...{ id: `${id} ${unitClass}`, modelId: 'm/x', offerId: id, class: unitClass, source: 'bench' },
        perMillion: nanoUsdPerMillion(BigInt(Math.round(price * 1e9))),
        validFrom: new Date(0),
      })),
    ),
  })
}
