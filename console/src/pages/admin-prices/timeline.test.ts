import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classPrices, type PriceRow } from './timeline.ts'

const nowMs = Date.parse('2026-06-01T00:00:00Z')
let ids = 0
const price = (usd: string, from: string, more: Partial<PriceRow> = {}): PriceRow => ({
  ...{ id: String(++ids), model_id: 'a/b', offer_id: null, class: 'input', usd_per_million: usd, credits_per_unit: '' },
  ...{ valid_from: `${from}T00:00:00Z`, source: 'operator' },
  ...more,
})

test("the operator's price counts before a price list's, however new that is", () => {
  const prices = [
    price('1', '2026-01-01'),
    price('9', '2026-05-01', { source: 'list 2026-05' }),
    price('2', '2026-03-01'),
  ]
  const [input] = classPrices(prices, undefined, nowMs)
  assert.deepEqual([input?.now?.usd_per_million, input?.before.map((each) => each.usd_per_million)], ['2', ['1', '9']])
})

test('what is to come is told soonest first, and does not count yet', () => {
  const prices = [price('1', '2026-01-01'), price('3', '2026-09-01'), price('2', '2026-07-01')]
  const [input] = classPrices(prices, undefined, nowMs)
  assert.equal(input?.now?.usd_per_million, '1')
  assert.deepEqual(
    input?.coming.map((each) => each.usd_per_million),
    ['2', '3'],
  )
})

test("a model's own prices and those of one offer are apart", () => {
  const prices = [price('1', '2026-01-01'), price('5', '2026-01-01', { offer_id: 'o' })]
  assert.equal(classPrices(prices, 'o', nowMs)[0]?.now?.usd_per_million, '5')
  assert.equal(classPrices(prices, undefined, nowMs)[0]?.now?.usd_per_million, '1')
})
