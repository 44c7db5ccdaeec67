import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { clock } from '../../../test/support/clock.ts'
import { startJobs } from './run.ts'

const hourMs = 3_600_000
const logged: string[] = []
const say = (message: string, fields: object = {}) => void logged.push(`${message} ${JSON.stringify(fields)}`)
const log = { error: say, warn: say, info: say, debug: say }

test('a job that is asked for runs at once, and its failures are counted and told until a run goes well', async () => {
  let fails = true
  const work = () => (fails ? Promise.reject(new Error('no luck')) : Promise.resolve())
  const jobs = startJobs([{ name: 'work', everyMs: hourMs, run: work }], log, clock)

  const failed = await jobs.runNow('work')
  equal(failed.kind === 'done' && failed.last.error, 'no luck')
  match(logged.at(-1)!, /job failed.*work.*no luck/)
  fails = false
  const done = await jobs.runNow('work')
  equal(done.kind === 'done' && done.last.error, undefined)

  const [state] = jobs.states()
  deepEqual([state!.runs, state!.failures, state!.isRunning, state!.last?.error], [2, 1, false, undefined])
  deepEqual(await jobs.runNow('none'), { kind: 'unknown' })
  await jobs.stop()
})

test('a job never runs twice at once, and a stop waits for its end', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let ended = false
  const run = () => promise.then(() => void (ended = true))
  const jobs = startJobs([{ name: 'slow', everyMs: hourMs, run }], log, clock)
  const first = jobs.runNow('slow')
  deepEqual(await jobs.runNow('slow'), { kind: 'busy' })
  equal(jobs.states()[0]!.isRunning, true)
  const stopped = jobs.stop()
  resolve()
  await stopped
  equal(ended, true)
  equal((await first).kind, 'done')
})
