import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { nanoUsd } from '../core/money.ts'
import {
  balanceOf,
  foldPlatformAccounts,
  forfeit,
  forfeitRests,
  grant,
  lotsOf,
  movementsOf,
  reconcile,
  setAccountFrozen,
} from './index.ts'
import { reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger
const lane = ledger.openLane()

const give = (accountId: string, amount: bigint, kind: 'granted' | 'purchased' | 'earned') => {
  const transferId = makeId()
  return grant(db, { transferId, accountId, amount: nanoUsd(amount), reference: transferId, kind }, ledger.now())
}

const giveUp = (accountId: string, everything: boolean) =>
  forfeit(db, { accountId, everything, makeId, now: ledger.now() })

const leftOf = async (accountId: string) => (await lotsOf(db, accountId)).map(({ left }) => left)

test('granted credits are given up; bought and earned ones only when that is said', async () => {
  const { accountId } = await ledger.customer(100n)
  deepEqual(await giveUp(accountId, false), { kind: 'forfeited', amount: 100n })
  const payer = await ledger.customer(100n)
  await give(payer.accountId, 50n, 'purchased')
  await give(payer.accountId, 7n, 'earned')
  deepEqual(await giveUp(payer.accountId, false), { kind: 'kept', valuable: 57n })
  equal((await balanceOf(db, payer.accountId))?.available, 157n)
  deepEqual(await giveUp(payer.accountId, true), { kind: 'forfeited', amount: 157n })
  deepEqual(await leftOf(payer.accountId), [0n, 0n, 0n])
  deepEqual(await giveUp(makeId(), true), { kind: 'unknown' })
})

test('what an open call holds stays with it, and what it leaves follows, once', async () => {
  const { accountId, keyId } = await ledger.customer(100n)
  const callId = makeId()
  await lane.reserve(reserveOf({ accountId, keyId }, callId, 40n))
  await setAccountFrozen(db, accountId, true)
  deepEqual(await giveUp(accountId, true), { kind: 'forfeited', amount: 60n })
  equal(await forfeitRests(db, makeId, ledger.now()), 0n)
  const settled = await lane.settle(settleOf(callId, 15n))
  ok(settled.kind === 'settled')
  equal(settled.charged, 15n)
  const sums = await Promise.all([1, 2, 3].map(() => forfeitRests(db, makeId, ledger.now())))
  equal(
    sums.reduce((sum, each) => sum + each, 0n),
    25n,
  )
  equal(await forfeitRests(db, makeId, ledger.now()), 0n)
  const balance = await balanceOf(db, accountId)
  deepEqual([balance?.available, balance?.held, balance?.spent, balance?.granted], [0n, 0n, 15n, 15n])
})

test('the statement tells of it, and the ledger reconciles', async () => {
  const { accountId } = await ledger.customer(100n)
  await give(accountId, 5n, 'purchased')
  await giveUp(accountId, true)
  const movements = await movementsOf(db, { accountId, limit: 10 })
  deepEqual(
    movements.map(({ kind, amount }) => [kind, amount]),
    [
      ['forfeiture', -5n],
      ['forfeiture', -100n],
      ['purchase', 5n],
      ['grant', 100n],
    ],
  )
  await foldPlatformAccounts(db)
  const { ok: holds, invariants } = await reconcile(ledger.database, { now: ledger.now() })
  ok(holds, JSON.stringify(invariants.filter((each) => !each.ok)))
})
