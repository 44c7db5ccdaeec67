import { equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { eventually } from './support/eventually.ts'
import { openStage } from './support/stage.ts'

type Job = {
  name: string
  failing: boolean
  processes: { process_id: string; pid: number; runs: number; last: { error: string | null } | null }[]
}

const stage = await openStage({ after })
const { manage, process } = stage.server()
const jobs = async () => (await manage<{ data: Job[] }>('GET', '/jobs')).data
const jobNamed = async (name: string) => (await jobs()).find((job) => job.name === name)!

test('every process that lives tells of its recurring work, and one that stops tells no more', async () => {
  const sibling = await stage.startSibling()
  const pids = async () => new Set((await jobNamed('reconcile')).processes.map(({ pid }) => pid))
  const comeTo = (...living: (number | undefined)[]) =>
    eventually(`${living.length} tell`, async () => isDeepStrictEqual(await pids(), new Set(living)))
  await comeTo(process.pid, sibling.process.pid)
  equal(await sibling.stop(), 0)
  await comeTo(process.pid)
})

test('a job that is run by hand is done when the answer comes, and the list soon says so', async () => {
  const before = (await jobNamed('reconcile')).processes[0]!.runs
  const { data } = await manage<{ data: { ms: number; error: string | null } }>('POST', '/jobs/reconcile/run', {})
  equal(data.error, null)
  ok(data.ms >= 0)
  await eventually('the list tells of the run', async () => {
    return (await jobNamed('reconcile')).processes[0]!.runs > before
  })
})
