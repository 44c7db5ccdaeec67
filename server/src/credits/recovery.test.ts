import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nanoUsd } from '../core/money.ts'
import {
  balanceOf,
  findCharge,
  heartbeat,
  openHoldsOf,
  reconcile,
  recoverLostCalls,
  registerProcess,
  removeProcess,
} from './index.ts'
import { reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger

/** Which of the processes, other than the sibling that asks, are gone is for the test to say. */
const sibling = (isGone: (pid: number) => boolean = () => false) => ({ processId: makeId(), host: 'here', isGone })

async function startGateway(pid: number, host = 'here') {
  const processId = makeId()
  await registerProcess(db, { id: processId, host, pid }, ledger.now())
  return { processId, lane: ledger.openLane({ processId }) }
}

const context = { modelId: 'test/model', provider: 'test', providerShareBps: 5_000, promptBytes: 12 }

test('calls of a process that fell silent are settled for what they had delivered', async () => {
  const { lane } = await startGateway(1)
  const customer = await ledger.customer(1_000n)
  const [noted, silent] = [makeId(), makeId()]
  await lane.reserve(reserveOf(customer, noted, 100n, { context }))
  await lane.reserve(reserveOf(customer, silent, 100n, { context }))
  lane.checkpoint(noted, { cost: nanoUsd(41n), units: { input: 5, output: 9, image: 1 }, detail: { streamed: true } })
  await lane.close()

  ledger.passMs(14_000)
  assert.deepEqual(await recoverLostCalls(db, sibling(), ledger.now()), [], 'not dead yet')
  ledger.passMs(2_000)
  const recovered = await recoverLostCalls(db, sibling(), ledger.now())
  const { accountId } = customer
  assert.deepEqual(
    recovered.toSorted((a, b) => a.callId.localeCompare(b.callId)),
    [
      { callId: noted, accountId, charged: 41n, shortfall: 0n },
      { callId: silent, accountId, charged: 0n, shortfall: 0n },
    ].toSorted((a, b) => a.callId.localeCompare(b.callId)),
  )
  const charge = await findCharge(db, noted)
  assert.deepEqual(
    [charge?.state, charge?.modelId, charge?.provider, charge?.providerAmount, charge?.units, charge?.usageSource],
    ['interrupted', 'test/model', 'test', 20n, { input: 5, output: 9, image: 1 }, 'counted'],
  )
  assert.deepEqual(charge?.detail, { ...context, streamed: true })
  assert.deepEqual((await findCharge(db, silent))?.usageSource, 'none')
  assert.deepEqual(await recoverLostCalls(db, sibling(), ledger.now()), [])
})

test('progress that a dying process was just noting counts', async (t) => {
  const { lane } = await startGateway(1)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 100n, { context }))
  await lane.close()
  ledger.passMs(60_000)

  const last = await ledger.database.openSession()
  t.after(() => last.end())
  await last.query('begin')
  await last.query('select from key_budget where key_id = $1 for no key update', [customer.keyId])
  const recovering = recoverLostCalls(db, sibling(), ledger.now())
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await ledger.database.pool.query(waits)).rowCount === 0) await sleep(5)
  await last.query('update hold set checkpoint_cost = 73 where call_id = $1', [callId])
  await last.query('commit')
  assert.deepEqual(
    (await recovering).map((call) => [call.callId, call.charged]),
    [[callId, 73n]],
  )
})

test('a process that is known to be gone is not waited for; one of another host is', async () => {
  const [near, far] = [await startGateway(77), await startGateway(77, 'elsewhere')]
  const customer = await ledger.customer(1_000n)
  const [here, there] = [makeId(), makeId()]
  await near.lane.reserve(reserveOf(customer, here, 10n))
  await far.lane.reserve(reserveOf(customer, there, 10n))
  const recovered = await recoverLostCalls(
    db,
    sibling((pid) => pid === 77),
    ledger.now(),
  )
  assert.deepEqual(
    recovered.map(({ callId }) => callId),
    [here],
  )
  assert.deepEqual(
    (await openHoldsOf(db, customer.accountId)).map(({ callId }) => callId),
    [there],
  )
})

