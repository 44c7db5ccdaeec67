import type { Clock } from '../core/clock.ts'
import type { Log } from './log.ts'

/** Work that recurs. It must be safe to run in several processes at once: its SQL decides who does it. */
export type Job = { readonly name: string; readonly everyMs: number; readonly run: () => Promise<unknown> }

export type Jobs = { readonly stop: () => Promise<void> }

/** Runs each job at its interval, never two of one job at once; a failure is logged and tried again next time. */
export function startJobs(jobs: readonly Job[], log: Log, clock: Clock): Jobs {
  const running = new Set<Promise<void>>()
  const timers = jobs.map((job) => {
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      const turn = runOnce(job, log, clock).finally(() => {
        busy = false
        running.delete(turn)
      })
      running.add(turn)
    }, job.everyMs)
    timer.unref()
    return timer
  })
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}

async function runOnce(job: Job, log: Log, clock: Clock): Promise<void> {
  const startedMs = clock.monotonicMs()
  try {
    await job.run()
    log.debug('job', { job: job.name, ms: Math.round(clock.monotonicMs() - startedMs) })
  } catch (error) {
    log.error('job failed', { job: job.name, error: error instanceof Error ? error.message : String(error) })
  }
}
