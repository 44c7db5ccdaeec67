import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, intervalWords, lastRun } from './job-words.ts'

test('an interval is told in the largest unit that it is a whole number of', () => {
  const told = [1, 5, 60, 90, 120, 3_600, 86_400].map(intervalWords)
  deepEqual(told, ['second', '5 seconds', 'minute', '90 seconds', '2 minutes', 'hour', 'day'])
})

test('a job is told of all processes together: the latest run, the sums of runs and failures', () => {
  const run = (at: string) => ({ at, ms: 1, error: null })
  const processes = [
    { runs: 2, failures: 1, last: run('2026-01-01T00:00:00Z') },
    { runs: 3, failures: 0, last: run('2026-01-02T00:00:00Z') },
    { runs: 0, failures: 0, last: null },
  ]
  equal(lastRun({ processes })?.at, '2026-01-02T00:00:00Z')
  equal(lastRun({ processes: [] }), undefined)
  deepEqual([countOf({ processes }, 'runs'), countOf({ processes }, 'failures')], [5, 1])
})
