import { AppError } from '../core/errors.ts'
import { generationId, type Uuid } from '../core/ids.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { toCredits, toUsdNumber, toUsdPerMillion, zero, type NanoUsd } from '../core/money.ts'
import { billOf, type CallState, type Settled, type UnitClass, type Units } from '../credits/index.ts'
import type { PriceTable } from '../catalog/index.ts'
import { judgesText } from '../providers/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import type { Call, Hold } from './call.ts'
import { lacksOutput, plainUsage, shownUsage, tokensIn, tokensOut, unitsOf, usageOf } from './usage.ts'
import { countPrompt, countUnits, type Delivered } from './counted.ts'
import type { GatewayContext } from './dependencies.ts'
import { upstreamCostOf } from './own-keys.ts'
import { keptParameters } from './kept-parameters.ts'
import { learnRoute } from './learn-route.ts'
import { routingDetail } from './tell-route.ts'
import { judgedUsage, measureJudged, type Measured } from './judged-units.ts'

/** How a call ended, before it is charged. */
export type Ending = {
  readonly state: CallState
  /** As the caller saw it. */
  readonly status: number
  /** The attempt whose answer was delivered, wholly or in part; `undefined`: nothing was, and nothing is charged. */
  readonly attempt: PlannedAttempt | undefined
  /** The provider's usage object as it came, where one came. */
  readonly usage: JsonValue | undefined
  readonly delivered: Delivered
  readonly firstByteMs: number | undefined
  readonly finishReason: string | undefined
  /** Why we cut the answer, when we did. */
  readonly cutBy?: 'credits'
  readonly upstreamId?: JsonValue
  /** What the caller is told instead of an answer, or at the end of a part of one. */
  readonly error?: AppError | undefined
}

/** What a served call looks like from outside. */
export type Served = {
  readonly status: number
  readonly concluded: Concluded
  readonly firstByteMs: number | undefined
  readonly error?: AppError
  /** The call whose answer was given again, to its own request. */
  readonly repeats?: Uuid
  /** The call whose answer came from the cache. */
  readonly cachedFrom?: Uuid
}

export type Concluded = {
  readonly units: Units
  readonly charged: NanoUsd
  /** OpenAI's usage object with the cost in it. */
  readonly usage: JsonObject
  readonly finishReason: string | undefined
}

/**
 * Charges a call and writes its receipt, once, whatever happened: the one place where every path of a call with a hold
 * ends. Resolves when the charge is committed.
 */
export async function settleCall(context: GatewayContext, call: Call, hold: Hold, ending: Ending): Promise<Concluded> {
  const measured = await measure(context, call, ending)
  const { units, source } = measured
  const bill = billUnits(context, units, ending.attempt?.prices ?? {}, call)
  const cost = ending.attempt ? bill.cost : zero
  const upstreamCost = upstreamCostOf(ending.attempt, units)
  const settled = await context.lane.settle({
    callId: call.id,
    cost,
    providerShareBps: ending.attempt?.offer.providerShareBps ?? 0,
    state: ending.state,
    status: ending.status,
    modelId: (ending.attempt?.model ?? call.model).id,
    provider: ending.attempt?.offer.providerName,
    offerId: ending.attempt?.offer.id,
    units,
    usageSource: source,
    promptBytes: call.request.prompt.textBytes,
    firstByteMs: ending.firstByteMs === undefined ? undefined : Math.round(ending.firstByteMs),
    durationMs: Math.round(context.clock.monotonicMs() - call.startedMs),
    detail: { ...receiptDetail(call, hold, ending, bill.lines), ...byokDetail(upstreamCost) },
  })
  context.news.settled(call.caller.accountId)
  learnRoute(context, call, ending, units)
  const charged = chargedOf(settled, call)
  if (settled.kind === 'settled' && settled.shortfall > 0n) {
    context.log.error('shortfall', {
      generation: call.id,
      account: call.caller.accountId,
      model: call.model.id,
      shortfall: toCredits(settled.shortfall),
    })
  }
  const usage = { ...usageWithCost(call, ending.usage, measured, charged), ...byokUsage(upstreamCost) }
  return { units, charged, usage, finishReason: ending.finishReason }
}

/**
 * Ends a call that a fault of ours has stopped, so that its hold does not stay: for nothing, unless it was settled already.
 * Where the ledger itself is the fault the hold is left to recovery.
 */
export async function abandonCall(context: GatewayContext, call: Call, hold: Hold, fault: unknown): Promise<void> {
  if (fault instanceof AppError && fault.code === 'ledger_unavailable') return
  const nothing = { attempt: undefined, usage: undefined, firstByteMs: undefined, finishReason: undefined }
  const delivered = { bytes: 0, texts: [] }
  await settleCall(context, call, hold, { ...nothing, delivered, state: 'failed', status: 500 }).catch(
    (error: unknown) => {
      context.log.error('a hold was left to recovery', {
        generation: call.id,
        error: error instanceof Error ? error.message : String(error),
      })
    },
  )
}

