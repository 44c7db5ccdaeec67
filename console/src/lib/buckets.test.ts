import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { barsOf } from './buckets.ts'

const now = new Date('2026-03-31T14:07:33.250Z')

test('an open span has bars of a round length that reach past now', () => {
  deepEqual(barsOf({ from: '2026-03-30T14:05:00.000Z', to: undefined }, now), {
    bars: 49,
    stepMs: 30 * 60_000,
    to: '2026-03-31T14:35:00.000Z',
  })
})

test('the bars of a span with an end cover it and nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 1, max: 400 * 1_440 }), (start, minutes) => {
      const from = new Date(start * 60_000).toISOString()
      const to = new Date((start + minutes) * 60_000).toISOString()
      const { bars, stepMs, ...told } = barsOf({ from, to }, now)
      equal(told.to, to)
      ok(bars >= 1 && bars <= 72)
      ok(Math.abs(bars * stepMs - minutes * 60_000) < 1)
    }),
  )
})