test('a batch is a heartbeat', async () => {
  const { lane } = await startGateway(5)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n))
  ledger.passMs(14_000)
  await lane.reserve(reserveOf(customer, makeId(), 10n))
  ledger.passMs(14_000)
  const recovered = await recoverLostCalls(db, sibling(), ledger.now())
  assert.ok(!recovered.some((call) => call.callId === callId))
  assert.equal((await lane.settle(settleOf(callId, 10n))).kind, 'settled')
})

test('a process that was only slow finds its call settled, once, and may go on', async () => {
  const { processId, lane } = await startGateway(6)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n))
  ledger.passMs(60_000)
  await recoverLostCalls(db, sibling(), ledger.now())
  assert.deepEqual(await lane.settle(settleOf(callId, 10n)), { kind: 'replayed', charged: 0n, shortfall: 0n })
  const next = makeId()
  await lane.reserve(reserveOf(customer, next, 10n))
  assert.ok(!(await recoverLostCalls(db, sibling(), ledger.now())).some((call) => call.callId === next))
  assert.equal(await heartbeat(db, processId, ledger.now()), true)
  assert.equal((await lane.settle(settleOf(next, 10n))).kind, 'settled')
})

test('a hold that its living owner forgot is settled after its expiry and a grace', async () => {
  const { lane } = await startGateway(8)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n, { expiresAtMs: ledger.now().getTime() + 1_000 }))
  const mine = async () => {
    await lane.grow({ callId: makeId(), amountWanted: nanoUsd(0n), expiresAtMs: 0 }) // alive
    return (await recoverLostCalls(db, sibling(), ledger.now())).filter((call) => call.callId === callId).length
  }
  ledger.passMs(60_000)
  assert.equal(await mine(), 0)
  ledger.passMs(2_000)
  assert.equal(await mine(), 1)
})

test('siblings that recover at the same time settle each call once', async () => {
  const { lane } = await startGateway(9)
  const customer = await ledger.customer(100_000n)
  const calls = Array.from({ length: 200 }, makeId)
  await Promise.all(calls.map((callId) => lane.reserve(reserveOf(customer, callId, 10n))))
  for (const callId of calls) lane.checkpoint(callId, { cost: nanoUsd(7n), units: { output: 1 } })
  await lane.close()
  ledger.passMs(20_000)
  const recoveries = Array.from({ length: 4 }, () => recoverLostCalls(db, sibling(), ledger.now()))
  const recovered = (await Promise.all(recoveries)).flat().filter(({ accountId }) => accountId === customer.accountId)
  assert.deepEqual(recovered.map(({ callId }) => callId).toSorted(), calls.toSorted())
  assert.equal((await balanceOf(db, customer.accountId))!.spent, 1_400n)
})

test('nonsense in the context of a hold does not keep it from being resolved', async () => {
  const { lane } = await startGateway(10)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  const nonsense = { modelId: 5, offerId: 'none', providerShareBps: 'all', promptBytes: 1e300 }
  await lane.reserve(reserveOf(customer, callId, 10n, { context: nonsense }))
  ledger.passMs(20_000)
  const recovered = await recoverLostCalls(db, sibling(), ledger.now())
  assert.ok(recovered.some((call) => call.callId === callId))
  assert.deepEqual((await findCharge(db, callId))?.detail, nonsense)
})

test('a process that ends in order is forgotten at once, one with open calls only when they are settled', async () => {
  const { processId, lane } = await startGateway(11)
  const customer = await ledger.customer(1_000n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 10n))
  await removeProcess(db, processId)
  assert.equal(await heartbeat(db, processId, ledger.now()), true)
  await lane.settle(settleOf(callId, 10n))
  await removeProcess(db, processId)
  assert.equal(await heartbeat(db, processId, ledger.now()), false)
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(ledger.database, { now: ledger.now() })
  assert.deepEqual(
    invariants.filter(({ ok }) => !ok),
    [],
  )
})
