/** OpenRouter's words for the precision of a model's weights. */
export const quantizations = [
  'int4',
  'int8',
  'fp4',
  'mxfp4',
  'nvfp4',
  'fp6',
  'fp8',
  'mxfp8',
  'fp16',
  'bf16',
  'fp32',
] as const

/** What is known of a provider, as it is stored and as the management API tells it. Absent: not known. */
export type ProviderFactsRecord = {
  readonly zdr?: boolean | undefined
  readonly data_collection?: 'allow' | 'deny' | undefined
  readonly region?: string | undefined
}

/** What is known of one offer; it goes before what is known of its provider. */
export type OfferFactsRecord = ProviderFactsRecord & {
  readonly quantization?: (typeof quantizations)[number] | undefined
  readonly context_length?: number | undefined
  readonly output_tokens_max?: number | undefined
  readonly concurrency_max?: number | undefined
  readonly requests_per_minute_max?: number | undefined
}

/** What the router decides by. What nobody has said counts as the worse: prompts are kept, and trained on. */
export type OfferFacts = {
  /** Whether nothing of a call is kept once it has ended. */
  readonly keepsNothing: boolean
  /** Whether prompts may be trained on. */
  readonly collectsData: boolean
  readonly region: string | undefined
  readonly quantization: string | undefined
  /** Tokens of prompt and output together; where it is smaller than the model's own. */
  readonly contextLength: number | undefined
  readonly outputTokensMax: number | undefined
  /** The most calls that one gateway process has open there at once. */
  readonly concurrencyMax: number | undefined
  /** The most calls that one gateway process sends there in a minute. */
  readonly requestsPerMinuteMax: number | undefined
}

/** Models that run inside this server keep nothing. */
const builtIn: ProviderFactsRecord = { zdr: true, data_collection: 'deny' }

export function factsOf(dialect: string, provider: ProviderFactsRecord, offer: OfferFactsRecord): OfferFacts {
  const known: OfferFactsRecord = { ...(dialect === 'local' && builtIn), ...provider, ...offer }
  return {
    keepsNothing: known.zdr ?? false,
    collectsData: known.data_collection !== 'deny',
    region: known.region,
    quantization: known.quantization,
    contextLength: known.context_length,
    outputTokensMax: known.output_tokens_max,
    concurrencyMax: known.concurrency_max,
    requestsPerMinuteMax: known.requests_per_minute_max,
  }
}

export const noFacts: OfferFacts = factsOf('compatible', {}, {})
