import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { Uuid } from '../core/ids.ts'
import { nanoUsd } from '../core/money.ts'
import {
  balanceOf,
  collectDebts,
  correct,
  debtsOf,
  expireLots,
  forgive,
  giveBack,
  grant,
  lotsOf,
  reconcile,
  setAccountFrozen,
  takeBack,
  type Taking,
} from './index.ts'
import { type Customer, reserveOf, settleOf, testLedger } from './test/ledger.ts'

const ledger = await testLedger({ after })
const { db, makeId } = ledger
const lane = ledger.openLane()
const runs = Number(process.env['REDPILL_TEST_RUNS'] ?? 1_000)

async function buy(accountId: Uuid, amount: bigint, more: Partial<Parameters<typeof grant>[1]> = {}): Promise<Uuid> {
  const transferId = makeId()
  const bought = { kind: 'purchased', from: 'clearing:stripe' } as const
  const request = { transferId, accountId, amount: nanoUsd(amount), reference: transferId, ...bought, ...more }
  assert.equal((await grant(db, request, ledger.now())).kind, 'posted')
  return transferId
}

async function spend(customer: Customer, amount: bigint): Promise<void> {
  const callId = makeId()
  assert.equal((await lane.reserve(reserveOf(customer, callId, amount))).kind, 'held')
  await lane.settle(settleOf(callId, amount))
}

const taking = (of: Uuid, amount: bigint, more: Partial<Taking> = {}): Taking => ({
  ...{ transferId: makeId(), of, kind: 'refund', reference: makeId(), amount: nanoUsd(amount) },
  ...more,
})

const standing = async (accountId: Uuid) => {
  const { available, held, spent, purchased, granted, owed } = (await balanceOf(db, accountId))!
  return { available, held, spent, purchased, granted, owed }
}

test('what is available is taken back at once, and once for each reference', async () => {
  const { accountId } = await ledger.customer()
  const of = await buy(accountId, 100n)
  const refund = taking(of, 30n, { note: 'refund' })
  const again = () => takeBack(db, { ...refund, transferId: makeId() })
  assert.deepEqual(await takeBack(db, refund), { kind: 'posted', taken: 30n, owed: 0n })
  const repeated = await Promise.all(Array.from({ length: 8 }, again))
  assert.ok(repeated.every(({ kind }) => kind === 'replayed'))
  assert.deepEqual(await takeBack(db, { ...refund, amount: nanoUsd(31n) }), { kind: 'conflict' })
  assert.deepEqual(await takeBack(db, taking(makeId(), 1n)), { kind: 'unknown' })
  assert.deepEqual(await standing(accountId), {
    ...{ available: 70n, held: 0n, spent: 0n },
    ...{ purchased: 70n, granted: 0n, owed: 0n },
  })
})

test('what was spent is owed: the account starts no call, and the next credits pay it', async () => {
  const customer = await ledger.customer()
  const { accountId } = customer
  const of = await buy(accountId, 100n)
  await spend(customer, 80n)
  assert.deepEqual(await takeBack(db, taking(of, 100n, { kind: 'dispute' })), { kind: 'posted', taken: 20n, owed: 80n })
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 0n)), { kind: 'frozen' })
  const [debt] = await debtsOf(db, accountId)
  assert.deepEqual([debt?.of, debt?.amount, debt?.owed], [of, 100n, 80n])

  await setAccountFrozen(db, accountId, false)
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 0n)), { kind: 'frozen' })
  await buy(accountId, 50n)
  assert.deepEqual(await standing(accountId), {
    ...{ available: 0n, held: 0n, spent: 80n },
    ...{ purchased: 80n, granted: 0n, owed: 30n },
  })
  await buy(accountId, 40n, { kind: 'granted', from: 'promo' })
  assert.deepEqual(await standing(accountId), {
    ...{ available: 10n, held: 0n, spent: 80n },
    ...{ purchased: 50n, granted: 40n, owed: 0n },
  })
  assert.equal((await lane.reserve(reserveOf(customer, makeId(), 10n))).kind, 'held')
})

test('what a call holds is left to it, and the rest of it is taken when it is over', async () => {
  const customer = await ledger.customer()
  const of = await buy(customer.accountId, 100n)
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 60n))
  assert.deepEqual(await takeBack(db, taking(of, 100n)), { kind: 'posted', taken: 40n, owed: 60n })
  await lane.settle(settleOf(callId, 25n))
  await Promise.all([collectDebts(db), collectDebts(db), collectDebts(db)])
  assert.deepEqual(await standing(customer.accountId), {
    ...{ available: 0n, held: 0n, spent: 25n },
    ...{ purchased: 25n, granted: 0n, owed: 25n },
  })
})

