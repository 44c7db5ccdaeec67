import type { Clock } from '../../core/clock.ts'
import type { Catalog } from '../../catalog/index.ts'
import type { Log, LogFields } from '../../platform/log.ts'
import type { Metrics, ProbeMetrics } from '../../platform/metrics.ts'
import type { Health, Probe } from '../../router/index.ts'
import type { GatewayDependencies } from '../dependencies.ts'

export type ProberOptions = {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Pick<Metrics, 'probeEnded'>
  readonly health: Health
  readonly catalog: Pick<Catalog, 'current' | 'providerSettings'>
  readonly findProvider: GatewayDependencies['findProvider']
  readonly random: () => number
  /** Whether a call may be bought where nothing else tells. */
  readonly mayPay: boolean
}

export type ListProbe = Extract<Probe, { kind: 'list' }>
export type CallProbe = Extract<Probe, { kind: 'call' }>

/** What came of a probe, for log and metrics; `unclear` leaves it to the next caller, as if there had been none. */
export type Found = { readonly outcome: ProbeMetrics['outcome']; readonly fields: LogFields }
