import type { JsonObject } from '../../core/json.ts'
import { toCredits } from '../../core/money.ts'
import type { Offer } from '../../catalog/index.ts'
import { billOf } from '../../credits/index.ts'
import type { CallTimeouts } from '../../platform/config.ts'
import type { LogFields } from '../../platform/log.ts'
import { outcomeOf } from '../attempt-failure.ts'
import type { StopSignal } from '../call.ts'
import type { ConnectedProvider } from '../dependencies.ts'
import { startTicker } from '../ticker.ts'
import type { Tried } from '../try-offers.ts'
import { tokensIn, tokensOut, unitsOf } from '../usage.ts'
import { fetchWhole } from '../whole-answer.ts'
import type { CallProbe, Found, ProberOptions } from './types.ts'

const timeouts: CallTimeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 10_000 }
const tickMs = 100

/** Makes a call of one token for nobody. It counts like any other: it closes the breaker, or opens it again. */
export async function buyToken(options: ProberOptions, probe: CallProbe, stop: StopSignal): Promise<Found | undefined> {
  const { clock, health, findProvider } = options
  const { offer, model } = probe
  const connected = findProvider(offer.providerId)
  if (!connected) return undefined
  const entered = health.recordOf(offer.id).enter(offer.facts, clock.monotonicMs(), { anyway: false })
  if (entered.kind !== 'entered') return undefined
  const { ticket } = entered
  const ticker = startTicker(clock, tickMs)
  try {
    const tried = await fetchWhole(
      {
        provider: connected.provider,
        call: { endpoint: probe.endpoint, stream: false, body: smallestBody(probe, connected) },
        onFirstByte: () => ticket.firstByte(clock.monotonicMs(), false),
        ...{ timeouts, ticker, clock },
      },
      stop,
    )
    const learnt = outcomeOf(tried)
    ticket.leave(learnt, clock.monotonicMs())
    const outcome = learnt.kind === 'ok' ? 'answered' : learnt.kind === 'failed' ? 'failed' : 'unclear'
    return { outcome, fields: { model: model.id, ...tellOf(options, offer, tried) } }
  } finally {
    ticket.leave({ kind: 'neutral' }, clock.monotonicMs())
    ticker.stop()
  }
}

const smallestBody = ({ endpoint, offer }: CallProbe, { maxTokensField }: ConnectedProvider): JsonObject =>
  endpoint === 'chat'
    ? { model: offer.upstreamModel, messages: [{ role: 'user', content: '.' }], [maxTokensField]: 1 }
    : { model: offer.upstreamModel, input: '.' }

/** Of an answer what the operator's account with the provider bears, at the prices of the offer: nobody is charged. */
function tellOf({ catalog, clock }: ProberOptions, offer: Offer, tried: Tried<JsonObject>): LogFields {
  if (tried.kind === 'stopped') return { why: 'stopped' }
  if (tried.kind === 'failed') return { why: tried.failure.reason, status: tried.failure.status }
  const units = unitsOf(tried.answer['usage'])
  if (!units) return {}
  const bill = billOf({ ...units, request: 1 }, catalog.current().pricesOf(offer, clock.nowMs()))
  return {
    tokens_in: tokensIn(units),
    tokens_out: tokensOut(units),
    ...(bill.kind === 'billed' && { operator_cost_credits: toCredits(bill.cost) }),
  }
}
