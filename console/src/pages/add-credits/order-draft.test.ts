import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { toUsdText } from '../../lib/money.ts'
import { presetsFor, priceOf } from './order-draft.ts'

const limits = { minimum_usd: '5', maximum_usd: '1000' }
const terms = { fee_percent: '2.9', fee_fixed_usd: '0.3' }
const whyNot = (typed: string) => {
  const priced = priceOf(typed, terms, limits)
  return priced.kind === 'unfit' ? priced.why : ''
}

test('what is paid is the amount and its fee', () => {
  const priced = priceOf('$1,000', terms, limits)
  equal(priced.kind, 'priced')
  if (priced.kind !== 'priced') return
  deepEqual([priced.amount, priced.fee, priced.total].map(toUsdText), ['1000.00', '29.30', '1029.30'])
})

test('what cannot be bought says why', () => {
  match(whyNot(''), /how much/)
  match(whyNot('ten'), /digits/)
  match(whyNot('4.99'), /At least \$5\.00/)
  match(whyNot('1000.01'), /At most \$1,000\.00/)
  match(whyNot('9.999'), /two decimals/)
})

test('amounts to choose from lie within what is sold', () => {
  deepEqual(presetsFor(limits), [5n, 10n, 20n, 50n, 100n])
  deepEqual(presetsFor({ minimum_usd: '100', maximum_usd: '500' }), [100n, 250n, 500n])
})
