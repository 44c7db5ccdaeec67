import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd } from '../core/money.ts'
import { type LotEvent, lotsLeft } from './lots.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

const came = (id: string, amount: bigint, balanceAfter: bigint, expiresAt?: Date): LotEvent => ({
  kind: 'in',
  lot: {
    transferId: id,
    kind: 'granted',
    amount: nanoUsd(amount),
    createdAt: day(1),
    heldUntil: undefined,
    expiresAt,
    refundable: false,
  },
  balanceAfter: nanoUsd(balanceAfter),
})

const left = (events: LotEvent[], balance: bigint) =>
  Object.fromEntries(lotsLeft(events, nanoUsd(balance)).map((lot) => [lot.transferId, lot.left]))

test('lots that expire are used before those that do not, the first to expire first', () => {
  const events = [came('plain', 100n, 100n), came('late', 100n, 200n, day(20)), came('soon', 100n, 300n, day(10))]
  assert.deepEqual(left(events, 300n), { plain: 100n, late: 100n, soon: 100n })
  assert.deepEqual(left(events, 170n), { plain: 100n, late: 70n, soon: 0n })
  assert.deepEqual(left(events, 50n), { plain: 50n, late: 0n, soon: 0n })
})

test('without expiry the oldest is used first', () => {
  assert.deepEqual(left([came('old', 10n, 10n), came('new', 10n, 20n)], 13n), { old: 3n, new: 10n })
})

test('a grant that comes later does not pay for what was spent before: bought credits do not come back by it', () => {
  const events = [came('bought', 100n, 100n), came('gift', 50n, 60n, day(9))] // 90 were spent in between
  assert.deepEqual(left(events, 60n), { bought: 10n, gift: 50n })
  assert.deepEqual(left(events, 5n), { bought: 5n, gift: 0n })
})

test('what is taken back comes out of its own lot, and what that has not, out of the others', () => {
  const taken: LotEvent = { kind: 'out', lotId: 'b', amount: nanoUsd(30n), balanceAfter: nanoUsd(50n) }
  const events = [came('a', 60n, 60n), came('b', 40n, 100n, day(5)), taken] // 20 were spent before
  assert.deepEqual(left(events, 50n), { a: 50n, b: 0n })
})

test('whatever happens, the rests of the lots sum up to the balance and none is negative', () => {
  const event = fc.record({
    amount: fc.bigInt({ min: 1n, max: 50n }),
    spent: fc.bigInt({ min: 0n, max: 50n }),
    expires: fc.option(fc.nat(30), { nil: undefined }),
    out: fc.boolean(),
  })
  const property = fc.property(fc.array(event, { maxLength: 20 }), fc.bigInt({ min: 0n, max: 99n }), (steps, share) => {
    let balance = 0n
    const events: LotEvent[] = []
    for (const [at, { amount, spent, expires, out }] of steps.entries()) {
      balance -= spent < balance ? spent : balance
      if (out && balance > 0n && events.length > 0) {
        const taken = amount < balance ? amount : balance
        balance -= taken
        events.push({ kind: 'out', lotId: String(at % 3), amount: nanoUsd(taken), balanceAfter: nanoUsd(balance) })
      } else {
        balance += amount
        events.push(came(String(at), amount, balance, expires === undefined ? undefined : day(expires)))
      }
    }
    balance -= (balance * share) / 100n
    const lots = lotsLeft(events, nanoUsd(balance))
    assert.ok(lots.every((lot) => lot.left >= 0n && lot.left <= lot.amount))
    assert.equal(
      lots.reduce((sum, lot) => sum + lot.left, 0n),
      balance,
    )
  })
  fc.assert(property, { numRuns: 1_000 })
})
