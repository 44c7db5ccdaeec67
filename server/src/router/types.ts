import type { NanoUsd } from '../core/money.ts'
import type { Uuid } from '../core/ids.ts'
import type { OwnKey } from '../accounts/index.ts'
import type { CatalogSnapshot, Model, Offer, PriceTable } from '../catalog/index.ts'
import type { Endpoint } from '../providers/index.ts'
import type { Percentile, RoutingPolicy, Sort } from './policy.ts'

/** What the router must know of a call: never its text. */
export type CallFeatures = {
  readonly endpoint: Endpoint
  readonly model: string
  /** Upper bounds, for the order by price. */
  readonly promptTokensBound: number
  readonly outputTokensBound: number
  /** 1, but where one call may count as several. */
  readonly requestsBound: number
  /** The text of the prompt, counted; absent until a plan asked for it. */
  readonly promptTokensCounted?: number | undefined
  /** The caller's own bound of one answer. */
  readonly outputTokensAsked?: number | undefined
  /** Top-level request fields that were given, to match against what an offer can do. */
  readonly parameters: readonly string[]
  readonly inputModalities: readonly ('text' | 'image' | 'audio' | 'file')[]
  /** What of a completion no chat could say, for offers that have chats alone. */
  readonly unsaidAsChat?: { readonly field: string; readonly why: string } | undefined
  readonly policy: RoutingPolicy
  /** The offer that answered this conversation before, where its cache makes that worth while. */
  readonly pinnedOfferId?: Uuid | undefined
}

/** Whether an offer is fit to be asked just now. */
export type Standing =
  | { readonly kind: 'well' }
  /** It failed too often lately. */
  | { readonly kind: 'ejected'; readonly untilMs: number }
  /** Calls wait there for far longer than usual: nobody has had a byte, or its streams begin late. */
  | { readonly kind: 'silent' }
  /** It said that it is at its limit. */
  | { readonly kind: 'limited'; readonly untilMs: number }

/** What traffic has taught of one offer; reading it changes nothing. Times are monotonic. */
export type OfferHealth = {
  /** For an account: what it alone saw counts for it alone. */
  readonly standing: (nowMs: number, accountId?: string) => Standing
  /** Whether the operator's bounds of the offer leave no room; the seconds until they may. */
  readonly fullForSeconds: (bounds: Offer['facts'], nowMs: number) => number | undefined
  /** Milliseconds that a call may wait there: how slow it was, times how many are waiting. */
  readonly load: (nowMs: number) => number
  /** The part of its calls that failed, over half a minute; of fewer than ten, as if they were ten. */
  readonly failedPart: (nowMs: number) => number
  readonly open: () => number
  /** Over five minutes, else over an hour; `undefined` where nothing is known. */
  readonly firstByteMs: (percentile: Percentile, nowMs: number) => number | undefined
  readonly tokensPerSecond: (percentile: Percentile, nowMs: number) => number | undefined
}

export type HealthView = { readonly of: (offerId: Uuid) => OfferHealth | undefined }

/** All that a plan is made from besides the call: equal arguments give equal plans. */
export type Surroundings = {
  readonly snapshot: CatalogSnapshot
  readonly health: HealthView
  /** Who calls. */
  readonly accountId?: string
  readonly nowMs: number
  readonly monotonicMs: number
  /** From 0 up to 1. */
  readonly chance: number
  /** How offers stand when the caller did not say. */
  readonly defaultOrder: 'balance' | Sort
}

export type PlannedAttempt = {
  readonly model: Model
  readonly offer: Offer
  readonly prices: PriceTable
  /** The most that the call can cost here within its token bounds; the plan's dearest is what it may cost at all. */
  readonly bound: NanoUsd
  /** Why it stands where it stands, for the receipt: `cheapest`, `next by price` ... */
  readonly reason: string
  /** Set where the account's own key at the provider is sent: `prices` are then the fee, and these what the list says. */
  readonly own?: { readonly key: OwnKey; readonly listPrices: PriceTable }
}

/** Why an offer is not in the plan. */
export type Exclusion = {
  readonly model: Model
  readonly offer: Offer
  readonly why: string
}

export type Plan =
  | {
      readonly kind: 'planned'
      readonly attempts: readonly [PlannedAttempt, ...PlannedAttempt[]]
      readonly excluded: readonly Exclusion[]
      /** Whether the offer that answers is worth keeping for the conversation: it reads from its cache for less. */
      readonly keepsConversation: boolean
    }
  /** The bound of the prompt is above a context: whether it fits has to be counted, and planned again. */
  | { readonly kind: 'uncounted' }
  | { readonly kind: 'model-not-found' }
  /** The model exists; nothing serves it now. The same call may succeed later. */
  | { readonly kind: 'no-offer'; readonly why: string }
  /** It is served, but by nothing that can do what this call asks: the caller must ask otherwise. */
  | { readonly kind: 'incapable'; readonly why: string; readonly parameter: string }
  /** An offer could take it, but a class that it would use has no price. */
  | { readonly kind: 'unpriced'; readonly classes: readonly string[] }
  /** The caller's own conditions leave nobody. */
  | { readonly kind: 'ruled-out'; readonly excluded: readonly Exclusion[] }
  /** The prompt is longer than every context. */
  | { readonly kind: 'too-long'; readonly contextLength: number; readonly promptTokens: number }
  /** Every offer that could take it is full. */
  | { readonly kind: 'full'; readonly retryAfterSeconds: number; readonly excluded: readonly Exclusion[] }