test('a dispute that was won cancels what is owed and gives back what was taken, once', async () => {
  const customer = await ledger.customer()
  const { accountId } = customer
  const of = await buy(accountId, 100n, { heldUntil: new Date(ledger.now().getTime() + 1_000) })
  await spend(customer, 70n)
  await takeBack(db, taking(of, 100n, { kind: 'dispute' }))
  const won = taking(of, 100n, { kind: 'dispute' })
  assert.deepEqual(await giveBack(db, won), { kind: 'posted', credited: 30n, cancelled: 70n })
  assert.deepEqual(await giveBack(db, { ...won, transferId: makeId() }), {
    ...{ kind: 'replayed', credited: 30n, cancelled: 70n },
  })
  assert.deepEqual(await giveBack(db, taking(of, 5n, { kind: 'dispute' })), {
    ...{ kind: 'posted', credited: 0n, cancelled: 0n },
  })
  assert.deepEqual(await giveBack(db, { ...won, amount: nanoUsd(5n) }), { kind: 'conflict' })
  assert.deepEqual(await giveBack(db, taking(await buy(accountId, 1n), 5n)), { kind: 'unknown' })
  const lots = await lotsOf(db, accountId)
  const restored = lots.find(({ amount }) => amount === 30n)
  assert.deepEqual([restored?.left, restored?.refundable, restored?.heldUntil], [30n, true, lots[0]?.heldUntil])
  assert.equal((await lane.reserve(reserveOf(customer, makeId(), 31n))).kind, 'held')
})

test('what came back can be taken again, and never more than the purchase stands for', async () => {
  const { accountId } = await ledger.customer()
  const of = await buy(accountId, 100n)
  await buy(accountId, 500n)
  await takeBack(db, taking(of, 100n, { kind: 'dispute' }))
  assert.deepEqual(await takeBack(db, taking(of, 40n)), { kind: 'posted', taken: 0n, owed: 0n })
  await giveBack(db, taking(of, 100n, { kind: 'dispute' }))
  assert.deepEqual(await takeBack(db, taking(of, 60n)), { kind: 'posted', taken: 60n, owed: 0n })
  const beside = makeId()
  await buy(accountId, 10n, { transferId: beside, reference: beside, joins: of })
  assert.deepEqual(await takeBack(db, taking(beside, 10n)), { kind: 'unknown' }, 'it is taken of the first')
  assert.deepEqual(await takeBack(db, taking(of, 70n)), { kind: 'posted', taken: 50n, owed: 0n })
  assert.equal((await standing(accountId)).available, 500n)
})

test('an operator takes back nothing that is owed already, and may forgive it; its own freeze stays', async () => {
  const customer = await ledger.customer()
  const { accountId } = customer
  const of = await buy(accountId, 100n, { expiresAt: new Date(ledger.now().getTime() + 1_000) })
  const callId = makeId()
  await lane.reserve(reserveOf(customer, callId, 90n))
  await takeBack(db, taking(of, 60n))
  await lane.settle(settleOf(callId, 20n))
  const request = { transferId: makeId(), reverses: of, amount: nanoUsd(40n), reference: makeId() }
  assert.deepEqual(await correct(db, request), { kind: 'exceeded', available: 20n }, 'what is owed was taken first')
  ledger.passMs(2_000)
  assert.equal(await expireLots(db, makeId, ledger.now()), 20n)

  const later = await buy(accountId, 30n)
  await spend(customer, 30n)
  await takeBack(db, taking(later, 30n))
  await setAccountFrozen(db, accountId, true)
  const let30 = { accountId, amount: nanoUsd(1_000n), reference: makeId() }
  assert.deepEqual(await forgive(db, let30, makeId), { kind: 'posted', cancelled: 30n })
  assert.deepEqual(await forgive(db, let30, makeId), { kind: 'replayed', cancelled: 30n })
  assert.deepEqual(await forgive(db, { ...let30, accountId: makeId() }, makeId), { kind: 'unknown' })
  assert.deepEqual(await lane.reserve(reserveOf(customer, makeId(), 0n)), { kind: 'frozen' })
  await setAccountFrozen(db, accountId, false)
  assert.equal((await lane.reserve(reserveOf(customer, makeId(), 0n))).kind, 'held')
})

/** What a purchase should stand for, and what an account should have, by plain arithmetic. */
type Purchase = {
  readonly id: Uuid
  readonly amount: bigint
  readonly asked: Record<Kind, bigint>
  readonly stands: Record<Kind, bigint>
}
type Kind = 'refund' | 'dispute' | 'reversal'
const kinds = ['refund', 'dispute', 'reversal'] as const

