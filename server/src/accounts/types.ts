import type { NanoUsd } from '../core/money.ts'
import type { Uuid } from '../core/ids.ts'
import type { LimitWindow } from '../credits/index.ts'

/** An account is a customer, a person or an organisation; the operator's own account may do everything. */
export type AccountKind = 'customer' | 'operator'

export type Account = {
  readonly id: Uuid
  readonly name: string
  readonly kind: AccountKind
  readonly frozen: boolean
  readonly createdAt: Date
}

/** `inference` keys (`sk-rp-`) call models and see themselves; `management` keys (`sk-rpm-`) manage their account. */
export type KeyKind = 'inference' | 'management'

export type ApiKey = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly kind: KeyKind
  readonly name: string
  /** The first and last characters of the secret, for people: `sk-rp-Ab3...x9Z`. */
  readonly label: string
  readonly limit: NanoUsd | undefined
  readonly window: LimitWindow
  readonly callCap: NanoUsd | undefined
  readonly disabled: boolean
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

/** What the gateway knows of the bearer of a key; kept in memory, flushed when the database says that something changed. */
export type Caller = {
  readonly accountId: Uuid
  readonly accountKind: AccountKind
  readonly accountFrozen: boolean
  readonly key: ApiKey
}

export type Authenticated =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** `missing`: no key given; `malformed`: cannot be one of ours; the rest: one of ours that may not be used. */
  | { readonly kind: 'refused'; readonly reason: 'missing' | 'malformed' | 'unknown' | 'disabled' | 'expired' }

/** Tells who bears a secret. A few microseconds (one keyed hash) when the key was seen before. */
export type Authenticate = (secret: string | undefined) => Promise<Authenticated>
