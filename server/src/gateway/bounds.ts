import type { UnitClass } from '../credits/index.ts'
import { ceilDiv, nanoUsd, type NanoUsd } from '../core/money.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { pacedBytesPerSecond } from './audio-pace.ts'
import type { CallRequest } from './call-request.ts'
import type { PromptSize } from './prompt-size.ts'

/** What calls of a model taught: see `learnedBounds` of credits. */
export type Learned = { readonly outputTokensP95: number; readonly tokensPerByteP99: number | undefined }

/**
 * Before a model has taught anything: 0.62 tokens per byte is the 99th percentile over English, code and other scripts
 * in pieces of 2 kB. One token per byte is the hard bound of byte-level tokenizers, and what tiny prompts may reach.
 */
const unlearned = { outputTokensP95: 512, tokensPerByteP99: 0.62 }

/** Role, separators and priming that chat templates add around a text. */
const templateTokensPerText = 4
const templateTokensPerPrompt = 16
/** Below this many bytes a percentile over 2 kB pieces says nothing: the hard bound is used. */
const smallPromptBytes = 256

/** Providers bill audio by its length, at up to 32 tokens a second. */
const audioTokensPerByte = 32 / pacedBytesPerSecond
/** What documents mostly are; no bound, for their text is compressed and every page may count as an image. */
const fileTokensPerByteUsual = 1 / 4
/** What a model reads at most where nobody said how long its context is. */
const contextTokensElse = 1_048_576

/** The most tokens that one image costs by the provider's published rule, by model family. */
const imageTokens: readonly (readonly [RegExp, number])[] = [
  [/gpt-4o-mini/, 48_169],
  [/claude/, 4_784],
  [/gemini/, 3_096],
  [/(gpt-[\d.]+|o\d)-(mini|nano)/, 3_779],
  [/gpt-5\.\d/, 10_000],
  [/gpt|o\d/, 1_445],
]
const imageTokensElse = 3_000

export type Bounds = {
  /** Upper bound of the prompt's tokens: what is held. */
  readonly promptTokens: number
  /** The same without what has no size (see `PromptSize.unsized`): what can be said of the prompt beforehand. */
  readonly promptTokensSized: number
  /** The longest context that may read it: no part without a size brings more. */
  readonly contextTokens: number
  /** What such calls hardly ever exceed; where to begin when the caller gave no bound. */
  readonly outputTokensUsual: number
}

/** What of a model bounds a prompt. */
export type Reader = { readonly id: string; readonly contextTokens: number | undefined }

/** Bounds a prompt without tokenizing it. */
export function boundPrompt(size: PromptSize, { id, contextTokens }: Reader, learned: Learned = unlearned): Bounds {
  const perByte =
    size.textBytes < smallPromptBytes ? 1 : Math.min(1, learned.tokensPerByteP99 ?? unlearned.tokensPerByteP99)
  const context = contextTokens ?? contextTokensElse
  const sized = Math.ceil(size.textBytes * perByte) + wrapping(size) + boundMedia(size, id, context)
  return {
    promptTokens: withUnsized(sized, size, context),
    promptTokensSized: sized,
    contextTokens: context,
    outputTokensUsual: learned.outputTokensP95,
  }
}

/** The bound once the text was counted exactly; template and media still have to be bounded. */
export const boundCountedPrompt = (
  textTokens: number,
  size: PromptSize,
  { id, contextTokens }: { readonly id: string; readonly contextTokens: number },
): number => withUnsized(textTokens + wrapping(size) + boundMedia(size, id, contextTokens), size, contextTokens)

const wrapping = (size: PromptSize): number =>
  size.tokenIds + size.texts * templateTokensPerText + templateTokensPerPrompt

/** A model reads no more than its context, whatever its files hold. */
const withUnsized = (sized: number, { unsized }: PromptSize, contextTokens: number): number =>
  unsized > 0 ? Math.max(sized, contextTokens) : sized

/** The most tokens that images and audio of a prompt may cost. */
const boundMedia = ({ images, audioBytes }: PromptSize, modelId: string, contextTokens: number): number =>
  Math.min(contextTokens, images * imageTokensOf(modelId) + Math.ceil(audioBytes * audioTokensPerByte))

/**
 * What media of a prompt count as where the provider tells nothing: files by their bytes; what it has fetched itself, of
 * which we know nothing, by the most that it may have been.
 */
export function countMedia(size: PromptSize, modelId: string, contextTokens: number): number {
  const files = size.fetched > 0 ? contextTokens : Math.ceil(size.fileBytes * fileTokensPerByteUsual)
  return Math.min(contextTokens, boundMedia(size, modelId, contextTokens) + files)
}

const imageTokensOf = (modelId: string): number =>
  imageTokens.find(([family]) => family.test(modelId))?.[1] ?? imageTokensElse

/** The dearest way in which a plan could charge: nano-USD per million tokens of each side, and a fixed part. */
export type Rates = { readonly perInput: bigint; readonly perOutput: bigint; readonly fixed: bigint }

const inputClasses: readonly UnitClass[] = ['input', 'cached_input', 'cache_write']
const outputClasses: readonly UnitClass[] = ['output', 'reasoning']

/** Takes the dearest of every class over all planned attempts: whichever of them answers, the hold suffices. */
export function dearestRates(
  attempts: readonly Pick<PlannedAttempt, 'prices'>[],
  { prompt: size, requestsMax }: Pick<CallRequest, 'prompt' | 'requestsMax'>,
): Rates {
  let rates: Rates = { perInput: 0n, perOutput: 0n, fixed: 0n }
  for (const { prices } of attempts) {
    const dearest = (classes: readonly UnitClass[]) =>
      classes.reduce((most, each) => bigger(most, prices[each]?.perMillion ?? 0n), 0n)
    const audioIn = size.audios + size.unsized > 0 ? (prices.audio_input?.perMillion ?? 0n) : 0n
    rates = {
      perInput: bigger(rates.perInput, bigger(dearest(inputClasses), audioIn)),
      perOutput: bigger(rates.perOutput, bigger(dearest(outputClasses), prices.audio_output?.perMillion ?? 0n)),
      fixed: bigger(
        rates.fixed,
        (prices.request?.perMillion ?? 0n) * BigInt(requestsMax) +
          (prices.image?.perMillion ?? 0n) * BigInt(size.images),
      ),
    }
  }
  return rates
}

const bigger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** What that many tokens cost at most. */
export function costAt(rates: Rates, tokensIn: number, tokensOut: number): NanoUsd {
  const total = BigInt(tokensIn) * rates.perInput + BigInt(tokensOut) * rates.perOutput + rates.fixed
  return nanoUsd(ceilDiv(total, 1_000_000n))
}

/** How many output tokens an amount pays for after the prompt; `limit` where output is free. Never negative. */
export function outputTokensFor(rates: Rates, amount: NanoUsd, tokensIn: number, limit: number): number {
  if (rates.perOutput === 0n) return limit
  const left = amount * 1_000_000n - BigInt(tokensIn) * rates.perInput - rates.fixed
  if (left <= 0n) return 0
  const tokens = left / rates.perOutput
  return tokens < BigInt(limit) ? Number(tokens) : limit
}