type Step =
  | { kind: 'buy' | 'grant' | 'spend'; amount: bigint }
  | { kind: 'take' | 'give'; of: number; why: Kind; amount: bigint }
  | { kind: 'again'; step: number }
  | { kind: 'collect' }

const amount = fc.bigInt({ min: 1n, max: 120n })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('buy', 'grant', 'spend'), amount }),
    {
      weight: 3,
      arbitrary: fc.record({
        ...{ kind: fc.constantFrom('take', 'give'), of: fc.nat(20), why: fc.constantFrom(...kinds), amount },
      }),
    },
    fc.record({ kind: fc.constant('again'), step: fc.nat(50) }),
    fc.constant({ kind: 'collect' }),
  ),
  { maxLength: 16 },
)

const zeroes = (): Record<Kind, bigint> => ({ refund: 0n, dispute: 0n, reversal: 0n })
const sum = (record: Record<Kind, bigint>): bigint => kinds.reduce((total, kind) => total + record[kind], 0n)
const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)

test('whatever is bought, spent, taken, given back and repeated: available + held + spent - owed is what came in for good', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (chosen) => {
      const customer = await ledger.customer()
      const { accountId } = customer
      const purchases: Purchase[] = []
      const asked: (() => Promise<unknown>)[] = []
      let [given, spent] = [0n, 0n]
      for (const step of chosen) {
        switch (step.kind) {
          case 'buy': {
            const id = await buy(accountId, step.amount)
            purchases.push({ id, amount: step.amount, asked: zeroes(), stands: zeroes() })
            break
          }
          case 'grant':
            await buy(accountId, step.amount, { kind: 'granted', from: 'promo' })
            given += step.amount
            break
          case 'spend': {
            const callId = makeId()
            const reserved = await lane.reserve(reserveOf(customer, callId, step.amount))
            if (reserved.kind !== 'held') break
            await lane.settle(settleOf(callId, step.amount))
            spent += step.amount
            break
          }
          case 'take':
          case 'give': {
            const of = purchases[step.of % purchases.length]
            if (!of) break
            const request = taking(of.id, step.amount, { kind: step.why })
            const done = await (step.kind === 'take' ? takeBack : giveBack)(db, request)
            if (step.kind === 'take') {
              of.asked[step.why] += step.amount
              of.stands[step.why] += least(step.amount, of.amount - sum(of.stands))
              asked.push(() => takeBack(db, { ...request, transferId: makeId() }))
            } else if (done.kind === 'posted') {
              of.asked[step.why] -= least(step.amount, of.asked[step.why])
              of.stands[step.why] = least(of.stands[step.why], of.asked[step.why])
              asked.push(() => giveBack(db, { ...request, transferId: makeId() }))
            }
            break
          }
          case 'again':
            await asked[step.step % asked.length]?.()
            break
          case 'collect':
            await collectDebts(db)
        }
        const now = (await balanceOf(db, accountId))!
        const cameIn = given + purchases.reduce((total, each) => total + each.amount - sum(each.stands), 0n)
        assert.equal(now.available + now.held + now.spent - now.owed, cameIn)
        assert.ok(now.available >= 0n && now.owed >= 0n)
        assert.ok(now.owed === 0n || now.available === 0n, 'nobody owes and has')
        assert.equal(now.spent, spent)
      }
    }),
    { numRuns: Math.ceil(runs / 5) },
  )
})

test('at once over several connections, each is done once and the sum is exact', async () => {
  const customer = await ledger.customer()
  const { accountId } = customer
  const of = await buy(accountId, 100n)
  await spend(customer, 60n)
  const refunds = Array.from({ length: 10 }, () => taking(of, 7n))
  const work = [
    ...refunds.flatMap((request) => [0, 1, 2].map(() => () => takeBack(db, { ...request, transferId: makeId() }))),
    ...Array.from({ length: 10 }, () => () => buy(accountId, 1n)),
    ...Array.from({ length: 5 }, () => () => collectDebts(db)),
  ]
  await Promise.all(work.map((each) => each()))
  const now = await standing(accountId)
  assert.equal(now.available + now.spent - now.owed, 110n - 70n)
  assert.deepEqual([now.available, now.owed], [0n, 20n])
})

test('after all of this the ledger reconciles, and a debt that nobody wrote down is found', async () => {
  const { invariants } = await reconcile(ledger.database)
  assert.deepEqual(
    invariants.filter(({ ok }) => !ok),
    [],
  )
  const { accountId } = await ledger.customer(5n)
  await ledger.database.pool.query('update ledger_account set owed = 1 where id = $1', [accountId])
  const found = (await reconcile(ledger.database)).invariants.filter(({ ok }) => !ok)
  assert.deepEqual(
    found.map(({ id, detail }) => [id, detail.split(';').length]),
    [['I11', 2]],
  )
})
