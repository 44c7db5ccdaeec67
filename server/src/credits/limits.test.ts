import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { nanoUsd } from '../core/money.ts'
import { balanceOf, findKeySpends, type KeyBudget, reconcile, setAccountFrozen, setKeyBudget } from './index.ts'
import { type Customer, reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger
const lane = ledger.openLane()

const at = (text: string) => ledger.setNow(new Date(text))

async function spend(customer: Customer, amount: bigint): Promise<string> {
  const callId = makeId()
  const reserved = await lane.reserve(reserveOf(customer, callId, amount))
  if (reserved.kind !== 'held') return reserved.kind === 'refused' ? `refused by ${reserved.limit}` : reserved.kind
  await lane.settle(settleOf(callId, amount))
  return 'spent'
}

const windowOf = async (keyId: string) => (await findKeySpends(db, [keyId], ledger.now()))[0]!

const refuses = (limit: 'account' | 'key' | 'call', available: bigint, heldByOthers: bigint) => ({
  kind: 'refused',
  limit,
  available,
  heldByOthers,
})

test('a daily limit is whole again at midnight UTC, not a moment earlier', async () => {
  at('2026-03-10T23:59:59.999Z')
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(100n), window: 'day' })
  assert.equal(await spend(customer, 100n), 'spent')
  assert.equal(await spend(customer, 1n), 'refused by key')
  at('2026-03-11T00:00:00.000Z')
  const { windowSpent, windowStart, totalSpent, limitLeft } = await windowOf(customer.keyId)
  assert.deepEqual([windowSpent, windowStart, totalSpent, limitLeft], [0n, ledger.now(), 100n, 100n])
  assert.equal(await spend(customer, 100n), 'spent')
  assert.equal(await spend(customer, 1n), 'refused by key')
})

test('a weekly limit begins on Monday', async () => {
  at('2026-03-15T23:00:00Z') // a Sunday
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(10n), window: 'week' })
  assert.equal(await spend(customer, 10n), 'spent')
  at('2026-03-16T00:00:00Z')
  assert.deepEqual((await windowOf(customer.keyId)).windowStart, ledger.now())
  assert.equal(await spend(customer, 10n), 'spent')
  at('2026-03-22T23:59:59Z')
  assert.equal(await spend(customer, 1n), 'refused by key')
  at('2026-03-23T00:00:00Z')
  assert.equal(await spend(customer, 1n), 'spent')
})

test('a monthly limit knows February, leap days and the turn of the year', async () => {
  at('2028-02-29T12:00:00Z')
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(10n), window: 'month' })
  assert.equal(await spend(customer, 10n), 'spent')
  at('2028-02-29T23:59:59Z')
  assert.equal(await spend(customer, 1n), 'refused by key')
  at('2028-03-01T00:00:00Z')
  assert.equal(await spend(customer, 10n), 'spent')
  at('2028-12-31T23:59:59Z')
  assert.equal(await spend(customer, 10n), 'spent')
  at('2029-01-01T00:00:00Z')
  assert.equal(await spend(customer, 10n), 'spent')
})

test('a window never goes back: a clock that does cannot spend a limit twice', async () => {
  at('2026-04-02T00:00:01Z')
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(10n), window: 'day' })
  assert.equal(await spend(customer, 10n), 'spent')
  at('2026-04-01T23:59:59Z')
  assert.equal(await spend(customer, 1n), 'refused by key')
  at('2026-04-02T00:00:02Z')
  assert.equal(await spend(customer, 1n), 'refused by key')
})

test('a call that is settled in a later window counts in the one it was held in', async () => {
  at('2026-05-01T23:59:00Z')
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(100n), window: 'day' })
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 100n))
  at('2026-05-02T00:01:00Z')
  assert.deepEqual((await windowOf(customer.keyId)).limitLeft, 100n)
  assert.equal(await spend(customer, 60n), 'spent')
  await lane.settle(settleOf(callId, 90n))
  const { windowSpent, windowHeld, totalSpent } = await windowOf(customer.keyId)
  assert.deepEqual([windowSpent, windowHeld, totalSpent], [60n, 0n, 150n])
})

