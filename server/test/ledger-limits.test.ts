import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Uuid } from '../src/core/ids.ts'
import { add, type NanoUsd, nanoUsd, subtract, zero } from '../src/core/money.ts'
import { balanceOf, findKeySpends } from '../src/credits/index.ts'
import { testDatabase } from './support/database.ts'
import type { Order, Tally } from './support/ledger-contender.ts'
import { fundedAccount, keyOf, offences } from './support/ledger-fixture.ts'
import { atEnd, type Scope } from './support/scope.ts'

const script = fileURLToPath(new URL('support/ledger-contender.ts', import.meta.url))
const processes = 4
const attempts = 2_000
const price = nanoUsd(1_000_003n)

/** So many calls, and almost one more. */
const allows = (calls: number): NanoUsd => nanoUsd(BigInt(calls) * price + price - 1n)
const exactly = (calls: number): NanoUsd => nanoUsd(BigInt(calls) * price)

/** Each has a lane of its own on one database, and makes two thousand attempts at once. */
const scope = { after }
const database = await testDatabase(scope)
const contenders = Array.from({ length: processes }, () => startContender(scope))
const everyone = async (order: Order): Promise<Tally> =>
  sumOf(await Promise.all(contenders.map(({ ask }) => ask(order))))

await everyone({ kind: 'open', connection: database.connection })

/** What all attempts got together. Neither deadlocks nor anything else may keep one from an answer. */
async function contend(accountId: Uuid, keyIds: readonly Uuid[], amount = price, wanted = amount) {
  const tally = await everyone({ kind: 'attempt', attempts, accountId, keyIds, amount, wanted })
  assert.deepEqual(tally.faults, [])
  const calls = sum(tally.calls.values())
  assert.equal(calls + tally.refused.account + tally.refused.key, processes * attempts)
  return { ...tally, granted: calls, ofKey: (keyId: Uuid) => tally.calls.get(keyId) ?? 0 }
}

/** Every second call is charged in full; the others give back all. */
async function settleAll() {
  const tally = await everyone({ kind: 'settle' })
  assert.deepEqual(tally.faults, [])
  return { charged: total(tally.amounts.values()), ofKey: (keyId: Uuid) => tally.amounts.get(keyId) ?? zero }
}

const available = async (accountId: Uuid) => (await balanceOf(database.db, accountId))!.available

test('four processes: an account is granted as many calls as it can pay, and again as many as came free', async () => {
  const accountId = await fundedAccount(database.db, allows(1_237))
  const keyIds = await Promise.all(Array.from({ length: 4 }, () => keyOf(database.db, accountId)))

  assert.equal((await contend(accountId, keyIds)).granted, 1_237)
  assert.equal(await available(accountId), price - 1n)

  const { charged } = await settleAll()
  const free = subtract(allows(1_237), charged)
  assert.equal(await available(accountId), free)
  assert.equal(BigInt((await contend(accountId, keyIds)).granted), free / price)

  await settleAll()
  assert.deepEqual(await offences(database), [])
})

test('each key is granted as many calls as its own limit allows, and again as many as came free', async () => {
  const accountId = await fundedAccount(database.db, exactly(100_000))
  const limits = [0, 1, 89, 233, 610]
  const keyIds = await Promise.all(limits.map((calls) => keyOf(database.db, accountId, allows(calls))))

  const first = await contend(accountId, keyIds)
  assert.deepEqual(keyIds.map(first.ofKey), limits)
  assert.equal(first.refused.account, 0)

  const settled = await settleAll()
  const left = limits.map((calls, n) => subtract(allows(calls), settled.ofKey(keyIds[n]!)))
  const spends = new Map((await findKeySpends(database.db, keyIds)).map(({ keyId, ...spend }) => [keyId, spend]))
  assert.deepEqual(
    keyIds.map((keyId) => spends.get(keyId)!.limitLeft),
    left,
  )
  const second = await contend(accountId, keyIds)
  assert.deepEqual(
    keyIds.map((keyId) => BigInt(second.ofKey(keyId))),
    left.map((amount) => amount / price),
  )

  await settleAll()
  assert.deepEqual(await offences(database), [])
})

