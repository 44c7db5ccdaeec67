import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { countdown } from './countdown.ts'

const now = new Date('2026-01-31T12:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)

test('a countdown says what is left to the second, and nothing when the moment has passed', () => {
  equal(countdown(at(15 * 60_000), now), '15:00')
  equal(countdown(at(61_001), now), '1:02')
  equal(countdown(at(1), now), '0:01')
  equal(countdown(at(3_723_000), now), '1:02:03')
  equal(countdown(at(0), now), undefined)
  equal(countdown(at(-5_000), now), undefined)
})
