import { canListModels } from '../../providers/index.ts'
import { probesDue, type Probe } from '../../router/index.ts'
import { openStopSignal } from '../call.ts'
import { askList } from './ask-list.ts'
import { buyToken } from './buy-token.ts'
import type { ProberOptions } from './types.ts'

export type { ProberOptions } from './types.ts'

/** Asks offers that failed too often whether they are back, where no caller finds out. */
export type Prober = {
  /** Looks who is due, and sends; to be called every second. */
  readonly look: () => void
  /** Sends no more; resolves when nothing is under way. */
  readonly close: () => Promise<void>
}

const minuteMs = 60_000
const perMinuteMax = 30

export function openProber(options: ProberOptions): Prober {
  const { clock, health, catalog, random, mayPay } = options
  const stop = openStopSignal()
  const underWay = new Set<Promise<void>>()
  let sentMs: readonly number[] = []

  async function send(probe: Probe): Promise<void> {
    const startedMs = clock.monotonicMs()
    const provider = (probe.kind === 'list' ? probe.offers[0] : probe.offer).providerName
    try {
      const found = await (probe.kind === 'list' ? askList(options, probe) : buyToken(options, probe, stop))
      if (!found) return
      const told = { provider, kind: probe.kind, outcome: found.outcome }
      options.metrics.probeEnded(told)
      options.log.info('probe', { ...told, ms: Math.round(clock.monotonicMs() - startedMs), ...found.fields })
    } catch (error) {
      options.log.error('a probe failed', { provider, error: error instanceof Error ? error.message : String(error) })
    }
  }

  return {
    look() {
      if (stop.reason()) return
      const nowMs = clock.monotonicMs()
      sentMs = sentMs.filter((ms) => nowMs - ms < minuteMs)
      const probes = probesDue({
        ...{ snapshot: catalog.current(), untried: health.untried(nowMs), nowMs, random, mayPay },
        room: perMinuteMax - sentMs.length,
        canList({ providerId }) {
          const settings = catalog.providerSettings(providerId)
          return settings && canListModels(settings)
        },
      })
      sentMs = [...sentMs, ...probes.map(() => nowMs)]
      for (const probe of probes) {
        const sent = send(probe).finally(() => underWay.delete(sent))
        underWay.add(sent)
      }
    },
    async close() {
      stop.fire('shutting-down')
      await Promise.all(underWay)
    },
  }
}
