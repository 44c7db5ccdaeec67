import type { NanoUsd } from '../core/money.ts'
import type { Uuid } from '../core/ids.ts'
import type { LimitWindow } from '../credits/index.ts'

/** An account is a customer, a person or an organisation; the operator's own account may do everything. */
export type AccountKind = 'customer' | 'operator'

/** Calls and tokens per minute, and calls at once. `undefined`: as the server is set; 0: no limit. */
export type RateLimits = Readonly<Record<'requests' | 'tokens' | 'parallel', number | undefined>>

export type Account = {
  readonly id: Uuid
  readonly name: string
  readonly kind: AccountKind
  readonly frozen: boolean
  readonly rates: RateLimits
  readonly createdAt: Date
  /** Since when nothing of it is left but its history. */
  readonly deletedAt: Date | undefined
}

/** Whom a key may reach, and from where; `undefined` allows everything. */
export type KeyPolicy = {
  /** Ids of models, `*` standing for any characters: `openai/*`. */
  readonly models: readonly string[] | undefined
  /** Names of providers. */
  readonly providers: readonly string[] | undefined
  /** Addresses and networks (CIDR) of callers. */
  readonly addresses: readonly string[] | undefined
}

/** Which answers of a key's calls are kept. */
export type Keeping = {
  /** Its calls use the response cache, for so long; `undefined`: those that ask for it. */
  readonly cacheSeconds: number | undefined
  /** Whether answers under an Idempotency-Key are stored; `undefined`: as the server is set. */
  readonly storeAnswers: boolean | undefined
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
  readonly rates: RateLimits
  readonly policy: KeyPolicy
  readonly keeping: Keeping
  /** Until when the secret before the last rotation works, where it still may. */
  readonly previousUntil: Date | undefined
  readonly disabled: boolean
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

/** An account's own key at a provider, as a call needs it. */
export type OwnKey = {
  readonly id: Uuid
  readonly sealed: string
  /** Whether the operator's key may be used where this one failed. */
  readonly fallback: boolean
}

/** What the gateway knows of the bearer of a key; kept in memory, flushed when the database says that something changed. */
export type Caller = {
  readonly accountId: Uuid
  readonly accountKind: AccountKind
  readonly accountFrozen: boolean
  readonly accountRates: RateLimits
  /** The account's own keys, by provider; absent where it has none. */
  readonly ownKeys?: ReadonlyMap<Uuid, OwnKey>
  readonly key: ApiKey
}

export type Authenticated =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** `missing`: no key given; `malformed`: cannot be one of ours; the rest: one of ours that may not be used. */
  | {
      readonly kind: 'refused'
      readonly reason: 'missing' | 'malformed' | 'unknown' | 'disabled' | 'expired' | 'rotated'
    }
  /** This address gave too many keys that do not exist, and the key is not one that is in use here. */
  | { readonly kind: 'slow-down'; readonly retryAfterSeconds: number }

/** Tells who bears a secret, at an address. A few microseconds (one keyed hash) when the key was seen before. */
export type Authenticate = (secret: string | undefined, address?: string) => Promise<Authenticated>
