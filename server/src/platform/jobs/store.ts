import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../database/index.ts'
import type { JobState } from './run.ts'

type JobReportRow = { process_id: Uuid; host: string; pid: number; at: Date; jobs: readonly JobState[] }

const tables = (db: Db) => db.withTables<{ job_report: JobReportRow }>()

/** What a process says of its jobs, in place of what it said before. */
export const putJobReport = (db: Db, { jobs, ...row }: JobReportRow) => {
  const written = sql<never>`${JSON.stringify(jobs)}::jsonb`
  return tables(db)
    .insertInto('job_report')
    .values({ ...row, jobs: written })
    .onConflict((conflict) => conflict.column('process_id').doUpdateSet({ at: row.at, jobs: written }))
    .execute()
}

export const jobReportsSince = (db: Db, since: Date): Promise<JobReportRow[]> =>
  tables(db).selectFrom('job_report').selectAll().where('at', '>=', since).orderBy('process_id').execute()

export const deleteJobReportsBefore = (db: Db, before: Date) =>
  tables(db).deleteFrom('job_report').where('at', '<', before).execute()

export const deleteJobReport = (db: Db, processId: Uuid) =>
  tables(db).deleteFrom('job_report').where('process_id', '=', processId).execute()
