import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sumUpUsage, type UsageBy, usageBy, type UsageDimension } from './index.ts'
import { type Customer, reserveOf, settleOf, testLedger } from './test/ledger.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

type Call = Customer & {
  readonly atMs: number
  readonly model: string
  readonly status: number
  readonly cost: number
  readonly input: number
  readonly image: number
}

const dimensions = ['key', 'model', 'day', 'status'] as const satisfies readonly UsageDimension[]

/** What `usageBy` has to answer, added up from what was called. */
function expected(calls: readonly Call[], { accountId, keyId, from, to, groupBy }: UsageBy) {
  const groups = new Map<string, Record<string, number | bigint>>()
  const wanted = calls.filter(
    (call) =>
      (accountId === undefined || call.accountId === accountId) &&
      (keyId === undefined || call.keyId === keyId) &&
      (!from || call.atMs >= from.getTime()) &&
      (!to || call.atMs < to.getTime()),
  )
  for (const call of wanted) {
    const names = { key: call.keyId, model: call.model, status: call.status, day: dayOf(call.atMs) }
    const group = JSON.stringify(groupBy.map((name) => names[name as (typeof dimensions)[number]]))
    const sum = groups.get(group) ?? { calls: 0, charged: 0n, input: 0, image: 0 }
    groups.set(group, {
      calls: Number(sum['calls']) + 1,
      charged: BigInt(sum['charged']!) + BigInt(call.cost),
      input: Number(sum['input']) + call.input,
      image: Number(sum['image']) + call.image,
    })
  }
  return groups
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

test('usage by day equals the receipts at every moment, however often and in whatever pieces it was summed up', async (t) => {
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
      laterMs: fc.nat(20 * hourMs),
      model: fc.constantFrom('a/x', 'b/y'),
      status: fc.constantFrom(200, 499),
      cost: fc.nat(1_000),
      input: fc.nat(100),
      image: fc.nat(2),
    }),
    fc.record({ kind: fc.constant('sum' as const), most: fc.integer({ min: 1, max: 4 }) }),
  )
  const moment = fc.option(
    fc.nat(8 * 24).map((hours) => new Date(startMs + hours * hourMs + 1)),
    { nil: undefined },
  )
  const question = fc.record({
    groupBy: fc.subarray([...dimensions]),
    who: fc.option(fc.nat(2), { nil: undefined }),
    byKey: fc.boolean(),
    from: moment,
    to: moment,
  })

  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      fc.array(question, { maxLength: 4 }),
      async (steps, questions) => {
        for (const each of steps) {
          if (each.kind === 'sum') {
            await sumUpUsage(db, each.most)
            continue
          }
          ledger.setNow(new Date(startMs + (each.laterMs % (7 * dayMs)) + calls.length * 1_000))
          const customer = customers[each.who]!
          const callId = ledger.makeId()
          await lane.reserve(reserveOf(customer, callId, BigInt(each.cost)))
          const { model: modelId, status, input, image } = each
          await lane.settle(settleOf(callId, BigInt(each.cost), { modelId, status, units: { input, image } }))
          calls.push({ ...customer, ...each, atMs: ledger.now().getTime() })
        }
        for (const { who, byKey, ...asked } of questions) {
          const customer = who === undefined ? undefined : customers[who]
          const filter = { ...asked, accountId: customer?.accountId, keyId: byKey ? customer?.keyId : undefined }
          const rows = await usageBy(db, filter)
          const found = new Map(
            rows.map((row) => [
              JSON.stringify(asked.groupBy.map((name) => row[name])),
              { calls: row.calls, charged: row.charged, input: row.units.input ?? 0, image: row.units.image ?? 0 },
            ]),
          )
          const wanted = expected(calls, filter)
          if (asked.groupBy.length === 0 && wanted.size === 0)
            wanted.set('[]', { calls: 0, charged: 0n, input: 0, image: 0 })
          assert.deepEqual(found, wanted)
        }
      },
    ),
    { numRuns: 120 },
  )
  assert.ok(calls.length > 100)
})

test('receipts that are written while others are summed up are counted once each, by whoever sums', async (t) => {
  const ledger = await testLedger(t)
  const { db } = ledger
  const customer = await ledger.customer(10n ** 12n)
  const lanes = [ledger.openLane(), ledger.openLane(), ledger.openLane()]
  let running = true
  const sumUp = async () => {
    while (running) await sumUpUsage(db, 7)
  }
  const summing = [sumUp(), sumUp()]
  const call = async (n: number) => {
    const callId = ledger.makeId()
    const lane = lanes[n % lanes.length]!
    await lane.reserve(reserveOf(customer, callId, 3n))
    await lane.settle(settleOf(callId, 3n))
  }
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 15 }, (_, n) => call(n)))
    const [all] = await usageBy(db, { groupBy: [] })
    assert.deepEqual([all!.calls, all!.charged], [(round + 1) * 15, BigInt(round + 1) * 45n])
  }
  running = false
  await Promise.all(summing)
  await sumUpUsage(db)
  for (const groupBy of [['day'], ['key']] as const) {
    const rows = await usageBy(db, { groupBy })
    assert.equal(
      rows.reduce((sum, row) => sum + row.calls, 0),
      300,
    )
  }
})

test('summing up waits for a receipt that is being written, and gives up rather than hold up the ledger', async (t) => {
  const ledger = await testLedger(t)
  const { db, database } = ledger
  const customer = await ledger.customer(1_000n)
  const lane = ledger.openLane()
  const callId = ledger.makeId()
  await lane.reserve(reserveOf(customer, callId, 5n))
  const slow = await database.openSession()
  t.after(() => slow.end())
  await slow.query('begin')
  await slow.query('select pg_advisory_xact_lock_shared(ledger_postings_lock())')
  await slow.query("select nextval('charge_posting')")
  await lane.settle(settleOf(callId, 5n))
  await sumUpUsage(db)
  const summed = async () =>
    (await database.pool.query<{ posting: bigint }>('select posting from usage_summed')).rows[0]
  assert.deepEqual(await summed(), { posting: 0n })
  await slow.query('commit')
  await sumUpUsage(db)
  assert.deepEqual(await summed(), { posting: 2n })
  assert.deepEqual(
    (await usageBy(db, { groupBy: [] })).map(({ calls, charged }) => [calls, charged]),
    [[1, 5n]],
  )
})
