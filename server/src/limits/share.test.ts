import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rateHeaders } from './headers.ts'
import { emptyShare, fits, giveUp, roll, standingOf } from './share.ts'
import { endOf, minuteOf, secondsUntil } from './window.ts'

const owner = { ownerId: 'o', resource: 'requests' } as const
const times = fc.nat({ max: 4_000_000_000_000 })

test('every moment lies in exactly one minute, and the end of a minute is the beginning of the next', () => {
  fc.assert(
    fc.property(times, (nowMs) => {
      const minute = minuteOf(nowMs)
      ok(endOf(minute - 1) <= nowMs && nowMs < endOf(minute))
      equal(minuteOf(endOf(minute)), minute + 1)
      const seconds = secondsUntil(endOf(minute), nowMs)
      ok(seconds >= 1 && seconds <= 60)
      ok(minuteOf(nowMs + seconds * 1_000) > minute, 'who waits as long as told is in the next minute')
    }),
  )
})

test('a share is worth nothing in another minute, and a clock that goes back does not bring it to life again', () => {
  fc.assert(
    fc.property(times, fc.array(fc.integer({ min: -200_000, max: 200_000 })), (startMs, steps) => {
      const share = emptyShare(owner, startMs)
      let nowMs = startMs
      let latest = share.minute
      for (const step of steps) {
        share.taken = 10
        nowMs = Math.max(0, nowMs + step)
        roll(share, nowMs)
        equal(fits(share, 10, 1), minuteOf(nowMs) <= latest)
        latest = Math.max(latest, minuteOf(nowMs))
        equal(share.minute, latest)
      }
    }),
  )
})

test('what is used never passes what was taken nor the limit, and what is given up can be used again', () => {
  const step = fc.record({ amount: fc.nat(20), back: fc.boolean() })
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), fc.array(step), (taken, most, steps) => {
      const share = emptyShare(owner, 0)
      share.taken = taken
      for (const { amount, back } of steps) {
        if (back) giveUp(share, 0, Math.min(amount, share.used))
        else if (fits(share, most, amount)) share.used += amount
        ok(share.used >= 0 && share.used <= Math.min(taken, most))
        const { remaining } = standingOf(share, most)
        equal(remaining, most - share.used)
      }
      const before = share.used
      giveUp(share, 1, 5)
      equal(share.used, before, 'nothing comes back from another minute')
    }),
  )
})

test('headers tell the reset in Unix seconds and, in OpenAI names, as a span', () => {
  const standing = { limit: 60, remaining: 3, resetAtMs: 120_000 }
  const headers = rateHeaders({ requests: standing, tokens: { ...standing, limit: 900 } }, 107_500)
  equal(headers['x-ratelimit-reset'], '120')
  equal(headers['x-ratelimit-reset-requests'], '13s')
  equal(headers['x-ratelimit-limit-tokens'], '900')
  equal(Object.keys(rateHeaders({}, 0)).length, 0)
})