test('a call that grows in a later window moves there whole, if there is room', async () => {
  at('2026-05-03T23:59:00Z')
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(100n), window: 'day' })
  const [moving, staying] = [makeId(), makeId()]
  await lane.reserve(reserveOf(customer, moving, 40n))
  await lane.reserve(reserveOf(customer, staying, 50n))
  at('2026-05-04T00:01:00Z')
  const expiresAtMs = Date.now()
  assert.deepEqual(await lane.grow({ callId: moving, amountWanted: nanoUsd(60n), expiresAtMs }), {
    kind: 'held',
    amount: 60n,
  })
  assert.deepEqual((await windowOf(customer.keyId)).windowHeld, 60n)
  assert.deepEqual(await lane.grow({ callId: staying, amountWanted: nanoUsd(70n), expiresAtMs }), {
    kind: 'held',
    amount: 50n,
    limit: 'key',
  })
  assert.deepEqual((await windowOf(customer.keyId)).windowHeld, 60n)
})

test('a new window is filled with what the key spent in it already, open calls too', async () => {
  at('2026-06-10T12:00:00Z') // a Wednesday
  const customer = await ledger.customer(1_000n)
  assert.equal(await spend(customer, 7n), 'spent')
  at('2026-06-11T12:00:00Z')
  assert.equal(await spend(customer, 5n), 'spent')
  await lane.reserve(reserveOf(customer, makeId(), 3n))
  const set = async (window: KeyBudget['window']) => {
    await setKeyBudget(db, { ...customer, limit: nanoUsd(20n), window, callCap: undefined }, ledger.now())
    const { windowSpent, windowHeld, limitLeft } = await windowOf(customer.keyId)
    return [windowSpent, windowHeld, limitLeft]
  }
  assert.deepEqual(await set('day'), [5n, 3n, 12n])
  assert.deepEqual(await set('week'), [12n, 3n, 5n])
  assert.deepEqual(await set('total'), [12n, 3n, 5n])
  assert.deepEqual(await set('day'), [5n, 3n, 12n])
})

test('lowering a limit below what is used takes nothing back, and only stops new holds', async () => {
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(100n) })
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 80n))
  await setKeyBudget(db, { ...customer, limit: nanoUsd(50n), window: 'total', callCap: undefined })
  assert.deepEqual((await windowOf(customer.keyId)).limitLeft, 0n)
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 1n)), refuses('key', 0n, 80n))
  assert.deepEqual(await lane.settle(settleOf(callId, 80n)), {
    kind: 'settled',
    charged: 80n,
    shortfall: 0n,
    balanceAfter: 920n,
  })
})

test('no call costs more than the cap of its key, even when its provider says so', async () => {
  const customer = await ledger.customer(1_000n, { callCap: nanoUsd(30n) })
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 31n)), refuses('call', 30n, 0n))
  const callId = makeId()
  const some = { amountMin: nanoUsd(10n) }
  assert.deepEqual(await lane.reserve(reserveOf(customer, callId, 50n, some)), { kind: 'held', amount: 30n })
  assert.deepEqual(await lane.settle(settleOf(callId, 45n)), {
    kind: 'settled',
    charged: 30n,
    shortfall: 15n,
    balanceAfter: 970n,
  })
})

test('a settle above its hold takes what is free and not a nano-USD more', async () => {
  const customer = await ledger.customer(100n)
  const [dear, other] = [makeId(), makeId()]
  await lane.reserve(reserveOf(customer, dear, 50n))
  await lane.reserve(reserveOf(customer, other, 30n))
  assert.deepEqual(await lane.settle(settleOf(dear, 90n)), {
    kind: 'settled',
    charged: 70n,
    shortfall: 20n,
    balanceAfter: 30n,
  })
  assert.deepEqual(await lane.settle(settleOf(other, 30n)), {
    kind: 'settled',
    charged: 30n,
    shortfall: 0n,
    balanceAfter: 0n,
  })
})

test('a frozen account starts no call, and finishes those that run', async () => {
  const customer = await ledger.customer(100n)
  const callId = makeId()
  const request = reserveOf(customer, callId, 10n)
  await lane.reserve(request)
  assert.equal(await setAccountFrozen(db, customer.accountId, true), true)
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 1n)), { kind: 'frozen' })
  assert.deepEqual(await lane.reserve(request), { kind: 'held', amount: 10n })
  assert.equal((await lane.settle(settleOf(callId, 10n))).kind, 'settled')
  await setAccountFrozen(db, customer.accountId, false)
  assert.equal(await spend(customer, 1n), 'spent')
})

