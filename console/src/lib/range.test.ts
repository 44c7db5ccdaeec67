import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { fromInputText, lengthMs, presets, spanOf, toInputText } from './range.ts'

const now = new Date('2026-03-31T14:07:33.250Z')

test('a span that moves with the clock begins at a round moment and ends now', () => {
  const spans = Object.fromEntries(presets.map((range) => [range, spanOf({ range }, '24h', now, 'utc')]))
  deepEqual(spans, {
    '1h': { from: '2026-03-31T13:07:00.000Z', to: undefined },
    '24h': { from: '2026-03-30T14:05:00.000Z', to: undefined },
    '7d': { from: '2026-03-25T00:00:00.000Z', to: undefined },
    '30d': { from: '2026-03-02T00:00:00.000Z', to: undefined },
    '90d': { from: '2026-01-01T00:00:00.000Z', to: undefined },
    month: { from: '2026-03-01T00:00:00.000Z', to: undefined },
    'last-month': { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
  })
})

test('it stays the same until the next round moment, so that nothing is read anew for nothing', () => {
  for (const range of presets) {
    const later = new Date(now.getTime() + 20_000)
    deepEqual(spanOf({ range }, '24h', later, 'utc'), spanOf({ range }, '24h', now, 'utc'))
  }
})

test('an address with moments means these moments, one without anything what the page usually shows', () => {
  deepEqual(spanOf({ from: '2026-01-01', to: '2026-01-02T10:00:00+02:00' }, '24h', now, 'utc'), {
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T08:00:00.000Z',
  })
  deepEqual(spanOf({}, '1h', now, 'utc'), spanOf({ range: '1h' }, '24h', now, 'utc'))
})

test('the length of an open span goes on until now', () => {
  equal(lengthMs({ from: '2026-03-31T14:00:00Z', to: undefined }, now), 453_250)
  equal(lengthMs({ from: '2026-03-31T14:00:00Z', to: '2026-03-31T14:01:00Z' }, now), 60_000)
})

test('what a field for a moment holds reads back to that moment', () => {
  for (const zone of ['utc', 'local'] as const)
    equal(fromInputText(toInputText('2026-03-29T00:30:00.000Z', zone), zone), '2026-03-29T00:30:00.000Z')
  equal(toInputText('2026-03-29T00:30:12.000Z', 'utc'), '2026-03-29T00:30')
  equal(fromInputText('soon', 'utc'), undefined)
})
