import type { Chance, Clock } from '../core/clock.ts'
import type { MakeId } from '../core/ids.ts'
import type { Database } from '../platform/database/index.ts'
import type { Networks } from '../platform/http/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Authenticate } from '../accounts/index.ts'
import type { Catalog } from '../catalog/index.ts'
import type { DefaultLimits } from '../limits/index.ts'
import type { Health } from '../router/index.ts'

/** What the API is made of. */
export type ApiOptions = {
  readonly database: Database
  readonly authenticate: Authenticate
  readonly catalog: Catalog
  readonly secrets: Secrets
  readonly clock: Clock
  readonly makeId: MakeId
  readonly chance: Chance
  /** What this process's traffic has taught of offers. */
  readonly health: Pick<Health, 'of'>
  /** Limits of whoever has none of their own. */
  readonly rateLimits: DefaultLimits
  /** Whose word on the address of a caller is taken. */
  readonly trustedProxies: Networks
  /** The origin that people open; derived from the request where that is this machine. */
  readonly publicUrl?: string | undefined
  /** Hears of faults of ours (status 500 and above), for the log. */
  readonly onFault?: (fault: ApiFault) => void
}

export type ApiFault = { readonly method: string; readonly path: string; readonly error: unknown }
