import { AppError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { max, toCredits, zero, type NanoUsd } from '../core/money.ts'
import type { LimitSide, Reserved, ReserveRequest } from '../credits/index.ts'
import { dialects, writesText } from '../providers/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { costAt, outputTokensFor } from './bounds.ts'
import { stopError, type Call, type Hold } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { countPromptBound } from './counted.ts'

/** What an answer may need when neither the caller nor the catalog bounds it. */
const outputTokensElse = 16_384
/** An answer shorter than this is of no use: a call that cannot pay for it is refused. */
const outputTokensUseful = 16
/** Settles of other processes are not told to us, so a waiting call asks again at least this often. */
const askAgainMs = 100

type Ask = {
  readonly promptTokens: number
  /** Output tokens of all answers together. */
  readonly outputTokensLeast: number
  readonly outputTokensWanted: number
}

/**
 * Holds what the call may cost, before anything is sent. A bound that cannot be afforded is first made exact by counting
 * the prompt; then the call waits for credits that other open calls hold (their holds are bounds too, and most of each
 * comes back). Only then is it refused, with 402: nobody is refused by a guess.
 */
export async function takeHold(context: GatewayContext, call: Call): Promise<Hold> {
  const { request, bounds } = call
  const deadlineMs = Math.min(call.startedMs + context.holdWaitMs, call.patience.deadlineMs)
  let ask = outputsOf(call, bounds.promptTokens, bounds.outputTokensUsual)
  let counted = request.prompt.textBytes === 0
  for (;;) {
    const reserved = await reserve(context, call, ask)
    if (reserved.kind !== 'held' && reserved.kind !== 'refused') throw refusalError(reserved)
    if (!counted && (reserved.kind === 'refused' || isShort(call, ask, reserved.amount))) {
      counted = true
      const before = ask
      ask = withPrompt(ask, Math.min(ask.promptTokens, await countPromptBound(context, call)))
      if (reserved.kind === 'refused' && ask.promptTokens < before.promptTokens) continue
    }
    if (reserved.kind === 'held') return holdOf(call, ask, reserved.amount)
    const needed = leastOf(call, ask)
    const mayComeFree = reserved.limit !== 'call' && reserved.available + reserved.heldByOthers >= needed
    const leftMs = deadlineMs - context.clock.monotonicMs()
    if (call.stop.reason()) throw stopError(call)
    if (!mayComeFree || leftMs <= 0) throw creditsError(call, ask, reserved)
    await context.news.next(call.caller.accountId, Math.min(leftMs, askAgainMs))
  }
}

const withPrompt = (ask: Ask, promptTokens: number): Ask => ({ ...ask, promptTokens })

/** When a hold that is taken, grown or extended now expires. */
export const holdExpiresAtMs = ({ clock, holdLifeMs }: GatewayContext): number => clock.nowMs() + holdLifeMs

/** The most output tokens that one answer of the call can have, whichever of the planned models gives it. */
export function outputTokensCeiling(call: Call): number {
  const { endpoint, outputTokensAsked: asked, thinkingTokensBeyond } = call.request
  if (!writesText(endpoint)) return 0
  let most = 0
  for (const { model, offer } of call.attempts) {
    const { outputTokensMax, contextLength } = model
    const own = outputTokensMax ?? Math.min(outputTokensElse, contextLength ?? outputTokensElse)
    const least = dialects.get(offer.dialect)?.outputTokensMin ?? 0
    most = Math.max(most, least, asked === undefined ? own : Math.min(asked, outputTokensMax ?? asked))
  }
  return most + thinkingTokensBeyond
}

function outputsOf(call: Call, promptTokens: number, outputTokensUsual: number): Ask {
  const { request } = call
  const ceiling = outputTokensCeiling(call) * request.answers
  if (request.outputTokensAsked !== undefined)
    return { promptTokens, outputTokensLeast: ceiling, outputTokensWanted: ceiling }
  const least = Math.min(outputTokensUseful * request.answers, ceiling)
  const wanted = request.stream ? Math.min(outputTokensUsual * request.answers, ceiling) : ceiling
  return { promptTokens, outputTokensLeast: least, outputTokensWanted: Math.max(least, wanted) }
}

const leastOf = (call: Call, ask: Ask): NanoUsd => costAt(call.rates, ask.promptTokens, ask.outputTokensLeast)

function reserve(context: GatewayContext, call: Call, ask: Ask): Promise<Reserved> {
  const amountMin = leastOf(call, ask)
  return reserveAmount(context, call, {
    amountMin,
    amountWanted: max(amountMin, costAt(call.rates, ask.promptTokens, ask.outputTokensWanted)),
  })
}

/** The hold of a call that will cost nothing: its place on the ledger. */
export async function takeEmptyHold(context: GatewayContext, call: Call): Promise<Hold> {
  const reserved = await reserveAmount(context, call, { amountMin: zero, amountWanted: zero })
  if (reserved.kind === 'held') return { amount: zero, promptTokens: 0, outputTokensMax: undefined }
  throw reserved.kind === 'refused' ? creditsError(call, nothingAsked, reserved) : refusalError(reserved)
}

const nothingAsked: Ask = { promptTokens: 0, outputTokensLeast: 0, outputTokensWanted: 0 }

type Amounts = Pick<ReserveRequest, 'amountMin' | 'amountWanted'>

function reserveAmount(context: GatewayContext, call: Call, amounts: Amounts): Promise<Reserved> {
  const { caller, request } = call
  return context.lane.reserve({
    callId: call.id,
    accountId: caller.accountId,
    keyId: caller.key.id,
    ...amounts,
    expiresAtMs: holdExpiresAtMs(context),
    // What recovery settles the call from, should this process die: see credits.
    context: {
      ...servedBy(call.attempts[0]!),
      promptBytes: request.prompt.textBytes,
      endpoint: request.endpoint,
      streamed: request.stream,
      request_id: call.exchange.requestId,
      requested_model: request.model,
      ...(call.labels && { labels: call.labels }),
      ...(call.country !== undefined && { country: call.country }),
    },
  })
}

/** Whose answer a receipt is of, for recovery: of the offer that is asked first until a checkpoint says whose it is. */
export const servedBy = ({ model, offer }: PlannedAttempt): JsonObject => ({
  modelId: model.id,
  offerId: offer.id,
  provider: offer.providerName,
  providerShareBps: offer.providerShareBps,
})

const affordableWith = (call: Call, { promptTokens, outputTokensWanted }: Ask, amount: NanoUsd): number =>
  outputTokensFor(call.rates, amount, promptTokens, outputTokensWanted)

/** Whether a plain answer that nobody bounds has to be bounded upstream; a stream grows its hold instead. */
function isShort(call: Call, ask: Ask, amount: NanoUsd): boolean {
  const { outputTokensAsked, stream } = call.request
  return outputTokensAsked === undefined && !stream && affordableWith(call, ask, amount) < ask.outputTokensWanted
}

function holdOf(call: Call, ask: Ask, amount: NanoUsd): Hold {
  const { request } = call
  const { promptTokens } = ask
  const affordable = affordableWith(call, ask, amount)
  const legacy = request.endpoint === 'completions' ? request.outputTokensAsked : undefined
  return {
    amount,
    promptTokens,
    outputTokensMax: isShort(call, ask, amount) ? Math.max(1, Math.floor(affordable / request.answers)) : legacy,
  }
}

function refusalError(reserved: Exclude<Reserved, { kind: 'held' | 'refused' }>): AppError {
  switch (reserved.kind) {
    case 'frozen':
      return new AppError('account_frozen', {
        message: 'This account is frozen: it owes credits of a payment that was given back, or its operator froze it.',
      })
    case 'unknown':
      return new AppError('invalid_api_key', { message: 'This API key is not valid any more.' })
    case 'conflict':
      return new AppError('conflict', { message: 'A call of this id exists already.' })
  }
}

const limitNames: Readonly<Record<LimitSide, string>> = {
  account: 'the account has',
  key: "the key's limit leaves",
  call: "the key's cap per call allows",
}

function creditsError(call: Call, ask: Ask, refused: Extract<Reserved, { kind: 'refused' }>): AppError {
  const needed = leastOf(call, ask)
  const affordable = affordableWith(call, ask, refused.available)
  return new AppError('insufficient_credits', {
    message: `This call may need ${toCredits(needed)} credits; ${limitNames[refused.limit]} ${toCredits(refused.available)}.${hintOf(call)}`,
    metadata: {
      available_credits: toCredits(refused.available),
      needed_credits: toCredits(needed),
      limit: refused.limit,
      affordable_output_tokens: Math.floor(affordable / call.request.answers),
    },
  })
}

const hintOf = ({ request }: Call): string =>
  request.prompt.unsized > 0
    ? ' It has files or media of unknown length, for which as much is held as the model reads; text costs less.'
    : ''
