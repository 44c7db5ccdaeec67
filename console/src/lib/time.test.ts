import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  exactTime,
  formatBucket,
  formatClock,
  formatDay,
  formatTime,
  relativeTime,
  windowEnd,
  windowStart,
  zonedClock,
  zoneName,
} from './time.ts'

process.env['TZ'] = 'Asia/Kolkata'
const at = new Date('2026-01-31T23:04:05.678Z')

test('a time is told in the zone that was chosen, and the zone with it', () => {
  equal(formatTime(at, 'utc'), '31 Jan 23:04:05')
  equal(formatTime(at, 'local'), '1 Feb 04:34:05')
  equal(exactTime(at, 'utc'), '2026-01-31 23:04:05 UTC')
  equal(exactTime(at, 'local'), '2026-02-01 04:34:05 UTC+5:30')
  equal(formatDay(at, 'local'), '1 Feb 2026')
  equal(formatClock(at, 'utc'), '23:04:05')
  equal(zonedClock(at, 'utc'), '23:04:05 UTC')
  equal(zoneName('local', at), 'UTC+5:30')
})

test('a distance that has passed names full units only, so that it never promises more; one to come lacks at most a twentieth of them', () => {
  const from = (text: string) => relativeTime(new Date(text), at)
  equal(from('2026-01-31T23:03:50Z'), 'just now')
  equal(from('2026-01-31T23:03:05Z'), '1 minute ago')
  equal(from('2026-01-31T21:05:05Z'), '1 hour ago')
  equal(from('2026-02-03T00:00:00Z'), 'in 2 days')
  equal(from('2026-01-31T23:04:30Z'), 'in less than a minute')
  equal(from('2026-02-03T21:00:00Z'), 'in 2 days')
})

test('what ends a day, a week or an hour from now says so while it is new', () => {
  const from = (text: string) => relativeTime(new Date(text), at)
  equal(from('2026-02-01T23:04:00Z'), 'in 1 day')
  equal(from('2026-02-07T23:04:00Z'), 'in 7 days')
  equal(from('2026-02-01T00:04:00Z'), 'in 1 hour')
  equal(from('2026-02-01T20:30:00Z'), 'in 21 hours')
})

test('an axis says the hour within a day, the day within a month, the month beyond', () => {
  equal(formatBucket(at, 60_000, 'utc'), '23:04')
  equal(formatBucket(new Date('2026-01-31T00:00:00Z'), 3_600_000, 'utc'), '31 Jan')
  equal(formatBucket(at, 86_400_000, 'utc'), '31 Jan')
  equal(formatBucket(at, 30 * 86_400_000, 'utc'), 'Jan 2026')
})

test('windows of limits end by the calendar in UTC, weeks on Monday', () => {
  const ends = (['day', 'week', 'month', 'total'] as const).map((window) => windowEnd(window, at)?.toISOString())
  deepEqual(ends, ['2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z', '2026-02-01T00:00:00.000Z', undefined])
  equal(windowEnd('week', new Date('2026-02-02T00:00:00Z'))?.toISOString(), '2026-02-09T00:00:00.000Z')
  const starts = (['day', 'week', 'month', 'total'] as const).map((window) => windowStart(window, at)?.toISOString())
  deepEqual(starts, ['2026-01-31T00:00:00.000Z', '2026-01-26T00:00:00.000Z', '2026-01-01T00:00:00.000Z', undefined])
})
