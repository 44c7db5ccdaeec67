import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { generationId, uuidTimeMs } from '../core/ids.ts'
import {
  balanceOf,
  type ChargeFilter,
  searchCharges,
  type SearchPlace,
  ensureChargePartitions,
  findCharge,
  grant,
  learnedBounds,
  movementsOf,
  type Units,
  usageBy,
} from './index.ts'
import { nanoUsd } from '../core/money.ts'
import { type Customer, reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger
const lane = ledger.openLane()
const dayMs = 86_400_000

async function call(customer: Customer, cost: bigint, more: Parameters<typeof settleOf>[2] = {}): Promise<string> {
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, cost))
  await lane.settle(settleOf(callId, cost, more))
  return callId
}

test('a receipt says all that was told of the call, and its time is that of its id', async () => {
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  const units: Units = { input: 1, cached_input: 2, cache_write: 3, output: 4, reasoning: 5, image: 6, audio_input: 7 }
  const offerId = makeId()
  await lane.reserve(reserveOf(customer, callId, 100n))
  const told = { units, offerId, state: 'aborted', status: 499, detail: { finish_reason: 'stop' } } as const
  await lane.settle(settleOf(callId, 90n, { ...told, firstByteMs: undefined, durationMs: 12.4, promptBytes: 3 }))
  const charge = (await findCharge(db, callId))!
  assert.deepEqual(charge, {
    ...customer,
    ...told,
    callId,
    at: new Date(uuidTimeMs(callId)),
    settledAt: ledger.now(),
    modelId: 'test/model',
    provider: 'test',
    usageSource: 'provider',
    promptBytes: 3,
    firstByteMs: undefined,
    durationMs: 12,
    held: 100n,
    charged: 90n,
    shortfall: 0n,
    providerAmount: 63n,
    balanceAfter: 910n,
  })
  assert.equal(await findCharge(db, makeId()), undefined)
})

test('the statement is an unbroken chain, whatever its pages: each balance is the one before and the amount', async () => {
  const customer = await ledger.customer(500n)
  for (let times = 0; times < 6; times++) {
    await Promise.all(Array.from({ length: 5 }, (_, n) => call(customer, BigInt(n * 3)))) // the first of each is free
    const transferId = makeId()
    await grant(db, { ...customer, transferId, amount: nanoUsd(7n), reference: transferId, note: 'a note' })
  }
  for (const limit of [1, 4, 100]) {
    const movements = []
    for (let beforeSequence: bigint | undefined; ;) {
      const page = await movementsOf(db, { accountId: customer.accountId, beforeSequence, limit })
      movements.push(...page)
      beforeSequence = page.at(-1)?.sequence
      if (page.length < limit) break
    }
    assert.equal(movements.length, 1 + 6 * (4 + 1))
    let balance = 0n
    for (const [at, { sequence, amount, balanceAfter, kind, note }] of movements.toReversed().entries()) {
      balance += amount
      assert.deepEqual([sequence, balanceAfter], [BigInt(at + 1), balance])
      assert.equal(kind, amount < 0n ? 'usage' : 'grant')
      assert.equal(note, amount === 7n ? 'a note' : undefined)
    }
    assert.equal(balance, (await balanceOf(db, customer.accountId))!.available)
  }
})

test('usage names the generation', async () => {
  const customer = await ledger.customer(500n)
  const callId = await call(customer, 5n)
  const [movement] = await movementsOf(db, { ...customer, limit: 1 })
  assert.equal(movement?.reference, generationId(callId))
})

test('pages of receipts give each once, newest first, under every filter', async () => {
  const customer = await ledger.customer(10_000n)
  const second = { ...customer, keyId: await ledger.addKey(customer.accountId) }
  const made: string[] = []
  for (let n = 0; n < 24; n++) {
    const more = { modelId: `test/${n % 3}`, state: n % 2 === 0 ? 'ok' : 'aborted' } as const
    made.push(await call(n % 4 === 0 ? second : customer, BigInt(n), more))
    ledger.passMs(n % 5 === 0 ? dayMs * 3 : 1)
  }
  const all = async (filter: ChargeFilter) => {
    const ids: string[] = []
    for (let before: SearchPlace | undefined; ;) {
      const page = await searchCharges(db, { accountId: customer.accountId, ...filter, before, limit: 5 })
      ids.push(...page.charges.map(({ callId }) => callId))
      before = page.next
      if (!before) return ids
    }
  }
  const those = (which: (n: number) => boolean) => made.filter((_, n) => which(n)).toReversed()
  assert.deepEqual(
    await all({}),
    those(() => true),
  )
  assert.deepEqual(
    await all({ keyId: second.keyId }),
    those((n) => n % 4 === 0),
  )
  assert.deepEqual(
    await all({ modelId: 'test/1', state: 'ok' }),
    those((n) => n % 3 === 1 && n % 2 === 0),
  )
  const [from, to] = [new Date(uuidTimeMs(made[6]!)), new Date(uuidTimeMs(made[17]!))]
  assert.deepEqual(
    await all({ from, to }),
    those((n) => n >= 6 && n < 17),
  )
})

