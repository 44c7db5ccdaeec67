import type { Chance, Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'

/** Somebody who signs in. */
export type Person = {
  readonly id: Uuid
  readonly name: string
  /** Proven to be theirs. */
  readonly email: string | undefined
  readonly createdAt: Date
}

export type IdentityKind = 'email' | 'passkey' | 'wallet' | 'github' | 'google'

/** By what somebody signed in; a link is no identity. */
export type SignInMethod = 'link' | IdentityKind

/** Who may become a person here: anybody, whoever was invited, or nobody new. */
export type SignUp = 'open' | 'invited' | 'off'

/** What signing in is done with. */
export type SignInTools = {
  readonly db: Db
  readonly secrets: Secrets
  readonly clock: Pick<Clock, 'nowMs'>
  readonly chance: Chance
  readonly makeId: MakeId
}

/** What the operator has decided about new people. */
export type NewcomerRules = {
  readonly signUp: SignUp
  /** Given to whoever has a proven mailbox, once. */
  readonly welcomeCredits: NanoUsd
}

/** The browser at the other end, as far as it shows itself. */
export type Device = {
  /** Its user agent. */
  readonly device: string
  readonly address: string | undefined
  /** What its request is called. */
  readonly requestId?: string | undefined
  /** The session that it had, which a new one replaces. */
  readonly token: string | undefined
}
