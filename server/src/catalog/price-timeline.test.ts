import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsdPerMillion } from '../core/money.ts'
import { unitClasses } from '../credits/index.ts'
import { priceTimeline } from './price-timeline.ts'
import type { Price } from './types.ts'

const price = (id: string, more: Partial<Price>): Price => ({
  id,
  modelId: 'a/b',
  offerId: undefined,
  class: 'input',
  perMillion: nanoUsdPerMillion(1n),
  validFrom: new Date(0),
  source: 'list',
  ...more,
})

test('a price counts from its moment on, to the millisecond, and until the next', () => {
  const at = priceTimeline([price('2', { validFrom: new Date(2_000) }), price('1', { validFrom: new Date(1_000) })])
  assert.deepEqual(
    [999, 1_000, 1_999, 2_000, 9e15].map((ms) => at(ms).input?.id),
    [undefined, '1', '1', '2', '2'],
  )
})

test("the operator's word goes before a later list price, and an offer's own price before its model's", () => {
  const at = priceTimeline([
    price('list', { validFrom: new Date(1) }),
    price('list of the offer', { validFrom: new Date(1), offerId: 'o' }),
    price('operator', { validFrom: new Date(10), source: 'operator' }),
    price('later list of the offer', { validFrom: new Date(20), offerId: 'o' }),
    price('operator of the offer', { validFrom: new Date(30), offerId: 'o', source: 'operator' }),
    price('later operator', { validFrom: new Date(40), source: 'operator' }),
  ])
  const expected = [
    [1, 'list of the offer'],
    [10, 'operator'],
    [25, 'operator'],
    [30, 'operator of the offer'],
    [50, 'operator of the offer'],
  ] as const
  for (const [ms, id] of expected) assert.equal(at(ms).input?.id, id, `at ${ms}`)
})

test('any history gives at any moment what a search through all of its rows gives', () => {
  const history = fc.uniqueArray(
    fc.record({
      offerId: fc.constantFrom(undefined, 'o'),
      class: fc.constantFrom(...unitClasses.slice(0, 3)),
      ms: fc.nat(20),
      source: fc.constantFrom('operator', 'list'),
    }),
    { selector: ({ offerId, class: name, ms }) => `${offerId} ${name} ${ms}`, maxLength: 30 },
  )
  fc.assert(
    fc.property(history, fc.integer({ min: -1, max: 21 }), (rows, atMs) => {
      const prices = rows.map(({ ms, ...row }, at) => price(String(at), { ...row, validFrom: new Date(ms) }))
      const table = priceTimeline(prices)(atMs)
      for (const name of unitClasses) {
        const [best] = prices
          .filter((row) => row.class === name && row.validFrom.getTime() <= atMs)
          .toSorted(
            (a, b) =>
              Number(b.source === 'operator') - Number(a.source === 'operator') ||
              Number(b.offerId !== undefined) - Number(a.offerId !== undefined) ||
              b.validFrom.getTime() - a.validFrom.getTime(),
          )
        assert.equal(table[name]?.id, best?.id)
      }
    }),
  )
})
