import type { Chance, Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
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

/** By what somebody signed in. */
export type SignInMethod = 'link' | 'email' | 'passkey' | 'wallet' | 'github' | 'google'

/** What signing in is done with. */
export type SignInTools = {
  readonly db: Db
  readonly secrets: Secrets
  readonly clock: Pick<Clock, 'nowMs'>
  readonly chance: Chance
  readonly makeId: MakeId
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