test("a key spends its own account's credits only", async () => {
  const [one, two] = [await ledger.customer(100n), await ledger.customer(100n)]
  const crossed = { accountId: one.accountId, keyId: two.keyId }
  assert.deepEqual(await lane.reserve(reserveOf(crossed, makeId(), 1n)), { kind: 'unknown' })
  assert.deepEqual(await lane.reserve(reserveOf({ ...one, keyId: makeId() }, makeId(), 1n)), { kind: 'unknown' })
  await assert.rejects(setKeyBudget(db, { ...crossed, limit: undefined, window: 'day', callCap: undefined }))
})

test('a call id far from the clock is refused: its receipt would be filed where nobody looks', async () => {
  const customer = await ledger.customer(100n)
  const callId = makeId()
  ledger.passMs(25 * 3_600_000)
  await assert.rejects(lane.reserve(reserveOf(customer, callId, 1n)), { code: 'ledger_unavailable' })
})

test('changes of a window, notes of progress, growths and settles of one key never wait for each other in a ring', async () => {
  const customer = await ledger.customer(1_000_000n)
  const calls = Array.from({ length: 60 }, makeId)
  await Promise.all(calls.map((callId) => lane.reserve(reserveOf(customer, callId, 10n))))
  const note = (order: readonly string[]) =>
    ledger.database.pool.query('select from ledger_apply($1, $2, null, null, null, $3)', [
      makeId(),
      ledger.now(),
      JSON.stringify(order.map((callId) => ({ call_id: callId, cost: '1', progress: {} }))),
    ])
  const change = (window: KeyBudget['window']) =>
    setKeyBudget(db, { ...customer, limit: undefined, window, callCap: undefined }, ledger.now())
  const other = ledger.openLane()
  const works = Array.from({ length: 12 }, (_, n) => [
    note(calls),
    note(calls.toReversed()),
    change(n % 2 === 0 ? 'day' : 'month'),
    lane.grow({ callId: calls[n]!, amountWanted: nanoUsd(20n), expiresAtMs: 0 }),
    other.settle(settleOf(calls[59 - n]!, 30n)),
  ])
  const outcomes = await Promise.allSettled(works.flat())
  assert.deepEqual(
    outcomes.filter(({ status }) => status === 'rejected'),
    [],
  )
})

/** Four gateways that share a database, each with its own lane, ask as fast as they can for more than there is. */
async function race(customers: readonly Customer[], each: bigint): Promise<bigint> {
  const lanes = Array.from({ length: 4 }, () => ledger.openLane())
  const answers = await Promise.all(
    lanes.flatMap((own) =>
      Array.from({ length: 500 }, async (_, n): Promise<bigint> => {
        const callId = makeId()
        const reserved = await own.reserve(reserveOf(customers[n % customers.length]!, callId, each))
        if (reserved.kind !== 'held') return 0n
        const settled = await own.settle(settleOf(callId, each))
        return settled.kind === 'settled' ? settled.charged : 0n
      }),
    ),
  )
  await Promise.all(lanes.map((own) => own.close()))
  return answers.reduce((sum, charged) => sum + charged, 0n)
}

test('four lanes spend exactly what the account has', async () => {
  const first = await ledger.customer(7_000n)
  const keys = [first]
  for (let n = 0; n < 3; n++) keys.push({ ...first, keyId: await ledger.addKey(first.accountId) })
  assert.equal(await race(keys, 10n), 7_000n)
  const { available, held, spent } = (await balanceOf(db, first.accountId))!
  assert.deepEqual([available, held, spent], [0n, 0n, 7_000n])
})

test('four lanes spend exactly what the limit of the key allows', async () => {
  const customer = await ledger.customer(1_000_000n, { limit: nanoUsd(12_380n), window: 'month' })
  assert.equal(await race([customer], 10n), 12_380n)
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(ledger.database)
  assert.deepEqual(
    invariants.filter(({ ok, id }) => !ok && id !== 'I10'),
    [],
  )
})
