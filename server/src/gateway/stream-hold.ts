import type { NanoUsd } from '../core/money.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { costAt } from './bounds.ts'
import type { Call, Hold } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { holdExpiresAtMs, outputTokensCeiling } from './hold.ts'
import type { Meter } from './meter.ts'

/** A hold that keeps ahead of a stream. */
export type StreamHold = {
  /**
   * Whether the stream may go on. `go`: at once. A promise: wait for it, for the hold does not cover what was delivered
   * until it has grown; `cut` when it cannot.
   */
  readonly advance: (attempt: PlannedAttempt) => 'go' | Promise<'go' | 'cut'>
}

/** Tokens per byte of output, on the safe side; what was counted exactly is not guessed again. */
const tokensPerByteBound = 0.62
/** The hold grows once this part of it is used, while the stream goes on. */
const growAt = 0.75
const growTokensLeast = 256
/** Where the last of a balance is used up, the text is counted exactly again after this many bytes. */
const recountBytesLeast = 24

export function openStreamHold(context: GatewayContext, call: Call, hold: Hold, meter: Meter): StreamHold {
  let amount: NanoUsd = hold.amount
  let counted = { tokens: 0, bytes: 0 }
  let growing: Promise<void> | undefined
  let atLimit = false

  const tokens = () => counted.tokens + Math.ceil((meter.outputBytes() - counted.bytes) * tokensPerByteBound)
  const needed = (outputTokens: number) => costAt(call.rates, hold.promptTokens, outputTokens)

  async function grow(): Promise<void> {
    const soFar = tokens()
    const ceiling = outputTokensCeiling(call) * call.request.answers
    const target = Math.max(soFar, Math.min(ceiling, Math.max(2 * soFar, soFar + growTokensLeast)))
    const grown = await context.lane.grow({
      callId: call.id,
      amountWanted: needed(target),
      expiresAtMs: holdExpiresAtMs(context),
    })
    if (grown.kind === 'unknown') {
      atLimit = true
      return
    }
    amount = grown.amount
    atLimit = grown.limit !== undefined
  }

  function growOnce(): Promise<void> {
    growing ??= grow().finally(() => {
      growing = undefined
    })
    return growing
  }

  async function recount(attempt: PlannedAttempt): Promise<void> {
    const texts = meter.outputTexts()
    const bytes = meter.outputBytes()
    if (!texts || bytes - counted.bytes < recountBytesLeast) return
    const own = context.findProvider(attempt.offer.providerId)?.provider.countOutputTokens
    const exact = own ? await own(attempt.offer.upstreamModel, texts) : await context.counter.count([texts.join('')])
    counted = { tokens: exact, bytes }
  }

  async function catchUp(attempt: PlannedAttempt): Promise<'go' | 'cut'> {
    if (!atLimit) await growOnce()
    if (needed(tokens()) <= amount) return 'go'
    await recount(attempt)
    if (needed(tokens()) <= amount) return 'go'
    // Others may have settled since the limit was met: ask once more before cutting.
    await growOnce()
    return needed(tokens()) <= amount ? 'go' : 'cut'
  }

  return {
    advance(attempt) {
      const need = needed(tokens())
      if (need > amount) return catchUp(attempt)
      if (!atLimit && !growing && Number(need) > Number(amount) * growAt && tokens() < outputTokensCeiling(call)) {
        // A failure here shows itself again, awaited, when the hold is used up.
        growOnce().catch(() => {})
      }
      return 'go'
    },
  }
}
