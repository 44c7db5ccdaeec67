import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, test } from 'node:test'
import { AppError } from '../../core/errors.ts'
import { nanoUsd } from '../../core/money.ts'
import { type Database, openDatabase } from '../../platform/database/index.ts'
import { balanceOf, findCharge, findOpenHold, openHoldsOf, reconcile } from '../index.ts'
import { reserveOf, settleOf, testLedger } from '../test/ledger.ts'
import { opQueue } from './queue.ts'
import { storableJson } from './wire.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger

const rejectsAs = (code: string) => (error: unknown) => error instanceof AppError && error.code === code

test('operations that arrive while a flush is in flight form the next batch', async () => {
  const flushes: number[] = []
  const lane = ledger.openLane({ onFlush: ({ ops }) => flushes.push(ops) })
  const customer = await ledger.customer(1_000n)
  const first = lane.reserve(reserveOf(customer, makeId(), 1n))
  await sleep(0)
  const rest = Array.from({ length: 50 }, () => lane.reserve(reserveOf(customer, makeId(), 1n)))
  await Promise.all([first, ...rest])
  assert.deepEqual(flushes, [1, 50])
})

test('a batch has no more operations than allowed', async () => {
  const flushes: number[] = []
  const lane = ledger.openLane({ opsMax: 20, onFlush: ({ ops }) => flushes.push(ops) })
  const customer = await ledger.customer(1_000n)
  await Promise.all(Array.from({ length: 45 }, () => lane.reserve(reserveOf(customer, makeId(), 1n))))
  assert.deepEqual(flushes, [20, 20, 5])
})

test('operations of one call are applied in the order of asking, never two in a batch', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  const request = reserveOf(customer, callId, 100n)
  const answers = await Promise.all([
    lane.reserve(request),
    lane.grow({ callId, amountWanted: nanoUsd(150n), expiresAtMs: request.expiresAtMs }),
    lane.settle(settleOf(callId, 120n)),
    lane.settle(settleOf(callId, 120n)),
    lane.reserve(request),
  ])
  assert.deepEqual(answers, [
    { kind: 'held', amount: 100n },
    { kind: 'held', amount: 150n },
    { kind: 'settled', charged: 120n, shortfall: 0n, balanceAfter: 880n },
    { kind: 'replayed', charged: 120n, shortfall: 0n },
    { kind: 'conflict' },
  ])
})

test('the queue keeps the order of each call and the size of each batch', () => {
  const queue = opQueue()
  const push = (callId: string) =>
    queue.push({
      kind: 'grow',
      request: { callId, amountWanted: nanoUsd(1n), expiresAtMs: 0 },
      resolve: () => {},
      reject: () => {},
    })
  for (const callId of ['a', 'a', 'b', 'c', 'a', 'b']) push(callId)
  const take = () => queue.take(2).map(({ request }) => request.callId)
  assert.deepEqual([take(), take(), take(), take()], [['a', 'b'], ['a', 'c'], ['a', 'b'], []])
})

test('a lost connection loses nothing and doubles nothing', async () => {
  const lost: string[] = []
  const database = openDatabase({ connection: ledger.database.connection, applicationName: 'lane-cut' })
  const lane = ledger.openLane({ database, log: (message) => lost.push(message) })
  const customer = await ledger.customer(100_000n)
  let cutting = true
  const cut = async () => {
    // On a slow machine a cut may find nobody connected; in vain for that long it shows nothing.
    for (let times = 0; times < 8 || (lost.length === 0 && times < 400); times++) {
      await ledger.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lane-cut'`,
      )
      await sleep(15)
    }
    cutting = false
  }
  let charged = 0n
  const call = async () => {
    while (cutting) {
      const callId = makeId()
      assert.deepEqual(await lane.reserve(reserveOf(customer, callId, 5n)), { kind: 'held', amount: 5n })
      const settled = await lane.settle(settleOf(callId, 3n))
      assert.ok(settled.kind === 'settled' || settled.kind === 'replayed')
      charged += settled.charged
    }
  }
  await Promise.all([cut(), ...Array.from({ length: 20 }, call)])
  await lane.close()
  await database.close()
  const { available, held, spent } = (await balanceOf(db, customer.accountId))!
  assert.deepEqual([available, held, spent], [100_000n - charged, 0n, charged])
  assert.ok(lost.length > 0, 'no connection was cut in mid-batch: the test shows nothing')
})

test('a ledger that cannot be reached is said so after the deadline', async () => {
  const database = openDatabase({ connection: { host: '/nowhere', user: 'nobody', database: 'none' } })
  const lane = ledger.openLane({ database, deadlineMs: 50 })
  const customer = await ledger.customer(10n)
  await assert.rejects(lane.reserve(reserveOf(customer, makeId(), 1n)), rejectsAs('ledger_unavailable'))
  await lane.close()
  await database.close()
})

