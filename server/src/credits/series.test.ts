import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ChargeFilter, percentileOf, type SeriesAsked, sumUpUsage, usageSeries } from './index.ts'
import { type Customer, reserveOf, settleOf, testLedger } from './test/ledger.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

type Call = Customer & {
  readonly atMs: number
  readonly model: string
  readonly provider: string
  readonly status: number
  readonly cost: number
  readonly input: number
  readonly durationMs: number
  readonly finish: string
}

type Question = Pick<SeriesAsked, 'edges' | 'groups' | 'measure'> & { readonly filter: ChargeFilter }

const amounts = {
  spend: (call: Call) => call.cost,
  calls: () => 1,
  errors: ({ status }: Call) => Number(status >= 400 && status !== 499),
  tokens_in: (call: Call) => call.input,
} as const

const groupOf = {
  key: (call: Call) => call.keyId,
  model: (call: Call) => call.model,
  provider: (call: Call) => call.provider,
  status: (call: Call) => String(call.status),
  finish_reason: (call: Call) => call.finish,
} as const
type Group = keyof typeof groupOf

/** Every bar of every group that has calls, added up from what was called. */
function expected(calls: readonly Call[], { filter, edges, groups, measure }: Question): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const call of calls) {
    const bar = edges.findLastIndex((edge) => edge.getTime() <= call.atMs)
    const isMeant =
      (filter.accountId === undefined || filter.accountId === call.accountId) &&
      (filter.keyId === undefined || filter.keyId === call.keyId) &&
      (filter.modelId === undefined || filter.modelId === call.model) &&
      (filter.provider === undefined || filter.provider === call.provider) &&
      (filter.finishReason === undefined || filter.finishReason === call.finish)
    if (!isMeant || bar === -1 || bar === edges.length - 1) continue
    const names = groups.map((name) => groupOf[name as Group](call))
    const place = JSON.stringify([bar, ...names])
    sums[place] = (sums[place] ?? 0) + amounts[measure as keyof typeof amounts](call)
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0))
}

test('a chart equals its calls at every moment, whatever its bars, groups and filters, however often they were summed up', async (t) => {
  const ledger = await testLedger(t)
  const { db } = ledger
  const lane = ledger.openLane()
  const customers = [await ledger.customer(10n ** 12n), await ledger.customer(10n ** 12n)]
  customers.push({ ...customers[0]!, keyId: await ledger.addKey(customers[0]!.accountId) })
  const startMs = Math.floor(ledger.now().getTime() / dayMs) * dayMs
  const calls: Call[] = []

  const step = fc.oneof(
    fc.record({
      kind: fc.constant('call' as const),
      who: fc.nat(2),
      laterMs: fc.nat(5 * dayMs),
      model: fc.constantFrom('a/x', 'b/y'),
      provider: fc.constantFrom('p', 'q'),
      status: fc.constantFrom(200, 499, 502),
      cost: fc.nat(1_000),
      input: fc.nat(100),
      durationMs: fc.nat(9_000),
      finish: fc.constantFrom('stop', 'length'),
    }),
    fc.record({ kind: fc.constant('sum' as const), most: fc.integer({ min: 1, max: 4 }) }),
  )
  const unit = fc.constantFrom(60_000, 45 * 60_000, hourMs, 6 * hourMs, dayMs)
  const anyEdges = fc
    .tuple(unit, fc.array(fc.nat(200), { minLength: 2, maxLength: 9 }))
    .map(([unitMs, places]) =>
      [...new Set(places)].toSorted((a, b) => a - b).map((n) => new Date(startMs + n * unitMs)),
    )
    .filter((dates) => dates.length > 1)
  /** Days of some zone, of which one may be an hour shorter. */
  const zoneDays = fc
    .record({
      offset: fc.constantFrom(0.75, 5.75, 11, 13.5, 18.25, 23),
      days: fc.integer({ min: 6, max: 9 }),
      short: fc.nat(12),
    })
    .map(({ offset, days, short }) =>
      Array.from(
        { length: days },
        (_, n) => new Date(startMs - dayMs + n * dayMs + (offset - Number(n > short)) * hourMs),
      ),
    )
  const edges = fc.oneof(anyEdges, zoneDays)
  const question = fc.record({
    edges,
    groups: fc.subarray(['key', 'model', 'provider', 'status', 'finish_reason'] as const, { maxLength: 2 }),
    measure: fc.constantFrom('spend', 'calls', 'errors', 'tokens_in'),
    who: fc.option(fc.nat(2), { nil: undefined }),
    byKey: fc.boolean(),
    modelId: fc.option(fc.constant('a/x'), { nil: undefined }),
    provider: fc.option(fc.constant('q'), { nil: undefined }),
    finishReason: fc.option(fc.constant('stop'), { nil: undefined, freq: 5 }),
  })

  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 10 }),
      fc.array(question, { maxLength: 6 }),
      async (steps, questions) => {
        for (const each of steps) {
          if (each.kind === 'sum') {
            await sumUpUsage(db, each.most)
            continue
          }
          ledger.setNow(new Date(startMs + ((each.laterMs + calls.length * 1_000) % (5 * dayMs))))
          const customer = customers[each.who]!
          const callId = ledger.makeId()
          await lane.reserve(reserveOf(customer, callId, BigInt(each.cost)))
          const { model: modelId, provider, status, input, durationMs, finish } = each
          const more = { modelId, provider, status, units: { input }, durationMs, detail: { finish_reason: finish } }
          await lane.settle(settleOf(callId, BigInt(each.cost), more))
          calls.push({ ...customer, ...each, atMs: ledger.now().getTime() })
        }
        for (const { who, byKey, edges: at, groups, measure, ...traits } of questions) {
          const customer = who === undefined ? undefined : customers[who]
          const filter = { ...traits, accountId: customer?.accountId, keyId: byKey ? customer?.keyId : undefined }
          const asked = { filter, edges: at, groups, measure, top: 1_000, rankedFrom: 1 }
          const { series, countedFrom } = await usageSeries(db, asked)
          const found = series.flatMap(({ group, subgroup, bars }) =>
            bars.map(
              (bar, n) =>
                [
                  JSON.stringify([n, group, subgroup].filter((name) => name !== undefined)),
                  Number(bar.amount),
                ] as const,
            ),
          )
          assert.deepEqual(Object.fromEntries(found.filter(([, sum]) => sum > 0)), expected(calls, asked))
          assert.equal(countedFrom, undefined)
        }
      },
    ),
    { numRuns: 120 },
  )
  assert.ok(calls.length > 100)
})

