import { openProber, type ProberOptions } from '../gateway/index.ts'
import type { Config } from '../platform/config.ts'
import { startJobs, type Jobs } from '../platform/jobs/index.ts'

const lookEveryMs = 1_000

/** Keeps asking offers that failed whether they are back, unless the operator switched that off. */
export function startProbes(mode: Config['probes'], options: Omit<ProberOptions, 'mayPay'>): Pick<Jobs, 'stop'> {
  if (mode === 'off') return { stop: () => Promise.resolve() }
  const prober = openProber({ ...options, mayPay: mode === 'paid' })
  const job = { name: 'probes', everyMs: lookEveryMs, run: () => Promise.resolve(prober.look()) }
  const jobs = startJobs([job], options.log, options.clock)
  return {
    async stop() {
      await jobs.stop()
      await prober.close()
    },
  }
}
