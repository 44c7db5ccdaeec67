import type { NanoUsd } from '../core/money.ts'
import type { Uuid } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'

/** Token classes of a bill; disjoint: a cached input token is not also an input token. */
export const unitClasses = [
  'input',
  'cached_input',
  'cache_write',
  'output',
  'reasoning',
  'image',
  'audio_input',
  'audio_output',
  'request',
] as const
export type UnitClass = (typeof unitClasses)[number]

/** How many units of each class a call used; absent means none. */
export type Units = Partial<Readonly<Record<UnitClass, number>>>

/** Calendar windows (UTC; weeks start on Monday) in which a key's limit applies; `total` never resets. */
export const limitWindows = ['total', 'day', 'week', 'month'] as const
export type LimitWindow = (typeof limitWindows)[number]

/** What a key may spend. The window is computed from the clock when a hold is taken; nothing resets it. */
export type KeyBudget = {
  readonly keyId: Uuid
  readonly accountId: Uuid
  /** `undefined`: only the account's balance limits the key. */
  readonly limit: NanoUsd | undefined
  readonly window: LimitWindow
  /** The most that one call may cost. */
  readonly callCap: NanoUsd | undefined
}

/** Which limit refused: the account's balance, the key's limit in its window, or the key's cap per call. */
export type LimitSide = 'account' | 'key' | 'call'

export type ReserveRequest = {
  readonly callId: Uuid
  readonly accountId: Uuid
  readonly keyId: Uuid
  /** The least that is of use to the call; refused when not even this can be held. */
  readonly amountMin: NanoUsd
  /** What the call would like; the hold is the most of it that account, key and call cap allow. */
  readonly amountWanted: NanoUsd
  readonly expiresAtMs: number
  /**
   * What recovery writes on the receipt if this process dies: it reads `modelId`, `provider`, `offerId`, `providerShareBps`
   * and `promptBytes`, each of which the detail of a checkpoint may replace; the whole becomes the receipt's detail.
   */
  readonly context: JsonObject
}

export type Reserved =
  | { readonly kind: 'held'; readonly amount: NanoUsd }
  | {
      readonly kind: 'refused'
      readonly limit: LimitSide
      /** What is free now on the refusing side. */
      readonly available: NanoUsd
      /** What other open holds keep on the refusing side: it may come free when they settle. */
      readonly heldByOthers: NanoUsd
    }
  | { readonly kind: 'frozen' }
  /** The account or key is unknown to the ledger. */
  | { readonly kind: 'unknown' }
  /** This call id was used before with other parameters, or is already settled. */
  | { readonly kind: 'conflict' }

export type GrowRequest = {
  readonly callId: Uuid
  /** The total that the hold should reach. Growing to less than it has is a no-op, so a replay is harmless. */
  readonly amountWanted: NanoUsd
  readonly expiresAtMs: number
}

/** The hold is as large as could be had, at most `amountWanted`; `limit` says what stopped it, if anything did. */
export type Grown =
  | { readonly kind: 'held'; readonly amount: NanoUsd; readonly limit?: LimitSide }
  | { readonly kind: 'unknown' }

/** How a call ended, as it is recorded. `ok`, `length` cut by credits and aborted calls are charged for what was delivered. */
export type CallState = 'ok' | 'aborted' | 'failed' | 'interrupted'

/** Where the token counts of a charge come from. */
export type UsageSource = 'provider' | 'counted' | 'none'

/** What is recorded of a call, whatever it cost. Written once, in the transaction that resolves its hold. */
export type SettleRequest = {
  readonly callId: Uuid
  /** What the call costs; 0 for a failed one. */
  readonly cost: NanoUsd
  /** The part of the cost that is owed to the provider, in basis points; rounded down. */
  readonly providerShareBps: number
  readonly state: CallState
  /** HTTP status as the caller saw it (499 for an abort). */
  readonly status: number
  readonly modelId: string
  readonly provider: string | undefined
  readonly offerId: Uuid | undefined
  readonly units: Units
  readonly usageSource: UsageSource
  readonly promptBytes: number
  readonly firstByteMs: number | undefined
  readonly durationMs: number
  /** Everything else that the receipt shows: attempts, price row ids, finish reason, streamed ... Opaque here. */
  readonly detail: JsonObject
}

