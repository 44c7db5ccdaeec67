import type { ServerResponse } from 'node:http'
import type { Chance, Clock } from '../core/clock.ts'
import type { MakeId } from '../core/ids.ts'
import type { Database } from '../platform/database/index.ts'
import type { Jobs } from '../platform/jobs/index.ts'
import type { Networks } from '../platform/http/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Authenticate, Chains, NewcomerRules, OAuthProviders } from '../accounts/index.ts'
import type { Mailer } from '../platform/mail.ts'
import type { Catalog } from '../catalog/index.ts'
import type { DefaultLimits } from '../limits/index.ts'
import type { Live } from './live/live.ts'
import type { MetricsOptions } from './metrics.ts'
import type { Crypto, Payments, StripeRail } from '../payments/index.ts'
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
  /** The recurring work of this process. */
  readonly jobs: Pick<Jobs, 'runNow'>
  /** Tells open pages what happens. */
  readonly live: Live
  /** Limits of whoever has none of their own. */
  readonly rateLimits: DefaultLimits
  readonly metrics: MetricsOptions
  /** Whose word on the address of a caller is taken. */
  readonly trustedProxies: Networks
  readonly signIn: SignInOptions
  /** Payments by card. */
  readonly stripe: StripeRail
  /** How credits are bought. */
  readonly payments: Payments
  /** Payments in crypto, beside what all rails have. */
  readonly crypto: Crypto
  /** The origin that people open; derived from the request where that is this machine. */
  readonly publicUrl?: string | undefined
  /** Hears by ids who asks, for the log; `on` is the answer that they get. */
  readonly onAsker?: (on: ServerResponse, asker: Asker) => void
  /** Hears of faults of ours (status 500 and above), for the log. */
  readonly onFault?: (fault: ApiFault) => void
}

/** How people sign in. */
export type SignInOptions = {
  readonly rules: NewcomerRules
  /** Nodes that say whether a contract wallet signed. */
  readonly chains: Chains
  readonly oauth: OAuthProviders
  /** Hears why a provider did not say who it is, for the log. */
  readonly onOAuthFault: (fault: { readonly provider: string; readonly why: string }) => void
  /** Absent: codes are shown to the operator. */
  readonly mailer: Mailer | undefined
  /** Hears of a code that nobody is mailed, for the log. */
  readonly onCode: (code: { readonly email: string; readonly code: string }) => void
  readonly onMailFault: (error: unknown) => void
}

/** Who asks: an account and its key, or a person acting for it. */
export type Asker = Readonly<Partial<Record<'account' | 'key' | 'person', string | undefined>>>

export type ApiFault = { readonly method: string; readonly path: string; readonly error: unknown }
