import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { grouped, isAmount, isZero, perMillion } from './amounts.ts'

const decimals = fc
  .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 30n), fc.option(fc.stringMatching(/^\d{1,15}$/)))
  .map(([isNegative, whole, fraction]) => `${isNegative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`)

test('grouping an amount adds commas and changes no digit', () => {
  fc.assert(
    fc.property(decimals, (decimal) => {
      const shown = grouped(decimal)
      assert.equal(shown.replaceAll(',', ''), decimal)
      assert.match(shown, /^-?\d{1,3}(,\d{3})*(\.\d+)?$/)
    }),
  )
  assert.equal(grouped('9999999.5'), '9,999,999.5')
  assert.equal(grouped('-1000'), '-1,000')
  assert.equal(grouped('not a number'), 'not a number')
})

test('a price per million is the price per unit times a million, to the last digit', () => {
  const scale = 10n ** 15n
  const scaled = (text: string) => {
    const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
    return BigInt(whole) * scale + BigInt(fraction.padEnd(15, '0'))
  }
  fc.assert(
    fc.property(decimals, (decimal) => {
      assert.equal(scaled(perMillion(decimal)), scaled(decimal) * 1_000_000n)
      assert.doesNotMatch(perMillion(decimal), /^-?0\d|\.\d*0$|\.$/)
    }),
  )
  assert.equal(perMillion('0.00000002'), '0.02')
  assert.equal(perMillion('0.000005'), '5')
  assert.equal(perMillion('0'), '0')
})

test('zero is known in every way of writing it, and amounts are plain decimals', () => {
  for (const zero of ['0', '0.0', '-0', '000.000']) assert.ok(isZero(zero), zero)
  for (const some of ['0.002', '1', '10', '']) assert.ok(!isZero(some), some)
  for (const amount of ['0', '12', '0.002']) assert.ok(isAmount(amount), amount)
  for (const none of ['-1', '1e3', '.5', '5.', '', '1,000', 'NaN', ' 1']) assert.ok(!isAmount(none), none)
})
