import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  costOf,
  credits,
  nanoUsd,
  nanoUsdPerMillion,
  parseCredits,
  parseUsd,
  parseUsdPerMillion,
  shareOf,
  subtract,
  toCredits,
  toCreditsPerUnit,
  toUsd,
  toUsdPerUnit,
  usd,
} from './money.ts'

const amounts = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map(nanoUsd)

test('1,000,000 credits are 0.5 USD, and one GPT-4o input token at 5 USD per million is 10 credits', () => {
  assert.equal(toUsd(credits(1_000_000)), '0.5')
  assert.equal(toCredits(usd(1)), '2000000')
  const gpt4o = parseUsdPerMillion('5')!
  assert.equal(toCreditsPerUnit(gpt4o), '10')
  assert.equal(toUsdPerUnit(gpt4o), '0.000005')
  assert.equal(toCredits(costOf([{ units: 1, price: gpt4o }])), '10')
})

test('ten embedding tokens at 0.02 USD per million cost 0.4 credits, not a rounded-up credit', () => {
  assert.equal(toCredits(costOf([{ units: 10, price: parseUsdPerMillion('0.02')! }])), '0.4')
})

test('every amount survives being written in credits or USD and read again', () => {
  fc.assert(
    fc.property(
      amounts.filter((amount) => amount > -(10n ** 17n) && amount < 10n ** 17n),
      (amount) => parseCredits(toCredits(amount)) === amount && parseUsd(toUsd(amount)) === amount,
    ),
  )
})

test('text that is not plain decimal, or finer than a nano-USD, is no amount', () => {
  for (const text of [
    '',
    ' 1',
    '1e3',
    '+1',
    '.5',
    '1.',
    '0x10',
    '1,000',
    'NaN',
    'Infinity',
    '0.001',
    '1.0001',
    '9'.repeat(30),
  ])
    assert.equal(parseCredits(text), undefined, text)
  assert.equal(parseCredits('0.002'), 1n)
  assert.equal(parseCredits('1.500'), 750n)
  assert.equal(parseUsdPerMillion('-1'), undefined)
})

test('a bill is the exact sum rounded up once: never below it, never a whole nano-USD above it', () => {
  const line = fc.record({
    units: fc.nat(10_000_000),
    price: fc.bigInt({ min: 0n, max: 10n ** 12n }).map(nanoUsdPerMillion),
  })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 9 }), (lines) => {
      const exactMillionths = lines.reduce((sum, { units, price }) => sum + BigInt(units) * price, 0n)
      const excess = costOf(lines) * 1_000_000n - exactMillionths
      return excess >= 0n && excess < 1_000_000n
    }),
  )
})

test('units that are negative, broken or beyond safe integers are a fault, not a price', () => {
  const price = nanoUsdPerMillion(1n)
  for (const units of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.throws(() => costOf([{ units, price }]), RangeError)
})

test('the parts of a shared amount always sum to it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 18n }).map(nanoUsd),
      fc.integer({ min: 0, max: 10_000 }),
      (amount, share) => {
        const part = shareOf(amount, share)
        const rest = subtract(amount, part)
        return part >= 0n && rest >= 0n && part + rest === amount
      },
    ),
  )
})
