import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { nextReadAt, nextSweepMs, retryWaitMs } from './schedule.ts'

const startMs = Date.UTC(2026, 0, 1)
const secondMs = 1_000
const dayMs = 24 * 3_600_000

type More = { outcome?: 'paid' | 'failed'; isTold?: boolean; isUndecided?: boolean; isMissing?: boolean }

const waitMs = (ageMs: number, more: More = {}) => {
  const { outcome = null, isTold = false, isUndecided = false, isMissing = false } = more
  const next = nextReadAt({ created_at: new Date(startMs), outcome, isTold, isUndecided, isMissing }, startMs + ageMs)
  return next && next.getTime() - startMs - ageMs
}

test('where webhooks cannot come, a payment is read every few seconds while its payer may be paying', () => {
  deepEqual([waitMs(0), waitMs(30 * secondMs)], [2 * secondMs, 2 * secondMs])
  deepEqual([waitMs(0, { isTold: true }), nextSweepMs({ isTold: true, isOpen: true })], [5 * secondMs, 60 * secondMs])
  ok(nextSweepMs({ isTold: false, isOpen: true }) < nextSweepMs({ isTold: false, isOpen: false }))
})

test('a payment is read ever more seldom, and for as long as a bank may take it back', () => {
  let [ageMs, reads, last] = [0, 0, 0]
  for (let wait = waitMs(0, { outcome: 'paid' }); wait !== null; wait = waitMs(ageMs, { outcome: 'paid' })) {
    ok(wait >= last)
    ;[ageMs, reads, last] = [ageMs + wait, reads + 1, wait]
  }
  ok(ageMs > 190 * dayMs && reads < 60, `${reads} readings in ${ageMs / dayMs} days`)
  equal(waitMs(3 * dayMs, { outcome: 'failed' }), null)
  equal(waitMs(3 * dayMs, { isMissing: true }), null)
  ok(waitMs(dayMs)! < dayMs / 2)
})

test('what the operator has yet to decide about is read again within minutes of the decision, however old it is', () => {
  equal(waitMs(100 * dayMs, { outcome: 'paid', isUndecided: true }), 10 * 60 * secondMs)
  equal(waitMs(201 * dayMs, { outcome: 'paid', isUndecided: true }), null)
})

test('an event that cannot be worked off is tried again, ever later, and given up in the end', () => {
  const waits = Array.from({ length: 20 }, (_, attempt) => retryWaitMs(attempt + 1))
  const first = waits.indexOf(undefined)
  ok(first > 5 && waits.slice(first).every((wait) => wait === undefined))
  ok(waits.slice(1, first).every((wait, at) => wait! > waits[at]!))
})
