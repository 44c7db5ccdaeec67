import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { type JobReport, type JobState, readJobReports } from '../../platform/jobs/index.ts'
import { notFound } from '../faults.ts'
import { dataOf, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'

const tag = 'Jobs'

const run = z.object({
  at: timeText,
  ms: z.number().openapi({ description: 'How long it took.' }),
  error: z.string().nullable().openapi({ description: 'Why it failed; null where it did not.' }),
})

const processState = z.object({
  process_id: z.string().openapi({ format: 'uuid' }),
  pid: z.number().int(),
  as_of: timeText,
  running: z.boolean(),
  runs: z.number().int().openapi({ description: 'Since the process began.' }),
  failures: z.number().int(),
  last: run.nullable().openapi({ description: 'The run that ended last; null before the first.' }),
})

const job = z
  .object({
    name: z.string().openapi({ example: 'reconcile' }),
    every_seconds: z.number(),
    failing: z.boolean().openapi({ description: 'Whether its last run failed in any process.' }),
    processes: z.array(processState),
  })
  .openapi('Job')

const getJobs = operation({
  id: 'listJobs',
  method: 'get',
  path: '/jobs',
  tag,
  summary: 'List the recurring work of every process that lives, and how it fares',
  description: 'Each process runs all of it; their SQL decides who does what. Told anew every five seconds.',
  allowed: 'operator',
  answer: listOf(job),
  run: async ({ api, db }) => ({ data: byJob(await readJobReports(db, api.clock)) }),
})

const postRun = operation({
  id: 'runJob',
  method: 'post',
  path: '/jobs/{name}/run',
  tag,
  summary: 'Run a job now, in the process that answers, and wait for its end',
  allowed: 'operator',
  readsOnly: true,
  params: z.strictObject({ name: z.string().max(100) }),
  answer: dataOf(run.openapi('JobRun')),
  run: async ({ api, params: { name } }) => {
    const done = await api.jobs.runNow(name)
    if (done.kind === 'unknown') throw notFound('job')
    if (done.kind === 'busy') throw new AppError('conflict', { message: `${name} runs already.` })
    return { data: inWords(done.last) }
  },
})

export const jobOperations: readonly AnyOperation[] = [getJobs, postRun]

function byJob(reports: readonly JobReport[]): z.input<typeof job>[] {
  const found = reports.flatMap((report) => report.jobs.map((state) => ({ report, state })))
  return [...Map.groupBy(found, ({ state }) => state.name)].map(([name, each]) => ({
    name,
    every_seconds: each[0]!.state.everyMs / 1_000,
    failing: each.some(({ state }) => state.last?.error !== undefined),
    processes: each.map(({ report, state }) => ({
      process_id: report.processId,
      pid: report.pid,
      as_of: report.at.toISOString(),
      running: state.isRunning,
      runs: state.runs,
      failures: state.failures,
      last: state.last ? inWords(state.last) : null,
    })),
  }))
}

const inWords = ({ startedAt, ms, error }: NonNullable<JobState['last']>): z.input<typeof run> => ({
  at: startedAt,
  ms,
  error: error ?? null,
})
