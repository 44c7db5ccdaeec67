import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { NanoUsd } from '../../core/money.ts'

/** How money comes in. */
export const railNames = ['card', 'crypto', 'x402'] as const
export type RailName = (typeof railNames)[number]

export const orderStates = [
  'created',
  'pending',
  'paid',
  'credited',
  'expired',
  'failed',
  'underpaid',
  'overpaid',
  'late',
  'refunded',
  'disputed',
  'reversed',
] as const
export type OrderState = (typeof orderStates)[number]

/** What a payment costs beyond its credits: a share of them in basis points, and so much each time. */
export type FeeTerms = { readonly bps: number; readonly fixed: NanoUsd }

/** What was agreed before anybody paid. */
export type Terms = {
  readonly rail: RailName
  /** Worth of the credits; 0: whatever comes, less the fee. */
  readonly amount: NanoUsd
  readonly fee: NanoUsd
  readonly feeTerms: FeeTerms
  /** Money that comes after it is late, where its worth changes with time (not by card). */
  readonly expiresAt: Date | undefined
}

/** What the ledger has done for an order so far. */
export type Posted = {
  readonly credited: NanoUsd
  readonly taken: Readonly<Record<'refund' | 'dispute' | 'reversal', NanoUsd>>
}

export type Dispute = {
  readonly amount: NanoUsd
  readonly outcome: 'open' | 'won' | 'lost'
  /** When its rail said so. */
  readonly at: number
}

/** The operator's decision about money that was not what was agreed. */
export type Resolution = {
  readonly action: 'credit' | 'refund' | 'reject'
  /** The money that it is about; what comes beyond that is looked at anew. */
  readonly covers: NanoUsd
  /** What is credited of it, all in all. */
  readonly credit: NanoUsd
  /** What was sent back of it. */
  readonly sentBack: NanoUsd
}

/** Something about which the operator has to decide. */
export type Question = {
  /** Money that is not what was agreed, or a refund that a person sends. */
  readonly about: 'money' | 'refund'
  readonly why: string
  /** So much waits; of what came in another currency, the most that it may be said to be worth. */
  readonly waiting: NanoUsd
  readonly asksWorth: boolean
  /** What can be answered. */
  readonly actions: readonly Resolution['action'][]
}

/**
 * Everything known of a payment. Amounts are running totals that only grow, so the same facts follow from the same events in
 * whatever order and however often they come.
 */
export type Facts = {
  readonly began: boolean
  readonly expired: boolean
  /** Why the last attempt failed. */
  readonly failed: string | undefined
  readonly received: NanoUsd
  /** When so much had come. */
  readonly receivedAt: number | undefined
  readonly reversed: NanoUsd
  readonly refunded: NanoUsd
  readonly refundFailed: NanoUsd
  /** Up to which total refunds were asked for here, and what of it their rail refused to begin. */
  readonly refundTarget: NanoUsd
  readonly refundRefused: NanoUsd
  /** Refunds of this order are sent by a person. */
  readonly byHand: boolean
  readonly disputes: Readonly<Record<string, Dispute>>
  readonly reviewAsked: string | undefined
  /** What the operator has to look at, while all that is credited stays. */
  readonly doubt: string | undefined
  /** What came in another currency, as `19.20 EUR`: the operator says what it is worth. */
  readonly taken: string | undefined
  readonly resolution: Resolution | undefined
}

/**
 * What rails tell of an order. `key` names the event within its order: the same key again changes nothing. Amounts are the
 * order's running totals, which only grow: money that came, was undone, came again is `received` twice and `reversed` once.
 */
export type OrderEvent = { readonly key: string; readonly at: Date; readonly data?: JsonObject | undefined } & (
  | { readonly kind: 'began' }
  /** On the network, not final: nothing but the timeline changes. */
  | { readonly kind: 'seen' }
  /** Final money, worth in USD before fees. */
  | { readonly kind: 'received'; readonly amount: NanoUsd }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'expired' }
  /** All refunds that its rail ever made, also those that failed later; and those. */
  | { readonly kind: 'refunded' | 'refund_failed'; readonly amount: NanoUsd }
  | { readonly kind: 'disputed'; readonly amount: NanoUsd; readonly disputeId: string }
  | { readonly kind: 'dispute_won' | 'dispute_lost'; readonly disputeId: string }
  /** Money that was final is gone after all. */
  | { readonly kind: 'reversed'; readonly amount: NanoUsd }
  /** Something is not right with the money: the operator is to look at it before anything is credited. */
  | { readonly kind: 'review'; readonly reason: string; readonly taken?: string | undefined }
  /** The same, but what is credited stays; and that it is right again. */
  | { readonly kind: 'doubted'; readonly reason: string }
  | { readonly kind: 'cleared' }
)

/** What is done here, one after the other under the order's lock; amounts are of this step alone. */
export type OwnEvent = { readonly key: string; readonly at: Date; readonly data?: JsonObject | undefined } & (
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'refund_asked'; readonly amount: NanoUsd }
  | { readonly kind: 'refund_by_hand' }
  | { readonly kind: 'refund_refused'; readonly amount: NanoUsd; readonly reason: string }
  | {
      readonly kind: 'resolved'
      readonly action: Resolution['action']
      /** To credit, or sent back; of what came in another currency what it is worth. Absent: all there is. */
      readonly amount: NanoUsd | undefined
    }
)

/** What the ledger is to do. */
export type Effect =
  | { readonly kind: 'credit'; readonly amount: NanoUsd }
  | { readonly kind: 'take' | 'give'; readonly why: keyof Posted['taken']; readonly amount: NanoUsd }

export type Order = Terms &
  Posted & {
    readonly id: Uuid
    readonly accountId: Uuid
    readonly personId: Uuid | undefined
    /** What its rail names it by. */
    readonly key: string | undefined
    readonly state: OrderState
    readonly facts: Facts
    /** Until when its credits are not paid out or traded, in days from the credit. */
    readonly heldDays: number
    readonly creditedTransferId: Uuid | undefined
    readonly pay: JsonObject | undefined
    readonly receiptUrl: string | undefined
    readonly invoiceUrl: string | undefined
    /** Why the operator has to look at it. */
    readonly review: string | undefined
    readonly createdAt: Date
    readonly changedAt: Date
  }

/** One line of an order's timeline. */
export type TimelineEntry = {
  readonly sequence: number
  readonly at: Date
  readonly key: string
  readonly kind: string
  readonly state: OrderState
  readonly data: JsonObject
}
