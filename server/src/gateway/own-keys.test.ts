import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd, nanoUsdPerMillion } from '../core/money.ts'
import { billOf, unitClasses, type Units } from '../credits/index.ts'
import { noFacts, type Price, type PriceTable } from '../catalog/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { isOwnKeyFailure, ownKeyWarnings, planOwnKeys, upstreamCostOf } from './own-keys.ts'

const price = (name: string, perMillion: bigint): Price => ({
  id: name,
  modelId: 'm',
  offerId: undefined,
  class: name as Price['class'],
  perMillion: nanoUsdPerMillion(perMillion),
  validFrom: new Date(0),
  source: 'list',
})

const attempt = (model: string, provider: string, prices: PriceTable = {}): PlannedAttempt =>
  ({
    model: { id: model },
    offer: {
      id: `${model} ${provider}`,
      providerId: provider,
      providerName: provider,
      providerShareBps: 8_000,
      facts: noFacts,
    },
    prices,
    bound: nanoUsd(1_000n),
    reason: 'cheapest',
  }) as unknown as PlannedAttempt

const keys = (fallbacks: Readonly<Record<string, boolean>>) =>
  new Map(Object.entries(fallbacks).map(([provider, fallback]) => [provider, { id: provider, sealed: '', fallback }]))

const shown = (attempts: readonly PlannedAttempt[]) => attempts.map(({ offer, own }) => offer.id + (own ? ' own' : ''))

const plan = [attempt('m', 'a'), attempt('m', 'b'), attempt('n', 'a'), attempt('n', 'c')] as const
const mixed = { feeBps: 500, mixModels: true, namesKeptFile: false }
const apart = { feeBps: 500, mixModels: false, namesKeptFile: false }

test('of each model own keys are tried first, in the order of the plan, then what the operator pays for', () => {
  equal(planOwnKeys([...plan], { ...apart, ownKeys: undefined }).length, 4)
  deepEqual(shown(planOwnKeys([...plan], { ...apart, ownKeys: keys({ b: true }) })), [
    ...['m b own', 'm a', 'm b'],
    ...['n a', 'n c'],
  ])
  deepEqual(shown(planOwnKeys([...plan], { ...apart, ownKeys: keys({ a: true, c: true }) })), [
    ...['m a own', 'm a', 'm b'],
    ...['n a own', 'n c own', 'n a', 'n c'],
  ])
  deepEqual(shown(planOwnKeys([...plan], { ...mixed, ownKeys: keys({ c: true }) })), [
    ...['n c own', 'm a', 'm b', 'n a', 'n c'],
  ])
})

test('after an own key without fallback nothing is tried that the operator pays for', () => {
  deepEqual(shown(planOwnKeys([...plan], { ...apart, ownKeys: keys({ b: false, c: true }) })), ['m b own', 'n c own'])
  deepEqual(shown(planOwnKeys([...plan], { ...apart, ownKeys: keys({ c: false }) })), ['m a', 'm b', 'n c own'])
  deepEqual(shown(planOwnKeys([...plan], { ...apart, ownKeys: keys({ z: false }) })), shown([...plan]))
})

test('no part of the fee is owed to the provider, and the operator’s attempt stays as it was', () => {
  const [own, paid] = planOwnKeys([plan[0]], { ...apart, ownKeys: keys({ a: true }) })
  deepEqual([own.offer.providerShareBps, own.bound, own.reason], [0, 50n, 'own key'])
  equal(paid, plan[0])
})

const anyPrices = fc.dictionary(fc.constantFrom(...unitClasses), fc.bigInt(0n, 10n ** 12n))
const anyUnits = fc.dictionary(fc.constantFrom(...unitClasses), fc.nat(10_000_000)) as fc.Arbitrary<Units>

test('the fee of any call is its part of the list price: never more than that, less by rounding alone', () => {
  fc.assert(
    fc.property(anyPrices, anyUnits, fc.integer({ min: 0, max: 10_000 }), (perMillion, units, feeBps) => {
      const entries = Object.entries(perMillion)
      const table = Object.fromEntries(entries.map(([name, nano]) => [name, price(name, nano)])) as PriceTable
      const list = billOf(units, table)
      const [own] = planOwnKeys([attempt('m', 'a', table)], {
        feeBps,
        mixModels: false,
        namesKeptFile: false,
        ownKeys: keys({ a: true }),
      })
      const fee = billOf(units, own.prices)
      equal(fee.kind, list.kind)
      if (fee.kind !== 'billed' || list.kind !== 'billed') return
      equal(upstreamCostOf(own, units), list.cost)
      deepEqual(
        fee.lines.map(({ priceId }) => priceId),
        list.lines.map(({ priceId }) => priceId),
      )
      // Both are rounded up once, the fee's prices down to a nano-USD a million: less than one nano-USD for each million.
      const used = Object.values(units).reduce((sum, each) => sum + BigInt(each), 0n)
      ok(fee.cost * 10_000n <= list.cost * BigInt(feeBps) + 10_000n)
      ok((fee.cost + used / 1_000_000n + 2n) * 10_000n >= list.cost * BigInt(feeBps))
    }),
    { numRuns: 500 },
  )
})

test('that a key is refused is its owner’s business; all else says something of the provider', () => {
  const [own] = planOwnKeys([plan[0]], { ...apart, ownKeys: keys({ a: true }) })
  for (const status of [401, 402, 403, 429]) {
    ok(isOwnKeyFailure(own, { status }))
    ok(!isOwnKeyFailure(plan[0], { status }))
  }
  for (const status of [undefined, 400, 500, 503]) ok(!isOwnKeyFailure(own, { status }))
  const row = { offer_id: '', why: '', ms: 1, after_ms: 0, outcome: 'status', provider: 'a' } as const
  deepEqual(
    ownKeyWarnings([
      { ...row, status: 401 },
      { ...row, own_key: true, status: 503 },
    ]),
    [],
  )
  equal(ownKeyWarnings([{ ...row, own_key: true, status: 401 }]).length, 1)
})
