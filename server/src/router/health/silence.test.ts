import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ok, openTimeline } from '../test/timeline.ts'
import type { Ticket } from './offer-record.ts'

test('an offer that keeps several calls waiting far longer than usual is passed over until it says something', () => {
  const { call, enter, kind, record } = openTimeline()
  for (let at = 0; at < 5; at++) {
    const ticket = enter(at * 1_000)!
    ticket.leave(ok, at * 1_000 + 500)
  }
  const waiting = [enter(10_000)!, enter(10_000)!, enter(10_000)!]
  assert.deepEqual([kind(11_900), kind(12_100)], ['well', 'silent'])
  assert.ok(!call(ok, 12_100) && enter(12_100, true), 'but for the last one left')
  waiting[0]!.firstByte(13_000, true)
  assert.equal(kind(13_001), 'well')
  assert.equal(record.open(), 4)
})

test('callers who leave are no sign of life, and two who wait are no sign of silence', () => {
  const { enter, kind } = openTimeline()
  enter(0)!.leave(ok, 400)
  const waiting = [1, 2, 3, 4].map(() => enter(1_000)!)
  waiting[0]!.leave({ kind: 'neutral' }, 4_000)
  assert.equal(kind(4_001), 'silent')
  waiting[1]!.leave({ kind: 'neutral' }, 4_002)
  assert.equal(kind(20_000), 'well')
})

test('a few who are answered do not end the silence of many', () => {
  const { enter, kind } = openTimeline()
  for (let at = 0; at < 5; at++) enter(at * 1_000)!.leave(ok, at * 1_000 + 500)
  const waiting = Array.from({ length: 40 }, () => enter(10_000)!)
  waiting[0]!.firstByte(11_500, true)
  assert.deepEqual([kind(11_900), kind(12_300)], ['well', 'silent'])
  for (const ticket of waiting.slice(1, 20)) ticket.firstByte(13_000, true)
  assert.equal(kind(13_001), 'well')
})

test('however many wait, an offer where each waits about as long as usual is never silent', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 100, max: 20_000 }),
      fc.array(fc.integer({ min: 50, max: 150 }), { minLength: 50, maxLength: 200 }),
      (callsPerSecond, usualMs, percents) => {
        const { enter, kind } = openTimeline()
        const comings = percents.flatMap((percent, at) => {
          const startedMs = (at * 1_000) / callsPerSecond
          return [
            { ms: startedMs, at, comes: false },
            { ms: startedMs + (usualMs * percent) / 100, at, comes: true },
          ]
        })
        const tickets = new Map<number, Ticket>()
        for (const { ms, at, comes } of comings.toSorted((a, b) => a.ms - b.ms)) {
          if (comes) tickets.get(at)!.firstByte(ms, true)
          else tickets.set(at, enter(ms)!)
          assert.equal(kind(ms), 'well')
        }
      },
    ),
  )
})

/** Streams one after the other, each of which has its first byte after so long and then ends well; tells how many were let in. */
const streamed = ({ enter }: ReturnType<typeof openTimeline>, count: number, fromMs: number, waitMs: number): number =>
  Array.from({ length: count }, (_, at) => {
    const ticket = enter(fromMs + at * waitMs)
    const byteMs = fromMs + (at + 1) * waitMs
    ticket?.firstByte(byteMs, true)
    ticket?.leave(ok, byteMs)
    return ticket
  }).filter(Boolean).length

test('an offer where eight of ten streams begin far later than usual rests; then one at a time finds out whether they come in time', () => {
  const timeline = openTimeline()
  const { kind } = timeline
  streamed(timeline, 100, 0, 300)
  assert.equal(streamed(timeline, 7, 30_000, 3_000), 7)
  assert.equal(kind(51_000), 'well', 'seven may be chance')
  streamed(timeline, 1, 51_000, 300)
  streamed(timeline, 1, 52_000, 3_000)
  assert.deepEqual([kind(55_000), kind(59_999), kind(60_000)], ['silent', 'silent', 'well'])
  streamed(timeline, 1, 60_000, 3_000)
  assert.deepEqual([kind(63_000), kind(72_999), kind(73_000)], ['silent', 'silent', 'well'], 'still late: longer')
  streamed(timeline, 1, 73_000, 300)
  assert.equal(kind(73_300), 'well')
  assert.equal(streamed(timeline, 7, 80_000, 3_000), 7, 'it is as it was before')
})

test('streams that were sent before an offer was found late do not make that the usual, and it is left once for all of them', () => {
  const timeline = openTimeline()
  const { enter, kind } = timeline
  streamed(timeline, 100, 0, 300)
  const flood = Array.from({ length: 60 }, () => enter(30_000)!)
  for (const ticket of flood) {
    ticket.firstByte(33_000, true)
    ticket.leave(ok, 35_000)
  }
  assert.deepEqual([kind(37_999), kind(38_000)], ['silent', 'well'])
  streamed(timeline, 1, 38_000, 3_000)
  assert.equal(kind(41_000), 'silent')
})

test('one quick stream after idle hours does not make those late that take as long as before', () => {
  const timeline = openTimeline()
  for (let at = 0; at < 100; at++) streamed(timeline, 1, at * 10_000, at % 2 === 0 ? 500 : 5_000)
  const laterMs = 5 * 60 * 60_000
  streamed(timeline, 1, laterMs, 500)
  assert.equal(streamed(timeline, 20, laterMs + 1_000, 5_000), 20)
})

test('an offer that rests because it is late is ejected when what is under way there fails', () => {
  const timeline = openTimeline()
  streamed(timeline, 100, 0, 300)
  const failing = [1, 2, 3].map(() => timeline.enter(30_000)!)
  streamed(timeline, 8, 30_000, 2_500)
  assert.equal(timeline.kind(50_000), 'silent')
  for (const ticket of failing) ticket.leave({ kind: 'failed' }, 50_000)
  assert.equal(timeline.kind(50_001), 'ejected')
})

test('an offer where some streams always begin late, or that has become slow for good, is taken as it is', () => {
  const mixed = openTimeline()
  for (let at = 0; at < 200; at++) assert.equal(streamed(mixed, 1, at * 10_000, at % 3 === 0 ? 300 : 6_000), 1)
  const slowed = openTimeline()
  streamed(slowed, 100, 0, 300)
  assert.ok(streamed(slowed, 100, 60_000, 6_000) < 100)
  assert.equal(streamed(slowed, 100, 15 * 60_000, 6_000), 100)
})
