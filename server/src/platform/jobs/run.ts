import type { Clock } from '../../core/clock.ts'
import type { Log } from '../log.ts'

/** Work that recurs. It must be safe to run in several processes at once: its SQL decides who does it. */
export type Job = { readonly name: string; readonly everyMs: number; readonly run: () => Promise<unknown> }

/** How a job of this process has fared since the process began. */
export type JobState = {
  readonly name: string
  readonly everyMs: number
  readonly runs: number
  readonly failures: number
  readonly isRunning: boolean
  /** Of the last run that ended; `error` is the message of the last failure, gone after a run that went well. */
  readonly last?: { readonly startedAt: string; readonly ms: number; readonly error?: string }
}

/** `unknown`: there is no such job; `busy`: it runs already. */
export type RunNow =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'done'; readonly last: NonNullable<JobState['last']> }

export type Jobs = {
  readonly states: () => readonly JobState[]
  /** Runs a job at once and waits for its end. */
  readonly runNow: (name: string) => Promise<RunNow>
  readonly stop: () => Promise<void>
}

type Kept = { state: JobState; turn: Promise<NonNullable<JobState['last']>> | undefined }

/** Runs each job at its interval, never two of one job at once; a failure is logged and tried again next time. */
export function startJobs(jobs: readonly Job[], log: Log, clock: Clock): Jobs {
  const kept = new Map<string, Kept>()
  const start = (job: Job, mine: Kept): Promise<NonNullable<JobState['last']>> => {
    mine.state = { ...mine.state, isRunning: true }
    mine.turn = runOnce(job, log, clock).then((last) => {
      const { runs, failures } = mine.state
      const failed = last.error === undefined ? 0 : 1
      mine.state = { ...mine.state, isRunning: false, runs: runs + 1, failures: failures + failed, last }
      mine.turn = undefined
      return last
    })
    return mine.turn
  }
  const timers = jobs.map((job) => {
    const { name, everyMs } = job
    const mine: Kept = { state: { name, everyMs, runs: 0, failures: 0, isRunning: false }, turn: undefined }
    kept.set(name, mine)
    const timer = setInterval(() => void (mine.turn ?? start(job, mine)), everyMs)
    timer.unref()
    return timer
  })
  return {
    states: () => [...kept.values()].map(({ state }) => state),
    async runNow(name) {
      const job = jobs.find((each) => each.name === name)
      const mine = kept.get(name)
      if (!job || !mine) return { kind: 'unknown' }
      if (mine.turn) return { kind: 'busy' }
      return { kind: 'done', last: await start(job, mine) }
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([...kept.values()].flatMap(({ turn }) => turn ?? []))
    },
  }
}

async function runOnce(job: Job, log: Log, clock: Clock): Promise<NonNullable<JobState['last']>> {
  const startedMs = clock.monotonicMs()
  const startedAt = new Date(clock.nowMs()).toISOString()
  try {
    await job.run()
    const ms = Math.round(clock.monotonicMs() - startedMs)
    log.debug('job', { job: job.name, ms })
    return { startedAt, ms }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log.error('job failed', { job: job.name, error: message })
    return { startedAt, ms: Math.round(clock.monotonicMs() - startedMs), error: message }
  }
}
