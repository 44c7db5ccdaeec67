import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { countOf, intervalWords, lastRun } from './job-words.ts'

const list = 'GET /api/v1/jobs'
const refetchMs = 5_000
export type Job = AnswerOf<typeof list>['data'][number]

const columns: readonly Column<Job>[] = [
  { id: 'name', head: 'Job', cell: ({ name }) => name },
  { id: 'every', head: 'Runs every', cell: ({ every_seconds: seconds }) => intervalWords(seconds) },
  { id: 'state', head: 'State', cell: (job) => <JobState job={job} /> },
  {
    id: 'last',
    head: 'Last run',
    cell: (job) => {
      const last = lastRun(job)
      return last ? <Ago at={last.at} /> : <span className="soft">not yet</span>
    },
  },
  { id: 'ms', head: 'Took', align: 'end', priority: 2, cell: (job) => tookOf(job) },
  { id: 'runs', head: 'Runs', align: 'end', priority: 2, cell: (job) => countOf(job, 'runs') },
  { id: 'failures', head: 'Failures', align: 'end', cell: (job) => countOf(job, 'failures') },
  { id: 'act', head: 'Actions', align: 'end', cell: (job) => <RunNow job={job} /> },
]

/** The recurring work of the server, of all processes together. */
export function JobsPage(): ReactElement {
  const { account } = useSession()
  const jobs = useApi(list, {}, { refetchMs, enabled: account.kind === 'operator' })
  return (
    <AdminPage
      title="Jobs"
      intro="Work that recurs. Every process runs all of it; the database decides who does what, so one that stops leaves nothing undone."
    >
      <Table
        caption="Jobs"
        columns={columns}
        rows={jobs.data?.data}
        rowId={({ name }) => name}
        failure={jobs.error?.failure}
        retry={() => void jobs.refetch()}
        expectedRows={16}
        empty={<EmptyNote title="No process tells of its jobs">One that lives does so every five seconds.</EmptyNote>}
      />
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(list, {}), does: 'All jobs and how they fare' },
          {
            method: 'POST',
            address: addressOf('POST /api/v1/jobs/{name}/run', { path: { name: 'reconcile' } }),
            does: 'Run one now',
          },
        ]}
      />
    </AdminPage>
  )
}

function tookOf(job: Job) {
  const last = lastRun(job)
  return last ? `${last.ms} ms` : ''
}

function JobState({ job }: { readonly job: Job }) {
  const error = job.processes.find(({ last }) => last?.error)?.last?.error
  if (error)
    return (
      <Badge tone="bad" why={error}>
        Failing
      </Badge>
    )
  return <Badge tone={lastRun(job) ? 'good' : 'neutral'}>{lastRun(job) ? 'Well' : 'Waiting'}</Badge>
}

function RunNow({ job }: { readonly job: Job }) {
  const { reason } = useMay('operate')
  const run = useAction('POST /api/v1/jobs/{name}/run', { stale: [list] })
  const start = async () => {
    const outcome = await run.run({ path: { name: job.name } })
    if (!outcome.ok) showToast(outcome.failure.message, 'bad')
    else if (outcome.answer.data.error !== null) showToast(`${job.name} failed: ${outcome.answer.data.error}`, 'bad')
    else showToast(`${job.name} ran in ${outcome.answer.data.ms} ms.`)
  }
  return (
    <Button kind="quiet" size="small" reason={reason} isBusy={run.isRunning} onClick={() => void start()}>
      Run now
    </Button>
  )
}
