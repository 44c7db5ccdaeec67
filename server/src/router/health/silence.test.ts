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
