import type { NanoUsd } from '../core/money.ts'
import type { Model, Offer, PriceTable } from '../catalog/index.ts'
import type { Endpoint } from '../providers/index.ts'

/** What the router must know of a call: never its text. */
export type CallFeatures = {
  readonly endpoint: Endpoint
  readonly model: string
  /** Upper bounds, for the order by price. */
  readonly promptTokensBound: number
  readonly outputTokensBound: number
  /** 1, but where one call may count as several. */
  readonly requestsBound: number
  /** Top-level request fields that were given, to match against what an offer can do. */
  readonly parameters: readonly string[]
  readonly inputModalities: readonly ('text' | 'image' | 'audio' | 'file')[]
}

export type PlannedAttempt = {
  readonly offer: Offer
  readonly prices: PriceTable
  /** The most that the call can cost here within its token bounds; the plan's dearest is what it may cost at all. */
  readonly bound: NanoUsd
  /** Why it stands where it stands, for the receipt: `cheapest`, `next by price` ... */
  readonly reason: string
}

export type Plan =
  | {
      readonly kind: 'planned'
      readonly model: Model
      readonly attempts: readonly [PlannedAttempt, ...PlannedAttempt[]]
    }
  | { readonly kind: 'model-not-found' }
  /** The model exists; nothing serves it now. The same call may succeed later. */
  | { readonly kind: 'no-offer'; readonly why: string }
  /** It is served, but by nothing that can do what this call asks: the caller must ask otherwise. */
  | { readonly kind: 'incapable'; readonly why: string; readonly parameter: string }
  /** An offer could take it, but a class that it would use has no price. */
  | { readonly kind: 'unpriced'; readonly classes: readonly string[] }