export type Settled =
  /** `charged` = min(cost, what hold, balance and limits could pay); the rest is `shortfall`. `balanceAfter` is the posted balance. */
  | { readonly kind: 'settled'; readonly charged: NanoUsd; readonly shortfall: NanoUsd; readonly balanceAfter: NanoUsd }
  /** The same settle was applied before; its outcome is returned again and nothing moved. */
  | { readonly kind: 'replayed'; readonly charged: NanoUsd; readonly shortfall: NanoUsd }
  /** No hold and no charge of that id. */
  | { readonly kind: 'unknown' }

/** The hot path of the ledger: operations that arrive while a flush is in flight form the next one. */
export type BatchLane = {
  readonly reserve: (request: ReserveRequest) => Promise<Reserved>
  readonly grow: (request: GrowRequest) => Promise<Grown>
  readonly settle: (request: SettleRequest) => Promise<Settled>
  /** Notes how far a stream has come, for recovery; coalesced per call, at most one write a second, never awaited. */
  readonly checkpoint: (callId: Uuid, soFar: Checkpoint) => void
  /** Refuses new reserves, finishes what is queued. */
  readonly close: () => Promise<void>
}

/** The state of a running call from which recovery settles it. */
export type Checkpoint = { readonly cost: NanoUsd; readonly units: Units; readonly detail?: JsonObject }

/** A recorded call: the receipt. */
export type Charge = {
  readonly callId: Uuid
  readonly at: Date
  readonly settledAt: Date
  readonly accountId: Uuid
  readonly keyId: Uuid
  readonly modelId: string
  readonly provider: string | undefined
  readonly offerId: Uuid | undefined
  readonly state: CallState
  readonly status: number
  readonly units: Units
  readonly usageSource: UsageSource
  readonly promptBytes: number
  readonly firstByteMs: number | undefined
  readonly durationMs: number
  readonly held: NanoUsd
  readonly charged: NanoUsd
  readonly shortfall: NanoUsd
  readonly providerAmount: NanoUsd
  readonly balanceAfter: NanoUsd
  readonly detail: JsonObject
}

/** A call whose hold is open. */
export type OpenHold = {
  readonly callId: Uuid
  readonly accountId: Uuid
  readonly keyId: Uuid
  readonly amount: NanoUsd
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly context: JsonObject
  /** Of a stream, as of its last checkpoint. */
  readonly unitsSoFar: Units
}

export type Balance = {
  readonly available: NanoUsd
  readonly held: NanoUsd
  readonly spent: NanoUsd
  readonly purchased: NanoUsd
  readonly granted: NanoUsd
  readonly earned: NanoUsd
  /** Of purchases whose money was given back: what had been spent of them already. */
  readonly owed: NanoUsd
}

export type LotKind = 'purchased' | 'granted' | 'earned'

/** Why the payer of a purchase got the money back: we returned it, the bank did, or it never came in the end. */
export type TakingKind = 'refund' | 'dispute' | 'reversal'

/** Credits that came in, and what is left of them: lots that expire first are used first, then the oldest. */
export type Lot = {
  readonly transferId: Uuid
  readonly kind: LotKind
  readonly amount: NanoUsd
  readonly left: NanoUsd
  readonly createdAt: Date
  /** Neither paid out nor traded before; spendable at once, and refundable to where the money came from. */
  readonly heldUntil: Date | undefined
  readonly expiresAt: Date | undefined
  readonly refundable: boolean
}

/** One line of an account's statement. `amount` is signed: what came in is positive. */
export type Movement = {
  readonly sequence: bigint
  readonly at: Date
  /** `usage`, `grant`, `expiry`, `correction` ... */
  readonly kind: string
  /** `gen-...` for usage, else the external reference. */
  readonly reference: string
  readonly amount: NanoUsd
  readonly balanceAfter: NanoUsd
  readonly note: string | undefined
}

export type KeySpend = {
  readonly keyId: Uuid
  /** Spent and held in the current window. */
  readonly windowSpent: NanoUsd
  readonly windowHeld: NanoUsd
  readonly windowStart: Date | undefined
  readonly totalSpent: NanoUsd
  /** `undefined` when the key has no limit. Never negative. */
  readonly limitLeft: NanoUsd | undefined
}

export type Invariant = { readonly id: string; readonly promise: string; readonly ok: boolean; readonly detail: string }
export type Reconciliation = { readonly ok: boolean; readonly invariants: readonly Invariant[] }
