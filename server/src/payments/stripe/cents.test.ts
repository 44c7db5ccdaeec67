import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd, usd } from '../../core/money.ts'
import { fromCents, ofCharge, ofOrder, toCents } from './cents.ts'

test('amounts in cents are exact both ways, and what is no whole number of cents is refused', () => {
  fc.assert(fc.property(fc.nat(1_000_000_000), (cents) => equal(toCents(fromCents(cents)), cents)))
  equal(toCents(usd(20)), 2_000)
  for (const amount of [nanoUsd(1n), nanoUsd(10_000_001n), nanoUsd(-9_999_999n)]) throws(() => toCents(amount))
  for (const cents of [0.5, Number.NaN, 2 ** 53]) throws(() => fromCents(cents))
})

const charges = fc
  .tuple(fc.integer({ min: 1, max: 10_000_000 }), fc.nat(3_000_000))
  .map(([orderCents, tax]) => ({ orderCents, chargedCents: orderCents + tax }))

test('money that goes back takes its share of the tax: nothing for nothing, all for all, and never more than came back', () => {
  fc.assert(
    fc.property(charges, fc.nat(10_000_000), (charged, some) => {
      const share = some % (charged.orderCents + 1)
      equal(ofOrder(ofCharge(share, charged), charged), share)
      const back = some % (charged.chargedCents + 1)
      equal(ofOrder(back, charged) * charged.chargedCents <= back * charged.orderCents, true)
    }),
  )
  const charged = { orderCents: 2_000, chargedCents: 2_380 }
  deepEqual([ofOrder(0, charged), ofOrder(2_380, charged), ofCharge(2_000, charged)], [0, 2_000, 2_380])
})

test('refunds in parts, each told as a running total, take back exactly what was asked for all in all', () => {
  const wholes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(wholes, fc.nat(2_000_000), (parts, tax) => {
      const orderCents = parts.reduce((sum, part) => sum + part, 0)
      const charged = { orderCents, chargedCents: orderCents + tax }
      let back = 0
      for (const part of parts) back += ofCharge(ofOrder(back, charged) + part, charged) - back
      deepEqual([back, ofOrder(back, charged)], [charged.chargedCents, orderCents])
    }),
  )
})
