import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { feeOf, feeWords } from './fees.ts'
import { parseUsd, toUsdText } from './money.ts'

const fee = (amount: string, fee_percent: string, fee_fixed_usd?: string) =>
  toUsdText(feeOf(parseUsd(amount)!, fee_fixed_usd === undefined ? { fee_percent } : { fee_percent, fee_fixed_usd }))

test('a fee is a share and a fixed part, rounded up to a cent, and nothing where nothing is bought', () => {
  equal(fee('20', '2.9', '0.3'), '0.88')
  equal(fee('100', '2.9', '0.30'), '3.20')
  equal(fee('0.01', '1'), '0.01')
  equal(fee('20', '0', '0'), '0.00')
  equal(fee('20', '0.25'), '0.05')
  equal(fee('20.01', '0.25'), '0.06')
  equal(fee('0', '2.9', '0.3'), '0.00')
})

test('the terms of a fee are said shortly', () => {
  equal(feeWords({ fee_percent: '2.9', fee_fixed_usd: '0.3' }), '2.9 % + $0.30')
  equal(feeWords({ fee_percent: '1' }), '1 %')
  equal(feeWords({ fee_percent: '0', fee_fixed_usd: '1' }), '$1.00')
  equal(feeWords({ fee_percent: '0', fee_fixed_usd: '0' }), undefined)
})