test('the sums of usage are those of the ledger, however they are grouped', async () => {
  const used = fc.record({
    cost: fc.bigInt({ min: 0n, max: 90n }),
    model: fc.constantFrom('test/a', 'test/b'),
    status: fc.constantFrom(200, 499, 502),
    input: fc.nat(500),
    image: fc.nat(3),
    hours: fc.nat(30),
    key: fc.nat(1),
  })
  const dimensions = fc.uniqueArray(fc.constantFrom('key', 'model', 'day', 'status'))
  const property = fc.asyncProperty(fc.array(used, { maxLength: 12 }), dimensions, async (calls, groupBy) => {
    const customer = await ledger.customer(2_000n)
    const keys = [customer.keyId, await ledger.addKey(customer.accountId)]
    for (const { cost, model, status, input, image, hours, key } of calls) {
      ledger.passMs(hours * 3_600_000)
      await call({ ...customer, keyId: keys[key]! }, cost, { modelId: model, status, units: { input, image } })
    }
    const rows = await usageBy(db, { accountId: customer.accountId, groupBy })
    const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0)
    const { spent } = (await balanceOf(db, customer.accountId))!
    assert.equal(
      rows.reduce((total, { charged }) => total + charged, 0n),
      spent,
    )
    assert.equal(
      sum((row) => row.calls),
      calls.length,
    )
    assert.equal(
      sum(({ units }) => units.input ?? 0),
      calls.reduce((total, { input }) => total + input, 0),
    )
    assert.equal(
      sum(({ units }) => units.image ?? 0),
      calls.reduce((total, { image }) => total + image, 0),
    )
    const groups = new Set(rows.map((row) => JSON.stringify(groupBy.map((dimension) => row[dimension]))))
    assert.equal(groups.size, rows.length)
    if (groupBy.includes('key')) {
      for (const { key, charged } of await usageBy(db, { accountId: customer.accountId, groupBy: ['key'] })) {
        const own = calls.filter((made) => keys[made.key] === key).reduce((total, { cost }) => total + cost, 0n)
        assert.equal(charged, own)
      }
    }
  })
  await fc.assert(property, { numRuns: 40 })
})

test('a day of usage is a day of UTC', async () => {
  ledger.setNow(new Date('2027-01-01T00:00:00.000Z'))
  const customer = await ledger.customer(100n)
  ledger.setNow(new Date('2026-12-31T23:59:59.999Z'))
  await call(customer, 1n)
  ledger.passMs(1)
  await call(customer, 2n)
  const days = await usageBy(db, { accountId: customer.accountId, groupBy: ['day'] })
  assert.deepEqual(
    days.map(({ day, charged }) => [day, charged]),
    [
      ['2026-12-31', 1n],
      ['2027-01-01', 2n],
    ],
  )
  const from = ledger.now()
  assert.deepEqual((await usageBy(db, { accountId: customer.accountId, from, groupBy: [] }))[0]?.charged, 2n)
})

test('bounds are learned per model from what providers counted', async () => {
  const customer = await ledger.customer(10_000n)
  const modelId = 'test/teacher'
  const from = ledger.now()
  for (let n = 1; n <= 100; n++) {
    const units = { input: 100 + n, cached_input: 100, output: n, reasoning: n }
    await call(customer, 1n, { modelId, promptBytes: 1_000, units })
  }
  await call(customer, 1n, { modelId, promptBytes: 1_000, units: { output: 9_999 }, usageSource: 'counted' })
  await call(customer, 1n, { modelId, promptBytes: 10, units: { input: 10, output: 1 } })
  const learned = (await learnedBounds(db, from)).find((bound) => bound.modelId === modelId)
  assert.deepEqual(learned, { modelId, calls: 101, outputTokensP95: 190, tokensPerByteP99: 0.299 })
})

test('receipts have their weekly partitions weeks ahead; making them again makes none', async () => {
  const now = new Date('2031-01-01T12:00:00Z') // the year turns within the week
  assert.equal(await ensureChargePartitions(db, now), 5)
  assert.equal(await ensureChargePartitions(db, now), 0)
  assert.equal(await ensureChargePartitions(db, new Date('2031-01-06T00:00:00Z')), 1)
  ledger.setNow(now)
  const customer = await ledger.customer(100n)
  const callId = await call(customer, 1n)
  const { rows } = await ledger.database.pool.query(
    'select tableoid::regclass::text as part from charge where call_id = $1',
    [callId],
  )
  assert.deepEqual(rows, [{ part: 'charge_2031w01' }])
})

test('a week whose receipts came before its partition keeps them where they are', async () => {
  ledger.setNow(new Date('2032-05-05T00:00:00Z'))
  const customer = await ledger.customer(100n)
  const callId = await call(customer, 1n)
  assert.equal(await ensureChargePartitions(db, ledger.now()), 4)
  assert.equal((await findCharge(db, callId))?.charged, 1n)
})
