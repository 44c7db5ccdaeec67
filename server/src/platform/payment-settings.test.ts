import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { nanoUsd, usd } from '../core/money.ts'
import { readConfig } from './config.ts'

const read = (given: Record<string, string>) => {
  const outcome = readConfig(given)
  return outcome.kind === 'read' ? outcome.config.payments : outcome.problems
}

test('fees are read as people write them, to the last decimal', () => {
  const payments = read({
    REDPILL_CARD_FEE_PERCENT: '2.9',
    REDPILL_CARD_FEE_FIXED_USD: '0.30',
    REDPILL_CRYPTO_FEE_PERCENT: '0.05',
    REDPILL_TOP_UP_MAX_USD: '250',
  })
  ok('cardFee' in payments)
  deepEqual([payments.cardFee, payments.cryptoFee.bps], [{ bps: 290, fixed: nanoUsd(300_000_000n) }, 5])
  deepEqual([payments.minimum, payments.maximum], [usd(5), usd(250)])
})

test('what is no amount, no percentage, or does not go together is said by name', () => {
  for (const [name, value] of [
    ['REDPILL_CARD_FEE_PERCENT', '100'],
    ['REDPILL_CARD_FEE_PERCENT', '2.999'],
    ['REDPILL_CRYPTO_FEE_PERCENT', '-1'],
    ['REDPILL_CARD_FEE_FIXED_USD', 'a lot'],
    ['REDPILL_TOP_UP_MIN_USD', '0'],
    ['REDPILL_TOP_UP_MAX_USD', '4'],
    ['REDPILL_TOP_UP_MAX_USD', '1000001'],
    ['REDPILL_REFUND_DAYS', '1.5'],
  ] as const) {
    const problems = read({ [name]: value })
    ok(Array.isArray(problems) && problems.length === 1 && problems[0].startsWith(name), `${name}=${value}`)
  }
})
