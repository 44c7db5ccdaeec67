import type { JsonObject } from '../../core/json.ts'

export type Sampling = {
  /** 0 takes the likeliest token each time. */
  readonly temperature: number
  readonly topP: number
  readonly presencePenalty: number
  readonly frequencyPenalty: number
  /** Token of the model's own vocabulary -> what is added to its logit. */
  readonly logitBias: ReadonlyMap<number, number>
  readonly seed: number | undefined
}

/** A chat or a completion, checked; the same for every model that writes text. */
export type TextRequest = {
  /** What is to be answered: the last user message, or each prompt of a completion. */
  readonly prompts: readonly string[]
  /** Every text of the request, those included that the model may not read. */
  readonly promptTexts: readonly string[]
  /** Choices for each prompt. */
  readonly choices: number
  readonly maxTokens: number | undefined
  readonly stop: readonly string[]
  readonly sampling: Sampling
  /** How many alternatives are reported for each token; `undefined`: no probabilities at all. */
  readonly topLogprobs: number | undefined
  /** What only one of the models understands, as the caller wrote it. */
  readonly echo: JsonObject | undefined
}

export type TokenLogprob = {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
  readonly top: readonly { readonly token: string; readonly logprob: number; readonly bytes: readonly number[] }[]
}

export type FinishReason = 'stop' | 'length'

/** Prompt `p` and its choice `c` have the index `p * choices + c`. */
export type TextEvents = {
  readonly onText: (index: number, text: string, logprobs: readonly TokenLogprob[]) => void
  readonly onFinish: (index: number, reason: FinishReason, tokens: number) => void
  /** The model broke; the whole run is over. */
  readonly onFault: (message: string) => void
}

/** A run under way; every choice ends in `onFinish` unless it is cancelled or faults. */
export type TextRun = {
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
}

/** A model that writes text. Throws `AppError` for a request that it cannot serve, before anything ran. */
export type TextModel = {
  readonly name: string
  readonly countPromptTokens: (request: TextRequest) => number
  /** Tokens of text that it wrote, delta by delta or whole. */
  readonly countOutputTokens: (text: string) => number
  /** Starts later than it returns: no event comes before. */
  readonly run: (request: TextRequest, events: TextEvents) => TextRun
}
