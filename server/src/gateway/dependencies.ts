import type { Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import type { Authenticate, OwnKey } from '../accounts/index.ts'
import type { Limiter } from '../limits/index.ts'
import type { CatalogSnapshot } from '../catalog/index.ts'
import type { BatchLane } from '../credits/index.ts'
import type { CallTimeouts } from '../platform/config.ts'
import type { Database } from '../platform/database/index.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import type { Provider, TokenCounter } from '../providers/index.ts'
import type { Health, Pins, Surroundings } from '../router/index.ts'
import type { Learned } from './bounds.ts'
import type { Turn } from './idempotency/index.ts'
import type { Shelf } from './response-cache/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import type { Ticker } from './ticker.ts'
import type { SettleNews } from './settle-news.ts'

/** All that the life of a call touches, given by `main.ts`. */
export type GatewayDependencies = {
  readonly clock: Clock
  readonly makeId: MakeId
  readonly database: Database
  /** This process, as the ledger knows it. */
  readonly processId: Uuid
  readonly secrets: Secrets
  readonly authenticate: Authenticate
  readonly limiter: Limiter
  readonly catalog: () => CatalogSnapshot
  /** The provider of an offer, with the operator's key or an account's own; `undefined` when it was removed a moment ago. */
  readonly findProvider: (providerId: Uuid, own?: OwnKey) => ConnectedProvider | undefined
  /** What a call with an account's own key costs, in basis points of the list price. */
  readonly byokFeeBps: number
  readonly lane: BatchLane
  readonly counter: Pick<TokenCounter, 'count'>
  /** What calls of a model taught; `undefined` for one that is new. */
  readonly learned: (modelId: string) => Learned | undefined
  readonly log: Log
  readonly metrics: Metrics
  /** Where traces and metrics are exported to, where they are. */
  readonly telemetry: Telemetry | undefined
  readonly timeouts: CallTimeouts
  readonly bodyBytesMax: number
  readonly holdWaitMs: number
  /** How long a hold lives after the last sign of its call; recovery settles it then. */
  readonly holdLifeMs: number
  /** Whether answers are stored, sealed: those to an Idempotency-Key for repetitions, responses to be looked up and gone on from. */
  readonly storeAnswers: boolean
  /** The header in which a trusted proxy says from which country a call came. */
  readonly countryHeader: string | undefined
  /** What traffic has taught of offers. */
  readonly health: Health
  /** Numbers from 0 up to 1, for choices. */
  readonly random: () => number
  /** How offers stand when the caller does not say. */
  readonly defaultOrder: Surroundings['defaultOrder']
}

/** A provider, and how its requests are to be shaped. */
export type ConnectedProvider = {
  readonly provider: Provider
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  readonly streamUsage: boolean
  readonly needsMaxTokens: boolean
}

/** What the gateway keeps for itself beside what it was given. */
export type GatewayContext = GatewayDependencies & {
  readonly ticker: Ticker
  readonly news: SettleNews
  /** Requests with an Idempotency-Key that are under way in this process, by account and key. */
  readonly turns: Map<string, Turn>
  /** Cached answers in memory. */
  readonly shelf: Shelf
  /** Wakes those who wait for the answer of a call that another process makes. */
  readonly outcomes: SettleNews
  readonly pins: Pins
}
