import type { Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Log } from '../../platform/log.ts'
import type { FeeTerms } from '../orders/types.ts'
import type { Nodes } from './nodes/nodes.ts'
import type { Chain } from './settings.ts'

/** What everything that is done for a chain needs. */
export type ChainTools = {
  readonly db: Db
  readonly clock: Clock
  readonly makeId: MakeId
  readonly log: Log
  /** The process, for leases. */
  readonly processId: Uuid
  /** What a payment in crypto costs. */
  readonly terms: FeeTerms
}

/** A chain and those who tell of it. */
export type OpenChain = { readonly chain: Chain; readonly nodes: Nodes }

/** Page of a transaction in the chain's explorer. */
export const explorerUrlOf = ({ explorerUrl }: Chain, txHash: string | null): string | undefined =>
  explorerUrl === undefined || txHash === null ? undefined : `${explorerUrl}/tx/${txHash}`
