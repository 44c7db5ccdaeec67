import type { Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import type { Authenticate } from '../accounts/index.ts'
import type { Limiter } from '../limits/index.ts'
import type { CatalogSnapshot } from '../catalog/index.ts'
import type { BatchLane } from '../credits/index.ts'
import type { CallTimeouts } from '../platform/config.ts'
import type { Database } from '../platform/database/index.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import type { Provider, TokenCounter } from '../providers/index.ts'
import type { Learned } from './bounds.ts'
import type { Ticker } from './ticker.ts'
import type { SettleNews } from './settle-news.ts'

/** All that the life of a call touches, given by `main.ts`. */
export type GatewayDependencies = {
  readonly clock: Clock
  readonly makeId: MakeId
  readonly database: Database
  readonly authenticate: Authenticate
  readonly limiter: Limiter
  readonly catalog: () => CatalogSnapshot
  /** The provider of an offer; `undefined` when it was removed a moment ago. */
  readonly findProvider: (providerId: Uuid) => ConnectedProvider | undefined
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
}

/** A provider, and how its requests are to be shaped. */
export type ConnectedProvider = {
  readonly provider: Provider
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  readonly streamUsage: boolean
  readonly needsMaxTokens: boolean
}

/** What the gateway keeps for itself beside what it was given. */
export type GatewayContext = GatewayDependencies & { readonly ticker: Ticker; readonly news: SettleNews }
