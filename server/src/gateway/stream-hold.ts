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
/** All that a model may write is held for: so much it writes within its bound, and only a longer text has to be counted. */
const bytesPerTokenUsual = 5
/** The hold grows once this part of it is used, while the stream goes on. */
const growAt = 0.75
const growTokensLeast = 256
const growBeyond = 1.25

export function openStreamHold(context: GatewayContext, call: Call, hold: Hold, meter: Meter): StreamHold {
  const ceiling = outputTokensCeiling(call) * call.request.answers
  const tally = openTally(context, call, hold, meter)
  let growing: Promise<void> | undefined
  let atLimit = false
  let { amount } = hold
  let cover = coverOf()

  /** What the hold pays for, in bytes of output, so that a chunk costs one comparison. */
  function coverOf() {
    const tokens = outputTokensFor(call.rates, amount, tally.promptTokens(), Number.MAX_SAFE_INTEGER)
    const bytes = tally.bytesOf(tokens)
    if (tokens < ceiling) return { bytes, growFrom: atLimit ? Infinity : bytes * growAt }
    return { bytes: Math.max(bytes, tally.isCounted() ? 0 : ceiling * bytesPerTokenUsual), growFrom: Infinity }
  }

  const covers = () => meter.outputBytes() <= cover.bytes

  /** At most to what the model can write; beyond that, which only a provider that breaks its bound reaches, by steps. */
  function nextTarget(): number {
    const soFar = tally.outputTokens()
    const ahead = Math.max(2 * soFar, soFar + growTokensLeast)
    return soFar < ceiling ? Math.min(ceiling, ahead) : Math.ceil(soFar * growBeyond) + growTokensLeast
  }

  async function grow(): Promise<void> {
    const amountWanted = costAt(call.rates, tally.promptTokens(), nextTarget())
    const grown = await context.lane.grow({ callId: call.id, amountWanted, expiresAtMs: holdExpiresAtMs(context) })
    atLimit = grown.kind === 'unknown' || grown.limit !== undefined
    if (grown.kind === 'held') ({ amount } = grown)
    cover = coverOf()
  }

  function growOnce(): Promise<void> {
    growing ??= grow().finally(() => {
      growing = undefined
    })
    return growing
  }

  async function recount(attempt: PlannedAttempt): Promise<void> {
    await tally.recount(attempt)
    cover = coverOf()
  }

  async function catchUp(attempt: PlannedAttempt): Promise<'go' | 'cut'> {
    // A guess above what the model can write says only that it is time to count.
    const isGuessTooHigh = tally.outputTokens() > ceiling
    if (isGuessTooHigh) await recount(attempt)
    if (!covers() && !atLimit) await growOnce()
    if (!covers() && !isGuessTooHigh) await recount(attempt)
    // Others may have settled since the limit was met: ask once more before cutting.
    if (!covers()) await growOnce()
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

/** The tokens of a running stream: what was counted, and a safe guess for what came since. */
function openTally(context: GatewayContext, call: Call, hold: Hold, meter: Meter) {
  let { promptTokens } = hold
  let isPromptCounted = false
  let counted = { tokens: 0, bytes: 0 }
  return {
    promptTokens: () => promptTokens,
    isCounted: () => counted.bytes > 0,
    outputTokens: () => counted.tokens + Math.ceil((meter.outputBytes() - counted.bytes) * tokensPerByteBound),
    /** How many bytes of output are at most so many tokens. */
    bytesOf: (tokens: number) => counted.bytes + Math.floor((tokens - counted.tokens) / tokensPerByteBound),
    /** Replaces guesses by counts. Each count leaves about half of the margin that was guessed, so few are needed. */
    async recount({ offer }: PlannedAttempt): Promise<void> {
      if (!isPromptCounted) promptTokens = Math.min(promptTokens, await countPromptBound(context, call))
      isPromptCounted = true
      const texts = meter.outputTexts()
      if (!texts) return
      const bytes = meter.outputBytes()
      const own = context.findProvider(offer.providerId)?.provider.countOutputTokens
      const tokens = await (own ? own(offer.upstreamModel, texts) : context.counter.count([texts.join('')]))
      counted = { tokens, bytes }
    },
  }
}
