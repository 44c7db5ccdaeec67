import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd, usd } from '../../core/money.ts'
import { amountFor, isPegged, worthOf } from './pricing.ts'

const eth = { decimals: 18 }
const feed = (usdWhole: bigint) => ({ answer: usdWhole * 10n ** 8n, decimals: 8 })

test('20 USD at 4,000 USD are exactly 0.005 of a coin', () => {
  equal(amountFor(usd(20), eth, feed(4_000n)), 5n * 10n ** 15n)
  equal(worthOf(5n * 10n ** 15n, eth, feed(4_000n)), usd(20))
})

test('what is asked for is worth what is sold, by less than one unit more; what comes is never credited for more', () => {
  const amounts = fc.bigInt({ min: 1n, max: 10n ** 16n })
  const price = fc.record({
    answer: fc.bigInt({ min: 1n, max: 10n ** 14n }),
    decimals: fc.integer({ min: 0, max: 18 }),
  })
  const token = fc.record({ decimals: fc.integer({ min: 0, max: 24 }) })
  fc.assert(
    fc.property(amounts, token, price, (worth, { decimals }, said) => {
      const asked = amountFor(nanoUsd(worth), { decimals }, said)
      ok(worthOf(asked, { decimals }, said) >= worth)
      ok(asked === 0n || worthOf(asked - 1n, { decimals }, said) < worth)
    }),
  )
})

test('a stablecoin has its peg down to 0.98 USD', () => {
  ok(isPegged({ answer: 98_000_000n, decimals: 8 }))
  ok(!isPegged({ answer: 97_999_999n, decimals: 8 }))
})
