import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { counted, formatCompact, formatCount, formatDuration, formatRate, formatShare } from './numbers.ts'

test('counts are grouped, or short where there is no room', () => {
  equal(formatCount(1_234_567), '1,234,567')
  deepEqual([0, 950, 999.99, 12_345, 999_999, 4_567_890, 1_000_000, 2_500_000_000].map(formatCompact), [
    '0',
    '950',
    '1k',
    '12.3k',
    '1M',
    '4.57M',
    '1M',
    '2.5B',
  ])
})

test('durations keep three digits, and never read 60 s or 1000 ms', () => {
  deepEqual([0, 850, 999.7, 1_240, 12_345, 59_960, 60_000, 125_000].map(formatDuration), [
    '0 ms',
    '850 ms',
    '1.00 s',
    '1.24 s',
    '12.3 s',
    '1 min',
    '1 min',
    '2 min 5 s',
  ])
})

test('a share that is not nothing is not shown as nothing', () => {
  deepEqual([0, 0.0004, 0.125, 1].map(formatShare), ['0 %', '<0.1 %', '12.5 %', '100 %'])
})

test('rates and counted words', () => {
  equal(formatRate(42.06), '42.1 tokens/s')
  equal(counted(1, 'call'), '1 call')
  equal(counted(1_200, 'entry', 'entries'), '1,200 entries')
})
