import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../database/index.ts'
import type { JobState } from './run.ts'
import { deleteJobReport, deleteJobReportsBefore, jobReportsSince, putJobReport } from './store.ts'

/** How often a process says how its jobs fare. */
export const reportEveryMs = 5_000
/** A process that has been silent for so long is gone. */
const silentMs = 60_000

export type JobReport = {
  readonly processId: Uuid
  readonly pid: number
  readonly at: Date
  readonly jobs: readonly JobState[]
}

type Process = { readonly id: Uuid; readonly host: string; readonly pid: number }

/** Tells the other processes, and those who look after the server, how this one's jobs fare. */
export async function reportJobs(db: Db, { id, host, pid }: Process, jobs: readonly JobState[], clock: Clock) {
  const nowMs = clock.nowMs()
  await putJobReport(db, { process_id: id, host, pid, at: new Date(nowMs), jobs })
  await deleteJobReportsBefore(db, new Date(nowMs - silentMs))
}

/** The jobs of every process that lives. */
export async function readJobReports(db: Db, clock: Pick<Clock, 'nowMs'>): Promise<JobReport[]> {
  const rows = await jobReportsSince(db, new Date(clock.nowMs() - silentMs))
  return rows.map(({ process_id: processId, pid, at, jobs }) => ({ processId, pid, at, jobs }))
}

/** A process that stops says nothing more. */
export const withdrawJobReport = (db: Db, processId: Uuid) => deleteJobReport(db, processId)