async function measure(context: GatewayContext, call: Call, ending: Ending): Promise<Measured> {
  const { attempt } = ending
  if (!attempt) return { units: {}, source: 'none' }
  if (judgesText(call.request.endpoint)) {
    return measureJudged(ending.usage, attempt.prices, () => countPrompt(context, call, attempt))
  }
  const reported = unitsOf(ending.usage)
  const isWhole = reported !== undefined && !lacksOutput(ending.usage)
  const tokens = isWhole ? reported : await countUnits(context, call, attempt, ending.delivered, reported)
  const images = attempt.prices.image ? call.request.prompt.images : 0
  return {
    units: { ...tokens, request: 1, ...(images > 0 && { image: images }) },
    source: isWhole ? 'provider' : 'counted',
  }
}

/**
 * A class that has no price of its own nor a parent's cannot be refused any more here: its tokens are billed as plain
 * input or output, which is how a provider without such a price bills them. What is left then (an embedding whose provider
 * speaks of output) cannot be charged, which must not keep the hold from being resolved.
 */
function billUnits(
  context: GatewayContext,
  units: Units,
  prices: PriceTable,
  call: Call,
): { cost: NanoUsd; lines: JsonValue } {
  let bill = billOf(units, prices)
  if (bill.kind === 'unpriced') {
    const { audio_input: audioIn = 0, audio_output: audioOut = 0, image: _image, ...rest } = units
    bill = billOf({ ...rest, input: (rest.input ?? 0) + audioIn, output: (rest.output ?? 0) + audioOut }, prices)
  }
  if (bill.kind === 'unpriced') {
    const { classes } = bill
    context.log.error('units without a price are not charged', { generation: call.id, classes: classes.join(', ') })
    bill = billOf(
      Object.fromEntries(Object.entries(units).filter(([name]) => !classes.includes(name as UnitClass))),
      prices,
    )
  }
  if (bill.kind === 'unpriced') throw new Error('what has a price can be billed')
  const lines = bill.lines.map((line) => ({
    class: line.class,
    units: line.units,
    price_id: line.priceId,
    usd_per_million: toUsdPerMillion(line.perMillion),
  }))
  return { cost: bill.cost, lines }
}

function chargedOf(settled: Settled, call: Call): NanoUsd {
  if (settled.kind !== 'unknown') return settled.charged
  throw new AppError('internal_error', { message: `The hold of ${call.id} is gone.` })
}

function receiptDetail(call: Call, hold: Hold, ending: Ending, lines: JsonValue): JsonObject {
  const routing = routingDetail(call)
  const parameters = keptParameters(call.request.asked)
  return {
    request_id: call.exchange.requestId,
    endpoint: call.request.endpoint,
    api: call.request.api.name,
    streamed: call.request.stream,
    requested_model: call.request.model,
    ...(parameters && { parameters }),
    ...(call.labels && { labels: call.labels }),
    ...(call.country !== undefined && { country: call.country }),
    ...(call.cachedFrom !== undefined && { cached: true, source_generation: generationId(call.cachedFrom) }),
    ...(ending.attempt && { upstream_model: ending.attempt.offer.upstreamModel }),
    attempts: call.tried,
    ...(routing && { routing }),
    lines,
    prompt_tokens_bound: hold.promptTokens,
    ...(hold.outputTokensMax !== undefined && { output_tokens_max: hold.outputTokensMax }),
    ...(ending.finishReason !== undefined && { finish_reason: ending.finishReason }),
    ...(ending.cutBy && { cut_by: ending.cutBy }),
    ...(ending.state === 'aborted' && call.stop.reason() === 'cancelled' && { cancelled_on_request: true }),
    ...(typeof ending.upstreamId === 'string' && { upstream_id: ending.upstreamId.slice(0, 200) }),
    ...(ending.error && { error: toldError(ending.error) }),
    ...(ending.usage !== undefined && { provider_usage: plainUsage(ending.usage) }),
  }
}

const errorCharactersMax = 500

const toldError = ({ code, kept }: AppError): JsonObject => ({
  code,
  message: kept.slice(0, errorCharactersMax).toWellFormed(),
})

/** What a call with an own key would have cost, on its receipt; absent on any other. */
const byokDetail = (upstreamCost: NanoUsd | undefined): JsonObject =>
  upstreamCost === undefined ? {} : { is_byok: true, upstream_cost_credits: toCredits(upstreamCost) }

/** The same in OpenRouter's words, in the answer. */
const byokUsage = (upstreamCost: NanoUsd | undefined): JsonObject =>
  upstreamCost === undefined
    ? {}
    : { is_byok: true, cost_details: { upstream_inference_cost: toUsdNumber(upstreamCost) } }

function usageWithCost(call: Call, reported: JsonValue | undefined, measured: Measured, charged: NanoUsd): JsonObject {
  const { units, source } = measured
  const counted = () => usageOf(tokensIn(units), tokensOut(units))
  const judges = judgesText(call.request.endpoint)
  return {
    ...(judges
      ? judgedUsage(shownUsage(reported), measured)
      : source === 'provider'
        ? shownUsage(reported)
        : counted()),
    cost: toUsdNumber(charged),
    cost_credits: toCredits(charged),
    ...(source === 'counted' && { usage_source: 'counted' }),
  }
}
