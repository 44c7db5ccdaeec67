import type { NanoUsdPerMillion } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'

export const sorts = ['price', 'latency', 'throughput'] as const
export type Sort = (typeof sorts)[number]

export const percentiles = ['p50', 'p75', 'p90', 'p99'] as const
export type Percentile = (typeof percentiles)[number]
export type Thresholds = Readonly<Partial<Record<Percentile, number>>>

/** What a caller wants of routing: OpenRouter's `models` and `provider`, and our headers. */
export type RoutingPolicy = {
  /** Asked in turn when the model that was named first cannot answer. */
  readonly fallbackModels: readonly string[]
  /** Names of providers in small letters: `together`, or one place of it: `together/eu-west-1`, `together/fp8`. */
  readonly order: readonly string[]
  readonly only: readonly string[]
  readonly ignore: readonly string[]
  /** The one provider that may answer, whatever else is said. */
  readonly forced: string | undefined
  readonly allowFallbacks: boolean
  readonly requireParameters: boolean
  readonly sort: Sort | undefined
  /** Whether the offers of all models stand in one order, instead of model after model. */
  readonly mixModels: boolean
  readonly maxPrice: Readonly<Partial<Record<UnitClass, NanoUsdPerMillion>>>
  readonly denyDataCollection: boolean
  readonly zdr: boolean
  /** Empty: any. `unknown` stands for offers of which nobody said. */
  readonly quantizations: readonly string[]
  /** Tokens a second, and milliseconds to the first byte. Wishes: offers that miss them come later, not never. */
  readonly throughputWish: Thresholds | undefined
  readonly latencyWishMs: Thresholds | undefined
  /** After so long without a first byte the second best offer is asked as well. */
  readonly hedgeMs: number | undefined
}

export const noPolicy: RoutingPolicy = {
  fallbackModels: [],
  order: [],
  only: [],
  ignore: [],
  forced: undefined,
  allowFallbacks: true,
  requireParameters: false,
  sort: undefined,
  mixModels: false,
  maxPrice: {},
  denyDataCollection: false,
  zdr: false,
  quantizations: [],
  throughputWish: undefined,
  latencyWishMs: undefined,
  hedgeMs: undefined,
}
