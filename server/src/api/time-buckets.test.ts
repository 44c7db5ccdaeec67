import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketEdges, bucketStart, bucketUnits, edgesBefore, moved } from './time-buckets.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
] as const

test('buckets cover the time without gap or overlap, and are those of the period before when moved', () => {
  const anyTime = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(
      anyTime,
      fc.nat(400),
      fc.constantFrom(...bucketUnits),
      fc.constantFrom(...zones),
      (from, length, unit, zone) => {
        const unitMs = {
          minute: 60_000,
          hour: 3_600_000,
          day: 86_400_000,
          week: 7 * 86_400_000,
          month: 30 * 86_400_000,
        }[unit]
        const to = new Date(from.getTime() + 1 + length * 0.3 * unitMs)
        const edges = bucketEdges({ from, to, unit, zone }, 1_000)
        deepEqual([edges[0], edges.at(-1)], [from, to])
        for (const [at, edge] of edges.entries()) if (at > 0) equal(edge > edges[at - 1]!, true)
        for (const edge of edges.slice(1, -1)) deepEqual(bucketStart(edge, unit, zone), edge)
        const before = edgesBefore(edges, unit, zone)
        equal(before.length, edges.length)
        equal(
          before.every((edge, at) => at === 0 || edge >= before[at - 1]!),
          true,
        )
        equal(before.at(-1)! <= from, true)
      },
    ),
    { numRuns: 300 },
  )
})

test('a day in which the clocks change is one bucket, of 23 or 25 hours', () => {
  const edges = bucketEdges(
    {
      from: new Date('2026-03-27T23:00:00Z'),
      to: new Date('2026-03-30T22:00:00Z'),
      unit: 'day',
      zone: 'Europe/Berlin',
    },
    100,
  )
  deepEqual(
    edges.map((edge) => edge.toISOString()),
    ['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', '2026-03-30T22:00:00.000Z'],
  )
})

test('weeks begin on Monday, months on their first day, hours with those of UTC', () => {
  const at = new Date('2026-11-28T10:20:30Z')
  equal(bucketStart(at, 'week', 'UTC').toISOString(), '2026-11-23T00:00:00.000Z')
  equal(bucketStart(at, 'month', 'Asia/Kolkata').toISOString(), '2026-10-31T18:30:00.000Z')
  equal(bucketStart(at, 'hour', 'Asia/Kolkata').toISOString(), '2026-11-28T10:00:00.000Z')
  equal(moved(new Date('2026-03-31T00:00:00Z'), -1, 'month', 'UTC').toISOString(), '2026-02-28T00:00:00.000Z')
})
