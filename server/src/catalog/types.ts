import type { NanoUsdPerMillion } from '../core/money.ts'
import type { Uuid } from '../core/ids.ts'
import type { UnitClass } from '../credits/index.ts'
import type { OfferFacts, OfferFactsRecord, ProviderFactsRecord } from './facts.ts'

export type Modality = 'text' | 'image' | 'audio' | 'file' | 'embeddings' | 'rerank' | 'moderation'

/** What callers name. */
export type Model = {
  /** `openai/gpt-4o`, `local/nano`. */
  readonly id: string
  readonly aliases: readonly string[]
  readonly name: string
  readonly description: string
  /** Tokens of prompt and output together; `undefined` when nobody said. */
  readonly contextLength: number | undefined
  readonly outputTokensMax: number | undefined
  readonly inputModalities: readonly Modality[]
  readonly outputModalities: readonly Modality[]
  readonly supportedParameters: readonly string[]
  readonly disabled: boolean
  readonly createdAt: Date
}

/** One way to serve a model. */
export type Offer = {
  readonly id: Uuid
  readonly modelId: string
  readonly providerId: Uuid
  readonly providerName: string
  readonly upstreamModel: string
  /** The part of what the caller pays that is owed to the provider, in basis points. */
  readonly providerShareBps: number
  /**
   * What this offer cannot do is `false` here; absent means capable. Names are request fields (`tools`), endpoints (`chat`,
   * `completions`, `embeddings`, `rerank`, `moderations`) and kinds of input (`image_input`, `audio_input`, `file_input`).
   */
  readonly capabilities: Readonly<Record<string, boolean>>
  /** What its provider speaks. */
  readonly dialect: string
  /** What the router decides by, the provider's facts included. */
  readonly facts: OfferFacts
  /** The offer's own facts, as they were set. */
  readonly ownFacts: OfferFactsRecord
  /** The operator's switch. */
  readonly disabled: boolean
  /** `false` while its provider is switched off or not configured, or the upstream no longer lists the model. */
  readonly available: boolean
}

/** An immutable price: of a model, or of one offer of it, from a moment on. */
export type Price = {
  readonly id: Uuid
  readonly modelId: string
  /** Set when the offer has a price of its own. */
  readonly offerId: Uuid | undefined
  readonly class: UnitClass
  readonly perMillion: NanoUsdPerMillion
  readonly validFrom: Date
  /** Where it comes from: `operator`, or a price list with its date. */
  readonly source: string
}

/** The prices of one offer at one moment. A class without a row of its own is billed as its parent: see `priceOf`. */
export type PriceTable = Partial<Readonly<Record<UnitClass, Price>>>

export type ProviderRecord = {
  readonly id: Uuid
  readonly name: string
  readonly dialect: string
  readonly baseUrl: string
  readonly hasApiKey: boolean
  readonly allowPrivate: boolean
  /** `environment` and `built-in` providers are set up anew at each start. */
  readonly source: 'built-in' | 'environment' | 'operator'
  /** The operator's switch. */
  readonly disabled: boolean
  /** `false` when the last start did not find it in the environment any more. */
  readonly available: boolean
  readonly facts: ProviderFactsRecord
  readonly createdAt: Date
}

/** All that a plan needs to know, as of one reading of the database; replaced whole when something changed. */
export type CatalogSnapshot = {
  /**
   * By id, else by alias, else by the id without its vendor (`gpt-4o`) when one model that can be served answers to it.
   * Letters may be in either case. Disabled models are found too.
   */
  readonly findModel: (idOrAlias: string) => Model | undefined
  /** Ordered by id; disabled ones too. */
  readonly models: readonly Model[]
  /** Whether a provider that has offers is called so. */
  readonly isProviderName: (name: string) => boolean
  /** Ordered by id; disabled and unavailable ones too. */
  readonly offersOf: (modelId: string) => readonly Offer[]
  /**
   * The prices of an offer at a moment. In each class the operator's word goes before a price list's, then the offer's own
   * price before the model's, then the latest.
   */
  readonly pricesOf: (offer: Pick<Offer, 'id' | 'modelId'>, atMs: number) => PriceTable
  /** What list readers see: the prices of the model's cheapest offer that can be used, else its own. */
  readonly listPrices: (modelId: string, atMs: number) => PriceTable
  /** The most that each class costs at whichever of the model's offers answers. */
  readonly dearestPrices: (modelId: string, atMs: number) => PriceTable
  /** When a price of the model or of one of its offers begins, ascending, each moment once; past and to come. */
  readonly priceMoments: (modelId: string) => readonly number[]
}