test('beyond the top everything is one, and the sum stays', async (t) => {
  const ledger = await testLedger(t)
  const { db } = ledger
  const lane = ledger.openLane()
  const customer = await ledger.customer(10n ** 9n)
  for (const [n, cost] of [5n, 40n, 3n, 20n, 1n].entries()) {
    const callId = ledger.makeId()
    await lane.reserve(reserveOf(customer, callId, cost))
    await lane.settle(settleOf(callId, cost, { modelId: `m/${n}` }))
  }
  const now = ledger.now().getTime()
  const edges = [new Date(now - hourMs), new Date(now + 1)]
  const asked = {
    filter: { accountId: customer.accountId },
    edges,
    groups: ['model'],
    measure: 'spend',
    top: 2,
    rankedFrom: 1,
  } as const
  for (let summed = 0; summed < 2; summed++) {
    const { series } = await usageSeries(db, asked)
    assert.deepEqual(
      series.map(({ group, bars }) => [group, bars[0]!.amount]),
      [
        ['m/1', 40n],
        ['m/3', 20n],
        [null, 9n],
      ],
    )
    await sumUpUsage(db)
  }
})

test('percentiles are within 0.4 % of those of the calls, summed up or not', async (t) => {
  const ledger = await testLedger(t)
  const { db } = ledger
  const lane = ledger.openLane()
  const customer = await ledger.customer(10n ** 9n)
  const times = fc.sample(fc.integer({ min: 0, max: 40_000_000 }), 60).map((ms, n) => (n % 2 === 0 ? ms % 1_000 : ms))
  for (const [n, durationMs] of times.entries()) {
    if (n === 30) await sumUpUsage(db)
    const callId = ledger.makeId()
    await lane.reserve(reserveOf(customer, callId, 1n))
    await lane.settle(settleOf(callId, 1n, { durationMs, firstByteMs: undefined }))
  }
  const sorted = times.toSorted((a, b) => a - b)
  const now = ledger.now().getTime()
  const filter = { accountId: customer.accountId }
  const edges = [new Date(Math.floor(now / hourMs) * hourMs), new Date(Math.floor(now / hourMs) * hourMs + hourMs)]
  const { series } = await usageSeries(db, { filter, edges, groups: [], measure: 'durations', top: 1, rankedFrom: 1 })
  for (const part of [0.01, 0.5, 0.95, 0.99, 1]) {
    const exact = sorted[Math.max(1, Math.ceil(part * sorted.length)) - 1]!
    const told = percentileOf(series[0]!.bars[0]!.lengths, part)!
    assert.ok(Math.abs(told - exact) <= exact * 0.004, `${part}: ${told} for ${exact}`)
  }
  const first = await usageSeries(db, { filter, edges, groups: [], measure: 'first_tokens', top: 1, rankedFrom: 1 })
  assert.equal(percentileOf(first.series[0]!.bars[0]!.lengths, 0.5), null)
})