test('where account and keys end together, all of both is granted', async () => {
  const accountId = await fundedAccount(database.db, exactly(1_000))
  const limits = [150, 250, 250, 350]
  const keyIds = await Promise.all(limits.map((calls) => keyOf(database.db, accountId, exactly(calls))))

  const { granted, ofKey } = await contend(accountId, keyIds)
  assert.deepEqual(keyIds.map(ofKey), limits)
  assert.equal(granted, 1_000)
  assert.equal(await available(accountId), zero)

  await settleAll()
  assert.deepEqual(await offences(database), [])
})

test('where an account ends before its keys, all of the account is granted and no key gets more than its limit', async () => {
  const accountId = await fundedAccount(database.db, allows(900))
  const limits = [20, 300, 300, 300, 300]
  const keyIds = await Promise.all(limits.map((calls) => keyOf(database.db, accountId, allows(calls))))

  const { granted, ofKey } = await contend(accountId, keyIds)
  assert.equal(granted, 900)
  keyIds.forEach((keyId, n) => assert.ok(ofKey(keyId) <= limits[n]!, `key ${n} was granted ${ofKey(keyId)}`))

  await settleAll()
  assert.deepEqual(await offences(database), [])
})

test('calls that take what they can get leave nothing of a limit unused', async () => {
  const accountId = await fundedAccount(database.db, nanoUsd(exactly(500) + 777n))
  const limits = [exactly(100), nanoUsd(exactly(150) + 5n), exactly(400)]
  const keyIds = await Promise.all(limits.map((limit) => keyOf(database.db, accountId, limit)))

  const { amounts } = await contend(accountId, keyIds, nanoUsd(1n), nanoUsd(3n * price))
  assert.equal(total(amounts.values()), exactly(500) + 777n)
  assert.equal(await available(accountId), zero)
  keyIds.forEach((keyId, n) => assert.ok((amounts.get(keyId) ?? zero) <= limits[n]!))

  await settleAll()
  assert.deepEqual(await offences(database), [])
})

test('nobody deadlocked', async () => {
  await everyone({ kind: 'close' }) // A session reports its figures when it ends, at the latest.
  const { rows } = await database.pool.query<{ deadlocks: bigint }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  )
  assert.equal(rows[0]!.deadlocks, 0n)
})

type Contender = { readonly ask: (order: Order) => Promise<Tally> }

function startContender(owner: Scope): Contender {
  const child = fork(script, { serialization: 'advanced' })
  const exited = once(child, 'exit')
  atEnd(owner, async () => {
    if (child.connected) child.disconnect()
    await exited
  })
  return {
    async ask(order) {
      child.send(order)
      const [answer] = (await Promise.race([once(child, 'message'), exited])) as [Tally | number | null]
      if (typeof answer === 'number' || answer === null) throw new Error(`a contender ended with ${answer}`)
      return answer
    },
  }
}

function sumOf(tallies: readonly Tally[]): Tally {
  const all: Tally = { calls: new Map(), amounts: new Map(), refused: { account: 0, key: 0 }, faults: [] }
  for (const { calls, amounts, refused, faults } of tallies) {
    for (const [key, count] of calls) all.calls.set(key, (all.calls.get(key) ?? 0) + count)
    for (const [key, amount] of amounts) all.amounts.set(key, add(all.amounts.get(key) ?? zero, amount))
    all.refused.account += refused.account
    all.refused.key += refused.key
    all.faults.push(...faults)
  }
  return all
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((left, right) => left + right, 0)
const total = (amounts: Iterable<NanoUsd>): NanoUsd => [...amounts].reduce((left, right) => add(left, right), zero)
