import type { NanoUsd } from '../core/money.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { costAt, outputTokensFor } from './bounds.ts'
import type { Call, Hold } from './call.ts'
import { countPromptBound } from './counted.ts'
import type { GatewayContext } from './dependencies.ts'
import { holdExpiresAtMs, outputTokensCeiling } from './hold.ts'
import type { Meter } from './meter.ts'

/** A hold that keeps ahead of a stream. */
export type StreamHold = {
  /**
   * Whether what the meter has read may be delivered. `go`: at once. A promise: wait for it, for the hold does not cover
   * that much until it has grown; `cut` when it cannot.
   */
  readonly advance: (attempt: PlannedAttempt) => 'go' | Promise<'go' | 'cut'>
}

/** Tokens per byte of output, on the safe side; what was counted exactly is not guessed again. */
const tokensPerByteBound = 0.62
/** The hold grows once this part of it is used, while the stream goes on. */
const growAt = 0.75
const growTokensLeast = 256

export function openStreamHold(context: GatewayContext, call: Call, hold: Hold, meter: Meter): StreamHold {
  const ceiling = outputTokensCeiling(call) * call.request.answers
  let { promptTokens } = hold
  let counted = { tokens: 0, bytes: 0 }
  let isPromptCounted = false
  let growing: Promise<void> | undefined
  let atLimit = false
  let cover = coverOf(hold.amount)

  /** What an amount pays for, in bytes of output, so that a chunk costs one comparison. */
  function coverOf(amount: NanoUsd) {
    const tokens = outputTokensFor(call.rates, amount, promptTokens, Number.MAX_SAFE_INTEGER)
    const bytes = counted.bytes + Math.floor((tokens - counted.tokens) / tokensPerByteBound)
    return { amount, bytes, growFrom: atLimit || tokens >= ceiling ? Infinity : bytes * growAt }
  }

  const covers = () => meter.outputBytes() <= cover.bytes

  async function grow(): Promise<void> {
    const soFar = counted.tokens + Math.ceil((meter.outputBytes() - counted.bytes) * tokensPerByteBound)
    const target = Math.max(soFar, Math.min(ceiling, Math.max(2 * soFar, soFar + growTokensLeast)))
    const grown = await context.lane.grow({
      callId: call.id,
      amountWanted: costAt(call.rates, promptTokens, target),
      expiresAtMs: holdExpiresAtMs(context),
    })
    atLimit = grown.kind === 'unknown' || grown.limit !== undefined
    cover = coverOf(grown.kind === 'unknown' ? cover.amount : grown.amount)
  }

  function growOnce(): Promise<void> {
    growing ??= grow().finally(() => {
      growing = undefined
    })
    return growing
  }

  /** Replaces guesses by counts. Each count leaves about half of the margin that was guessed, so few are needed. */
  async function recount(attempt: PlannedAttempt): Promise<void> {
    if (!isPromptCounted) promptTokens = Math.min(promptTokens, await countPromptBound(context, call))
    isPromptCounted = true
    const texts = meter.outputTexts()
    if (!texts) return
    const bytes = meter.outputBytes()
    const own = context.findProvider(attempt.offer.providerId)?.provider.countOutputTokens
    const tokens = own ? await own(attempt.offer.upstreamModel, texts) : await context.counter.count([texts.join('')])
    counted = { tokens, bytes }
    cover = coverOf(cover.amount)
  }

  async function catchUp(attempt: PlannedAttempt): Promise<'go' | 'cut'> {
    if (!atLimit) await growOnce()
    if (covers()) return 'go'
    await recount(attempt)
    if (covers()) return 'go'
    // Others may have settled since the limit was met: ask once more before cutting.
    await growOnce()
    return covers() ? 'go' : 'cut'
  }

  return {
    advance(attempt) {
      if (!covers()) return catchUp(attempt)
      // A failure here shows itself again, awaited, when the hold is used up.
      if (!growing && meter.outputBytes() > cover.growFrom) growOnce().catch(() => {})
      return 'go'
    },
  }
}
