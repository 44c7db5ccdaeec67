import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { nanoUsd } from '../core/money.ts'
import { balanceOf, correct, expireLots, foldPlatformAccounts, grant, lotsOf, movementsOf, reconcile } from './index.ts'
import { reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger
const lane = ledger.openLane()

const give = (accountId: string, amount: bigint, more: Partial<Parameters<typeof grant>[1]> = {}) => {
  const transferId = makeId()
  return grant(db, { transferId, accountId, amount: nanoUsd(amount), reference: transferId, ...more }, ledger.now())
}

test('a grant is posted once per reference, whoever asks and however often', async () => {
  const { accountId } = await ledger.customer()
  const other = await ledger.customer()
  const answers = await Promise.all(Array.from({ length: 20 }, () => give(accountId, 100n, { reference: 'order 1' })))
  const posted = answers.filter(({ kind }) => kind === 'posted')
  assert.equal(posted.length, 1)
  assert.ok(answers.every((answer) => answer === posted[0] || answer.kind === 'replayed'))
  assert.deepEqual(await give(accountId, 101n, { reference: 'order 1' }), { kind: 'conflict' })
  assert.deepEqual(await give(other.accountId, 100n, { reference: 'order 1' }), { kind: 'conflict' })
  assert.deepEqual(await give(makeId(), 100n), { kind: 'unknown' })
  assert.equal((await balanceOf(db, accountId))!.available, 100n)
})

test('the same reference on two accounts at the same moment credits one of them', async () => {
  for (let times = 0; times < 10; times++) {
    const accounts = [await ledger.customer(), await ledger.customer()]
    const reference = `order ${makeId()}`
    const answers = await Promise.all(accounts.map(({ accountId }) => give(accountId, 5n, { reference })))
    assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['conflict', 'posted'])
  }
})

test('a balance tells where credits came from, and its parts always sum', async () => {
  const { accountId, keyId } = await ledger.customer()
  await give(accountId, 100n)
  const bought = makeId()
  await give(accountId, 200n, { kind: 'purchased', transferId: bought, heldUntil: ledger.now() })
  await give(accountId, 300n, { kind: 'earned' })
  const [paid, open] = [makeId(), makeId()]
  for (const callId of [paid, open]) await lane.reserve(reserveOf({ accountId, keyId }, callId, 40n))
  await lane.settle(settleOf(paid, 30n))
  await correct(db, { transferId: makeId(), reverses: bought, amount: nanoUsd(50n), reference: makeId() })
  assert.deepEqual(await balanceOf(db, accountId), {
    available: 480n,
    held: 40n,
    spent: 30n,
    purchased: 150n,
    granted: 100n,
    earned: 300n,
    owed: 0n,
  })
  assert.equal(await balanceOf(db, makeId()), undefined)
  const lots = await lotsOf(db, accountId)
  assert.deepEqual(
    lots.map(({ kind, left, refundable }) => [kind, left, refundable]),
    [
      ['granted', 70n, false],
      ['purchased', 150n, true],
      ['earned', 300n, false],
    ],
  )
})

test('a correction takes back no more than was moved, nor than is available, and names what it corrects', async () => {
  const { accountId, keyId } = await ledger.customer()
  const transferId = makeId()
  await give(accountId, 100n, { transferId })
  const back = (amount: bigint, reference = makeId()) =>
    correct(db, { transferId: makeId(), reverses: transferId, amount: nanoUsd(amount), reference })
  assert.deepEqual(await back(101n), { kind: 'exceeded', available: 100n })
  assert.equal((await back(30n, 'fix 1')).kind, 'posted')
  assert.equal((await back(30n, 'fix 1')).kind, 'replayed')
  await lane.reserve(reserveOf({ accountId, keyId }, makeId(), 60n))
  assert.deepEqual(await back(11n), { kind: 'exceeded', available: 10n })
  assert.equal((await back(10n)).kind, 'posted')
  const nothing = { transferId: makeId(), reverses: makeId(), amount: nanoUsd(1n), reference: makeId() }
  assert.deepEqual(await correct(db, nothing), { kind: 'unknown' })
})

test('what is left of a lot expires; what a call holds of it only when the call is over', async () => {
  const { accountId, keyId } = await ledger.customer()
  await give(accountId, 100n, { expiresAt: new Date(ledger.now().getTime() + 1_000) })
  await give(accountId, 10n)
  const callId = makeId()
  await lane.reserve(reserveOf({ accountId, keyId }, callId, 80n))
  assert.equal(await expireLots(db, makeId, ledger.now()), 0n, 'not before its time')
  ledger.passMs(1_000)
  assert.equal(await expireLots(db, makeId, ledger.now()), 30n)
  await lane.settle(settleOf(callId, 20n))
  const taken = await Promise.all([1, 2, 3].map(() => expireLots(db, makeId, ledger.now())))
  assert.equal(
    taken.reduce((sum, amount) => sum + amount, 0n),
    50n,
  )
  assert.deepEqual(await balanceOf(db, accountId), {
    available: 10n,
    held: 0n,
    spent: 20n,
    purchased: 0n,
    granted: 30n,
    earned: 0n,
    owed: 0n,
  })
  const movements = await movementsOf(db, { accountId, limit: 10 })
  assert.deepEqual(
    movements.map(({ kind, amount, balanceAfter }) => [kind, amount, balanceAfter]),
    [
      ['expiry', -50n, 10n],
      ['usage', -20n, 60n],
      ['expiry', -30n, 80n],
      ['grant', 10n, 110n],
      ['grant', 100n, 100n],
    ],
  )
})

test('folding by several siblings at once counts nothing twice', async () => {
  const customer = await ledger.customer(10_000n)
  let over = false
  const fold = async () => {
    while (!over) await foldPlatformAccounts(db)
  }
  const folding = [fold(), fold()]
  const calls = Array.from({ length: 200 }, makeId)
  await Promise.all(calls.map((callId) => lane.reserve(reserveOf(customer, callId, 5n))))
  await Promise.all(calls.map((callId) => lane.settle(settleOf(callId, 5n))))
  over = true
  await Promise.all(folding)
  await foldPlatformAccounts(db)
  const { rows } = await ledger.database.pool.query('select count(*)::int as unfolded from ledger_delta')
  assert.deepEqual(rows, [{ unfolded: 0 }])
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(ledger.database)
  assert.deepEqual(
    invariants.filter(({ ok }) => !ok),
    [],
  )
})
