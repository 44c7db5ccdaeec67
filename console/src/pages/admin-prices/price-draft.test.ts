import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftPrices, draftReason, draftStart, emptyPrices } from './price-draft.ts'

const now = new Date('2026-06-01T12:00:00Z')

test('only what is typed becomes a price, exactly', () => {
  assert.deepEqual(draftPrices({ usd: { input: '0.150', output: '', request: '1000' }, startsAt: '' }), {
    input: '0.15',
    request: '1000',
  })
})

test('prices begin at once, or at a moment to come in the chosen zone', () => {
  assert.equal(draftStart(emptyPrices, 'utc'), undefined)
  const draft = { usd: { input: '1' }, startsAt: '2026-06-02T00:00' }
  assert.equal(draftStart(draft, 'utc')?.toISOString(), '2026-06-02T00:00:00.000Z')
  assert.equal(draftReason(draft, 'utc', now), undefined)
  assert.match(draftReason({ ...draft, startsAt: '2026-06-01T00:00' }, 'utc', now) ?? '', /passed/)
  assert.match(draftReason({ ...draft, startsAt: '2026-06' }, 'utc', now) ?? '', /when/)
})

test('what is no price is told, and nothing at all is no draft', () => {
  assert.match(draftReason({ usd: { input: '1,5' }, startsAt: '' }, 'utc', now) ?? '', /digits/)
  assert.match(draftReason({ usd: { input: '-1' }, startsAt: '' }, 'utc', now) ?? '', /digits/)
  assert.match(draftReason(emptyPrices, 'utc', now) ?? '', /first/)
})
