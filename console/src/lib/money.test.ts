import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, bigInt, property } from 'fast-check'
import {
  credits,
  creditsPerUnit,
  exactMoney,
  formatCredits,
  formatMoney,
  formatUsd,
  parseCredits,
  parseUsd,
  percentOf,
  sumCredits,
  toCreditsText,
  toUsdText,
} from './money.ts'

test('an amount survives being written and read, whatever its size', () => {
  check(
    property(bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (amount) => {
      equal(parseCredits(toCreditsText(amount)), amount)
      equal(parseUsd(toUsdText(amount)), amount)
    }),
  )
})

test('a million credits are half a dollar', () => {
  equal(toUsdText(credits('1000000')), '0.50')
  equal(parseUsd('5'), credits('10000000'))
  equal(parseUsd('0.0000000005'), 1n)
})

test('what is no amount is not read, and never shown as nothing', () => {
  for (const text of ['', '1e3', '1,000', '0.0001', 'NaN', '1.', '--1']) equal(parseCredits(text), undefined, text)
  equal(parseUsd('0.00000000001'), undefined)
  throws(() => credits('ten'))
})

test('sums are exact where floats are not', () => {
  equal(toCreditsText(sumCredits(['0.1', '0.2', '9007199254740993'].map(credits))), '9007199254740993.3')
})

test('amounts are rounded for people, and their title keeps every digit', () => {
  deepEqual(
    ['1234567.891', '12.345', '-0.002', '0'].map((text) => formatCredits(credits(text))),
    ['1,234,568', '12.345', '−0.002', '0'],
  )
  deepEqual(
    ['24680000', '2000000', '85', '1', '-2000000', '0'].map((text) => formatUsd(credits(text))),
    ['$12.34', '$1.00', '$0.000043', '$0.0000005', '−$1.00', '$0.00'],
  )
  equal(exactMoney(credits('1234567.891')), '1,234,567.891 credits = $0.6172839455')
  equal(formatMoney(credits('1'), 'credits'), '1 credit')
  equal(formatMoney(credits('2000000'), 'usd'), '$1.00')
})

test('a bar never leaves its frame', () => {
  equal(percentOf(credits('1'), credits('3')), 33.33)
  equal(percentOf(credits('5'), credits('3')), 100)
  equal(percentOf(credits('5'), 0n), 0)
})

test('5 USD per million tokens are 10 credits per token', () => {
  equal(creditsPerUnit('5'), '10')
  equal(creditsPerUnit('0.000000001'), '0.000000002')
})