test('an operation that PostgreSQL refuses spoils nobody else', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const calls = Array.from({ length: 30 }, makeId)
  await Promise.all(calls.map((callId) => lane.reserve(reserveOf(customer, callId, 10n))))
  const spoilt = calls[17]!
  const settles = calls.map((callId) =>
    lane.settle(settleOf(callId, 10n, callId === spoilt ? { status: 100_000 } : {})),
  )
  const answers = await Promise.allSettled(settles)
  assert.deepEqual(
    answers.map(({ status }) => status === 'fulfilled'),
    calls.map((callId) => callId !== spoilt),
  )
  assert.equal((await balanceOf(db, customer.accountId))!.spent, 290n)
  assert.equal((await lane.settle(settleOf(spoilt, 10n))).kind, 'settled')
})

test('what cannot be recorded is refused before it is sent', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 1n))
  const internal = rejectsAs('internal_error')
  await assert.rejects(lane.settle(settleOf(callId, -1n)), internal)
  await assert.rejects(lane.settle(settleOf(callId, 10n ** 18n)), internal)
  await assert.rejects(lane.settle(settleOf(callId, 1n, { units: { output: 0.5 } })), internal)
  await assert.rejects(lane.settle(settleOf(callId, 1n, { providerShareBps: 10_001 })), internal)
  await assert.rejects(lane.reserve(reserveOf(customer, makeId(), 1n, { amountMin: nanoUsd(2n) })), internal)
  assert.equal((await lane.settle(settleOf(callId, 1n))).kind, 'settled')
})

test('whatever an upstream says can stand in a receipt: NUL and halves of surrogate pairs are replaced', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 1n))
  const said = 'a\u0000b \uD800 \uDC00 \u{1F600} \\u0000 \\\\ \\'
  await lane.settle(settleOf(callId, 1n, { detail: { said, [said]: 1 } }))
  const kept = 'a\uFFFDb \uFFFD \uFFFD \u{1F600} \\u0000 \\\\ \\'
  assert.deepEqual((await findCharge(db, callId))?.detail, { said: kept, [kept]: 1 })
})

test('replacing in JSON text never breaks an escape that belongs to the text', () => {
  for (const text of ['\\u0000', '\\\u0000', '\\\\u0000', '\\\\\u0000', '\\ud800', '\u0000\u0000', 'plain']) {
    const expected = text.replaceAll('\u0000', '\uFFFD')
    assert.equal(JSON.parse(storableJson(JSON.stringify(text))), expected)
  }
})

test('too many waiting reserves are refused; settles never are', async () => {
  const lane = ledger.openLane({ queueMax: 10 })
  const customer = await ledger.customer(1_000n)
  const calls = Array.from({ length: 10 }, makeId)
  await Promise.all(calls.map((callId) => lane.reserve(reserveOf(customer, callId, 1n))))
  const answers = await Promise.allSettled([
    ...calls.map((callId) => lane.settle(settleOf(callId, 1n))),
    lane.reserve(reserveOf(customer, makeId(), 1n)),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [...calls.map(() => 'fulfilled'), 'rejected'],
  )
})

test('a closing lane refuses calls, and finishes what it was told', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n))
  lane.checkpoint(callId, { cost: nanoUsd(4n), units: { output: 2 } })
  const settled = lane.settle(settleOf(callId, 10n))
  const closed = lane.close()
  await assert.rejects(lane.reserve(reserveOf(customer, makeId(), 1n)), rejectsAs('shutting_down'))
  assert.equal((await settled).kind, 'settled')
  await closed
  await assert.rejects(lane.settle(settleOf(callId, 10n)), rejectsAs('shutting_down'))
})

test('notes of progress are written without a flush of their own being waited for, the newest per call', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n))
  for (let tokens = 1; tokens <= 9; tokens++)
    lane.checkpoint(callId, { cost: nanoUsd(BigInt(tokens)), units: { output: tokens } })
  const noted = () => checkpointOf(ledger.database, callId)
  for (let waitedMs = 0; (await noted()) === '0' && waitedMs < 10_000; waitedMs += 50) await sleep(50)
  assert.equal(await noted(), '9')
  lane.checkpoint(callId, { cost: nanoUsd(10n), units: { output: 10 } })
  await lane.close()
  assert.equal(await noted(), '10', 'closing writes what is still to be noted')
})

async function checkpointOf(database: Database, callId: string): Promise<string> {
  const { rows } = await database.pool.query<{ cost: bigint }>(
    'select checkpoint_cost as cost from hold where call_id = $1',
    [callId],
  )
  return String(rows[0]?.cost)
}

test('an open hold is seen as it is, and only until it is settled', async () => {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  const request = reserveOf(customer, callId, 10n, { context: { modelId: 'a/b', streamed: true } })
  await lane.reserve(request)
  const hold = await findOpenHold(db, callId)
  assert.deepEqual(
    [hold?.amount, hold?.keyId, hold?.expiresAt, hold?.context],
    [10n, customer.keyId, new Date(request.expiresAtMs), request.context],
  )
  assert.deepEqual(await openHoldsOf(db, customer.accountId), [hold])
  await lane.settle(settleOf(callId, 0n, { state: 'failed', status: 502, units: {}, usageSource: 'none' }))
  assert.equal(await findOpenHold(db, callId), undefined)
  const charge = await findCharge(db, callId)
  assert.deepEqual([charge?.state, charge?.charged, charge?.units], ['failed', 0n, {}])
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(ledger.database)
  assert.deepEqual(
    invariants.filter(({ ok }) => !ok),
    [],
  )
})
