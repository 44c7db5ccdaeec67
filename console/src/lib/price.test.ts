import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  changePercent,
  costOfUnits,
  formatPerMillion,
  formatPerOne,
  formatUnitCredits,
  readPerMillion,
  readPerUnit,
  toPerMillionText,
} from './price.ts'

test('a price per unit and the same per million are one price, to the last digit', () => {
  assert.equal(readPerUnit('0.000005'), readPerMillion('5'))
  assert.equal(readPerUnit('0.000000000000001'), readPerMillion('0.000000001'))
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (price) => {
      assert.equal(readPerMillion(toPerMillionText(price)), price)
    }),
  )
})

test('a price reads in credits for one and in dollars for a million, without rounding', () => {
  const price = readPerMillion('5')!
  assert.deepEqual([formatUnitCredits(price), formatPerMillion(price)], ['10', '$5.00'])
  assert.equal(formatPerMillion(readPerMillion('0.075')!), '$0.075')
  assert.equal(formatPerOne(readPerMillion('5000')!), '$0.005')
  assert.equal(formatPerMillion(readPerMillion('1234.5')!), '$1,234.50')
})

test('what is no price is none', () => {
  for (const text of ['', 'x', '1e3', '0.0000000001', '-']) assert.equal(readPerMillion(text), undefined, text)
})

test('units times a price are milli-credits, rounded up', () => {
  assert.equal(costOfUnits(1, readPerMillion('5')!), 10_000n)
  assert.equal(costOfUnits(7, readPerMillion('0.02')!), 280n)
  assert.equal(costOfUnits(1, 1n), 1n)
  assert.equal(costOfUnits(0, readPerMillion('5')!), 0n)
})

test('a change reads with its sign, and of nothing there is none', () => {
  const usd = (text: string) => readPerMillion(text)
  assert.equal(changePercent(usd('2'), usd('2.5')), '+25 %')
  assert.equal(changePercent(usd('8'), usd('7')), '−12.5 %')
  assert.equal(changePercent(usd('8'), usd('8')), '0 %')
  assert.equal(changePercent(usd('0'), usd('8')), undefined)
  assert.equal(changePercent(undefined, usd('8')), undefined)
})
