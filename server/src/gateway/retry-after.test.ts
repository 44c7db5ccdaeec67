import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRetryAfter } from './retry-after.ts'

const date = 'Sat, 28 Nov 2026 11:59:30 GMT'

test('a wait is read as seconds, with fractions, as milliseconds, and as a date in any form of HTTP', () => {
  const said: readonly (readonly [headers: Record<string, string>, seconds: number | undefined])[] = [
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': '0.25' }, 0.25],
    [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1.5],
    [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2],
    [{ 'retry-after': 'Sat, 28 Nov 2026 12:00:00 GMT', date }, 30],
    [{ 'retry-after': 'Saturday, 28-Nov-26 12:00:00 GMT', date }, 30],
    [{ 'retry-after': 'Sat Nov 28 12:00:00 2026', date }, 30],
    [{ 'retry-after': 'Sat, 28 Nov 2026 11:00:00 GMT', date }, 0],
    [{ 'retry-after': 'Sat, 28 Nov 2026 12:00:00 GMT' }, undefined],
    [{ 'retry-after': '86400' }, 3_600],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'soon', date }, undefined],
    [{}, undefined],
  ]
  for (const [headers, seconds] of said) assert.equal(readRetryAfter(headers), seconds, JSON.stringify(headers))
})

test('whatever a provider sends, a wait is from none to an hour, or is not known', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (ms, text, now) => {
      const seconds = readRetryAfter({ 'retry-after-ms': ms, 'retry-after': text, date: now }) ?? 0
      assert.ok(seconds >= 0 && seconds <= 3_600)
    }),
  )
})
