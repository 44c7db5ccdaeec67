import type { Uuid } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Order, RailName } from './orders/types.ts'

/** What whoever pays chose beside the amount; each rail knows its own. */
export type Wishes = {
  readonly saveCard?: boolean | undefined
  readonly cardId?: string | undefined
  readonly chainId?: number | undefined
  /** Address of a token; null: the chain's own coin. */
  readonly token?: string | null | undefined
  /** The origin that people open, to come back to. */
  readonly origin: string
  /** Where a receipt goes. */
  readonly email?: string | undefined
}

export type Begun =
  /** Where the payer goes on: a page, a quote ... `expiresAt` where the rail sets it. */
  | { readonly kind: 'begun'; readonly pay: JsonObject | undefined }
  /** It cannot be paid this way; `param` is the wish at fault. */
  | { readonly kind: 'refused'; readonly why: string; readonly param?: string | undefined }

export type RefundAnswer =
  /** The rail took it on; it tells what becomes of it by events. */
  | { readonly kind: 'sent' }
  /** A person sends it: the operator is asked to. */
  | { readonly kind: 'by_hand' }
  | { readonly kind: 'refused'; readonly why: string }

export type RefundAsked = {
  /** The same refund is asked for with the same id, however often: it is sent once. */
  readonly id: Uuid
  readonly amount: NanoUsd
}

/** One difference between the ledger and what the rail itself says, or that there is none. */
export type Reconciled = {
  readonly name: string
  readonly ok: boolean
  /** In words, with figures. */
  readonly detail: string
}

/**
 * A way in which money comes in. None of these is called in a transaction; each may be asked again for the same thing, and
 * throws where nobody knows whether it was done.
 */
export type Rail = {
  readonly name: RailName
  /** `unavailable`: `why` says which setting is missing. */
  readonly state: () => { readonly kind: 'available' } | { readonly kind: 'unavailable'; readonly why: string }
  /** What the page needs to know before anybody pays; merged into the rail's part of `GET /payments/options`. */
  readonly options: (accountId: Uuid) => Promise<JsonObject> | JsonObject
  /** When an order that is made now ends; undefined: it does not. */
  readonly expiresAt?: (now: Date) => Date | undefined
  readonly begin: (order: Order, wishes: Wishes) => Promise<Begun>
  /** Takes care that it is not paid any more. `false`: it may still be. */
  readonly cancel?: (order: Order) => Promise<boolean>
  readonly refund?: (order: Order, asked: RefundAsked) => Promise<RefundAnswer>
  readonly reconcile?: () => Promise<readonly Reconciled[]>
}
