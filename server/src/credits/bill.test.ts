import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type NanoUsdPerMillion, nanoUsdPerMillion, shareOf } from '../core/money.ts'
import { type Bill, billOf, type ClassPrice } from './bill.ts'
import { unitClasses, type UnitClass, type Units } from './types.ts'

const price = (id: string, perMillion: bigint): ClassPrice => ({ id, perMillion: nanoUsdPerMillion(perMillion) })

const billed = (bill: Bill) => (bill.kind === 'billed' ? bill : assert.fail(`unpriced: ${bill.classes.join()}`))

test('GPT-4o at 2.50 and 10 USD per million: 1,000 tokens in and 500 out cost 0.0075 USD', () => {
  const prices = { input: price('in', 2_500_000_000n), output: price('out', 10_000_000_000n) }
  const bill = billed(billOf({ input: 1_000, output: 500 }, prices))
  assert.equal(bill.cost, 7_500_000n)
  assert.deepEqual(
    bill.lines.map((line) => [line.class, line.units, line.priceId]),
    [
      ['input', 1_000, 'in'],
      ['output', 500, 'out'],
    ],
  )
})

test('ten embedding tokens at 0.02 USD per million cost exactly 200 nano-USD', () => {
  assert.equal(billed(billOf({ input: 10 }, { input: price('in', 20_000_000n) })).cost, 200n)
})

test('a class without a price of its own is billed as its parent', () => {
  const prices = { input: price('in', 1_000_000n), output: price('out', 3_000_000n) }
  const bill = billed(billOf({ cached_input: 5, cache_write: 7, reasoning: 11 }, prices))
  assert.equal(bill.cost, 5n + 7n + 33n)
  assert.deepEqual(
    bill.lines.map(({ priceId }) => priceId),
    ['in', 'in', 'out'],
  )
})

test('images and audio without a price are unpriced, never free; a request without one is free', () => {
  const prices = { input: price('in', 1n), output: price('out', 1n) }
  assert.deepEqual(billOf({ image: 1, audio_input: 2, audio_output: 3, input: 1, request: 1 }, prices), {
    kind: 'unpriced',
    classes: ['image', 'audio_input', 'audio_output'],
  })
  assert.equal(billed(billOf({ request: 1 }, prices)).cost, 0n)
  assert.deepEqual(billOf({ input: 1 }, {}), { kind: 'unpriced', classes: ['input'] })
})

const units: fc.Arbitrary<Units> = fc.record(
  Object.fromEntries(unitClasses.map((unitClass) => [unitClass, fc.nat({ max: 1_000_000_000 })])),
  { requiredKeys: [] },
)
const perMillion = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(nanoUsdPerMillion)
const priceTable = fc.record(
  Object.fromEntries(unitClasses.map((unitClass) => [unitClass, perMillion])) as Record<
    UnitClass,
    fc.Arbitrary<NanoUsdPerMillion>
  >,
)

test('whatever the prices and units: a bill is at most one nano-USD above its exact value, and its parts sum', () => {
  const property = fc.property(units, priceTable, fc.nat({ max: 10_000 }), (used, table, bps) => {
    const prices = Object.fromEntries(unitClasses.map((unitClass) => [unitClass, price(unitClass, table[unitClass])]))
    const { cost, lines } = billed(billOf(used, prices))
    const exact = unitClasses.reduce((sum, unitClass) => sum + BigInt(used[unitClass] ?? 0) * table[unitClass], 0n)
    assert.ok(cost * 1_000_000n >= exact && cost * 1_000_000n < exact + 1_000_000n)
    assert.equal(
      lines.reduce((sum, line) => sum + BigInt(line.units) * line.perMillion, 0n),
      exact,
    )
    const share = shareOf(cost, bps)
    assert.ok(share >= 0n && share <= cost)
    assert.ok(share * 10_000n <= cost * BigInt(bps) && cost * BigInt(bps) - share * 10_000n < 10_000n)
  })
  fc.assert(property, { numRuns: 2_000 })
})
