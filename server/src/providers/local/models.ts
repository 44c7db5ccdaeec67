/** A built-in model as the catalog seeds it. Prices are suggestions: low, but not free, so that a fresh install really charges. */
export type LocalModel = {
  readonly id: string
  /** The name that `send` takes. */
  readonly upstreamModel: UpstreamModel
  readonly name: string
  readonly description: string
  /** Tokens of the model's own tokenizer that it reads and writes together. */
  readonly contextLength: number
  /** Absent for models that write no text. */
  readonly outputTokensMax?: number
  readonly inputModalities: readonly 'text'[]
  readonly outputModalities: readonly ('text' | 'embeddings')[]
  readonly supportedParameters: readonly string[]
  /** Decimal USD per million tokens. */
  readonly usdPerMillion: { readonly input: string; readonly output?: string }
}

export type UpstreamModel = 'nano' | 'use-lite' | 'echo'

/** Sizes that requests are checked against; each is the model's own, none a setting. */
export const limits = {
  nano: { contextTokens: 256, messageTokensMax: 192, outputTokensMax: 60, messageCharactersMax: 32_768 },
  echo: { contextTokens: 1_000_000, outputTokensMax: 100_000 },
  useLite: {
    dimensions: 512,
    textTokensMax: 2_048,
    textCharactersMax: 32_768,
    inputsMax: 2_048,
    /** Tokens of all inputs of a call together. */
    callTokensMax: 262_144,
    callsMax: 128,
    /** The network reads no further (measured: what follows changes no bit). */
    windowTokens: 128,
    /** About 0.15 s of one core. */
    batchTokens: 256,
  },
  choicesMax: 16,
} as const

const textParameters = ['max_tokens', 'max_completion_tokens', 'n', 'seed', 'stop', 'stream', 'stream_options']

export const localModels: readonly LocalModel[] = [
  {
    id: 'local/nano',
    upstreamModel: 'nano',
    name: 'Nano',
    description:
      'A tiny real transformer (1 million parameters) that runs inside RedPill without a key or a network. It answers ' +
      'questions about RedPill, greets, knows some capitals, opposites and sums, and says so when it does not know. ' +
      'English; reads only the last user message. Meant for trying the gateway, not for work.',
    contextLength: limits.nano.contextTokens,
    outputTokensMax: limits.nano.outputTokensMax,
    inputModalities: ['text'],
    outputModalities: ['text'],
    supportedParameters: [
      ...textParameters,
      'temperature',
      'top_p',
      'presence_penalty',
      'frequency_penalty',
      'logit_bias',
      'logprobs',
      'top_logprobs',
    ],
    usdPerMillion: { input: '0.02', output: '0.06' },
  },
  {
    id: 'local/use-lite',
    upstreamModel: 'use-lite',
    name: 'Universal Sentence Encoder Lite',
    description:
      "Real sentence embeddings (512 dimensions, unit length) by Google's Universal Sentence Encoder Lite, run inside " +
      'RedPill. English: other languages get a vector, not a meaning. At most 2,048 tokens a text.',
    contextLength: limits.useLite.textTokensMax,
    inputModalities: ['text'],
    outputModalities: ['embeddings'],
    supportedParameters: ['dimensions', 'encoding_format'],
    usdPerMillion: { input: '0.01' },
  },
  {
    id: 'local/echo',
    upstreamModel: 'echo',
    name: 'Echo',
    description:
      'Not a model: answers with the text of the last user message, one token a word, always the same. For tests of ' +
      'programs and of the gateway itself.',
    contextLength: limits.echo.contextTokens,
    outputTokensMax: limits.echo.outputTokensMax,
    inputModalities: ['text'],
    outputModalities: ['text'],
    supportedParameters: textParameters,
    usdPerMillion: { input: '0.01', output: '0.01' },
  },
]
