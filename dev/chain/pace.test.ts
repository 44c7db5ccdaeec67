import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { DevClient } from './client.ts'
import { setPace } from './pace.ts'

test('blocks come quickly while transactions are sent, and seldom when none was for three minutes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const intervals: number[] = []
  const node = { setIntervalMining: async ({ interval }: { interval: number }) => void intervals.push(interval) }
  const pace = setPace(node as unknown as DevClient, 2)
  await pace.quicken()
  t.mock.timers.tick(170_000)
  await pace.quicken()
  t.mock.timers.tick(170_000)
  deepEqual(intervals, [2], 'each transaction prolongs it')
  t.mock.timers.tick(10_000)
  deepEqual(intervals, [2, 30])
  await pace.quicken()
  deepEqual(intervals, [2, 30, 2])
  await pace.stop()
  t.mock.timers.tick(180_000)
  deepEqual(intervals, [2, 30, 2], 'a chain that ended is not asked')
})
