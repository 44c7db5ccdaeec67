import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { testDatabase } from '../../../test/support/database.ts'
import { clock } from '../../../test/support/clock.ts'
import { randomBytes } from 'node:crypto'
import { idSource, type Uuid } from '../../core/ids.ts'
import { nanoUsd, type NanoUsd, usd, zero } from '../../core/money.ts'
import { createAccount } from '../../accounts/index.ts'
import { balanceOf, collectDebts, grant, lotsOf, openBatchLane, reconcile, setKeyBudget } from '../../credits/index.ts'
import { reserveOf, settleOf } from '../../credits/test/ledger.ts'
import {
  advance,
  beginRefund,
  createOrder,
  describeOrder,
  expireOrders,
  findOrder,
  findOrderByKey,
  listOrders,
  type NewOrder,
  type Order,
  type OrderEvent,
  sendRefund,
  termsOf,
  timelinesOf,
} from '../index.ts'
import type { OwnEvent } from './types.ts'

const database = await testDatabase({ after })
const { db } = database
const makeId = idSource(clock, { bytes: (length) => randomBytes(length) })
const tools = { makeId, clock }
const now = (): Date => new Date(clock.nowMs())
const cents = (count: number): NanoUsd => nanoUsd(BigInt(count) * 10_000_000n)

async function customer(): Promise<Uuid> {
  const { id } = await createAccount(db, { id: makeId(), name: 'Acme', kind: 'customer', createdAt: now() })
  return id
}

const settings = {
  ...{ minimum: usd(5), maximum: usd(100), cardHeldDays: 14, refundDays: 30 },
  cardFee: { bps: 500, fixed: zero },
  cryptoFee: { bps: 0, fixed: zero },
}

/** 10 USD of credits for 10.50. */
const newOrder = (accountId: Uuid, given: Partial<NewOrder> = {}): Promise<Order> =>
  createOrder(db, { accountId, rail: 'card', amount: usd(10), ...termsOf(settings, 'card'), ...given }, tools)

type Told = { readonly kind: (OrderEvent | OwnEvent)['kind'] } & Partial<Omit<OrderEvent, 'kind'>> & {
    readonly amount?: NanoUsd
    readonly reason?: string
    readonly disputeId?: string
  }
const event = (given: Told): OrderEvent => ({ key: makeId(), at: now(), ...given }) as OrderEvent
const tell = (id: Uuid, given: Told) => advance(db, id, event(given), tools)
const paid = (given: Partial<Told> = {}): Told => ({ kind: 'received', amount: cents(1_050), ...given })

async function availableOf(accountId: Uuid): Promise<bigint> {
  const { available, owed } = (await balanceOf(db, accountId))!
  return available - owed
}

test('a paid order is credited once, as a lot that is held and refundable, and its timeline says how', async () => {
  const accountId = await customer()
  const { id, fee, state: begins } = await newOrder(accountId)
  deepEqual([fee, begins], [cents(50), 'created'])
  await tell(id, { kind: 'began', key: 'began' })
  const answers = await Promise.all(Array.from({ length: 8 }, () => tell(id, paid({ key: 'pi_1' }))))
  deepEqual(answers.map(({ kind }) => kind).toSorted(), ['advanced', ...Array.from({ length: 7 }, () => 'repeated')])
  await Promise.all(Array.from({ length: 8 }, () => tell(id, paid())))
  const order = (await findOrder(db, id))!
  deepEqual([order.state, order.credited], ['credited', usd(10)])
  equal(await availableOf(accountId), usd(10))
  const [lot] = await lotsOf(db, accountId)
  deepEqual([lot?.transferId, lot?.kind, lot?.refundable], [order.creditedTransferId, 'purchased', true])
  ok(lot!.heldUntil!.getTime() > clock.nowMs() + 13 * 86_400_000)
  const timeline = (await timelinesOf(db, [id])).get(id)!
  deepEqual(
    timeline.slice(0, 4).map(({ sequence, kind, state }) => [sequence, kind, state]),
    [
      [1, 'created', 'created'],
      [2, 'began', 'pending'],
      [3, 'received', 'paid'],
      [4, 'credited', 'credited'],
    ],
  )
  deepEqual(timeline[3]?.data, { amount_usd: '10' })
})

test('a rail that names an order gets the same one, however often and at once it asks', async () => {
  const accountId = await customer()
  const asked = await Promise.all(Array.from({ length: 6 }, () => newOrder(accountId, { key: 'chain:1:0xabc:0' })))
  equal(new Set(asked.map(({ id }) => id)).size, 1)
  equal((await findOrderByKey(db, 'chain:1:0xabc:0'))?.id, asked[0]?.id)
  await rejects(async () => newOrder(await customer(), { key: 'chain:1:0xabc:0' }), /names one order/)
  deepEqual(await tell(makeId(), { kind: 'began' }), { kind: 'unknown' })
})

test('where to pay and the papers are kept beside it', async () => {
  const accountId = await customer()
  const { id } = await newOrder(accountId)
  await describeOrder(db, id, { pay: { kind: 'checkout', url: 'https://pay.example' } })
  await describeOrder(db, id, { receiptUrl: 'https://pay.example/r' })
  const order = (await findOrder(db, id))!
  deepEqual([order.pay, order.receiptUrl], [{ kind: 'checkout', url: 'https://pay.example' }, 'https://pay.example/r'])
})

test('orders that nobody paid in time end, and money that comes by card nevertheless is credited', async () => {
  const accountId = await customer()
  const { id } = await newOrder(accountId, { expiresAt: new Date(clock.nowMs() - 1_000) })
  const open = await newOrder(accountId, { expiresAt: new Date(clock.nowMs() + 3_600_000) })
  await Promise.all([expireOrders(db, tools), expireOrders(db, tools)])
  equal((await findOrder(db, id))!.state, 'expired')
  equal((await findOrder(db, open.id))!.state, 'created')
  await tell(id, paid())
  equal((await findOrder(db, id))!.state, 'credited')
})

test('orders are listed newest first, a page at a time, by state and by what needs the operator', async () => {
  const accountId = await customer()
  const orders = [await newOrder(accountId), await newOrder(accountId), await newOrder(accountId)]
  await tell(orders[1]!.id, paid({ amount: cents(5) }))
  const ids = async (search: Partial<Parameters<typeof listOrders>[1]>) =>
    (await listOrders(db, { accountId, limit: 10, ...search })).map(({ id }) =>
      orders.findIndex((each) => each.id === id),
    )
  deepEqual(await ids({}), [2, 1, 0])
  deepEqual(await ids({ beforeId: orders[2]!.id, limit: 1 }), [1])
  deepEqual(await ids({ states: ['underpaid'] }), [1])
  deepEqual(await ids({ review: true }), [1])
  deepEqual(await ids({ rail: 'crypto' }), [])
})

test('a refund, a dispute and its end move credits exactly, also when they were spent', async () => {
  const accountId = await customer()
  const { id } = await newOrder(accountId)
  await tell(id, paid())
  await tell(id, { kind: 'refunded', amount: cents(300) })
  equal(await availableOf(accountId), usd(7))
  await tell(id, { kind: 'disputed', amount: cents(1_050), disputeId: 'd' })
  equal(await availableOf(accountId), 0n)
  const disputed = (await findOrder(db, id))!
  deepEqual([disputed.state, disputed.taken], ['disputed', { refund: usd(3), dispute: usd(7), reversal: 0n }])
  await tell(id, { kind: 'dispute_won', disputeId: 'd' })
  equal((await findOrder(db, id))!.state, 'credited')
  equal(await availableOf(accountId), usd(7))
  await tell(id, { kind: 'refund_failed', amount: cents(300) })
  equal(await availableOf(accountId), usd(10))
})

const amounts = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 })

test('told at once over several connections, repeated and in any order, orders end as their rails say', async () => {
  const told = fc.record({ received: amounts, refunded: amounts, disputed: fc.nat(1_200), won: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(told, fc.infiniteStream(fc.nat(1_000)), async ({ received, refunded, disputed, won }, order) => {
      const accountId = await customer()
      const { id } = await newOrder(accountId)
      const totals = (list: readonly number[]) => list.map((_, at) => list.slice(0, at + 1).reduce((a, b) => a + b, 0))
      const events = [
        ...totals(received).map((total) => event({ kind: 'received', amount: cents(total) })),
        ...totals(refunded).map((total) => event({ kind: 'refunded', amount: cents(total) })),
        event({ kind: 'disputed', amount: cents(disputed), disputeId: 'd' }),
        ...(won ? [event({ kind: 'dispute_won', disputeId: 'd' })] : []),
      ]
      const shuffled = [...events, ...events].toSorted(() => (order.next().value! % 2 === 0 ? 1 : -1))
      await Promise.all(shuffled.map((each) => advance(db, id, each, tools)))
      const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0)
      const credited = sum(received) >= 1_050 ? 1_000 : 0
      const left = Math.max(0, credited - sum(refunded) - (won ? 0 : disputed))
      equal(await availableOf(accountId), cents(left))
    }),
    { numRuns: 60 },
  )
})

const chaos = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ...(['refund', 'refunded', 'refund_failed', 'disputed', 'dispute_won', 'dispute_lost', 'reversed'] as const),
      ...(['spend', 'received', 'grant'] as const),
    ),
    amount: fc.integer({ min: 1, max: 700 }),
    answer: fc.constantFrom('sent', 'refused', 'by_hand', 'lost'),
    dispute: fc.constantFrom('a', 'b'),
  }),
  { maxLength: 14 },
)

test('whatever happens to an order, and at once, the ledger stands as the order says, debts included', async () => {
  const lane = openBatchLane({ database, clock, processId: makeId() })
  const rules = { days: 30, now: now(), byOperator: true }
  await fc.assert(
    fc.asyncProperty(chaos, async (steps) => {
      const accountId = await customer()
      const keyId = makeId()
      await setKeyBudget(db, { keyId, accountId, limit: undefined, window: 'total', callCap: undefined })
      const { id } = await newOrder(accountId)
      await tell(id, paid())
      const totals: Record<string, number> = { received: 1_050 }
      const work = steps.map(({ kind, amount, answer, dispute }) => async () => {
        const total = (totals[kind] = (totals[kind] ?? 0) + amount)
        if (kind === 'spend') {
          const callId = makeId()
          const held = await lane.reserve(reserveOf({ accountId, keyId }, callId, cents(amount)))
          if (held.kind === 'held') await lane.settle(settleOf(callId, cents(amount)))
        } else if (kind === 'grant') {
          const transferId = makeId()
          await grant(db, { transferId, accountId, amount: cents(amount), reference: transferId })
        } else if (kind === 'refund') {
          const refund = () =>
            answer === 'lost'
              ? Promise.reject(new Error('no answer'))
              : Promise.resolve(answer === 'refused' ? { kind: answer, why: 'no' } : { kind: answer })
          const asked = { orderId: id, personId: undefined, amount: cents(amount), key: undefined }
          const request = { ...asked, rules: { ...rules, rail: { refund } }, onAsked: () => Promise.resolve() }
          const begun = await beginRefund(db, request, tools)
          if (begun.kind === 'begun') await sendRefund(db, { refund }, begun.refundId, tools).catch(() => {})
        } else await tell(id, { kind, amount: cents(kind === 'disputed' ? amount : total), disputeId: dispute })
      })
      for (let at = 0; at < work.length; at += 4) await Promise.all(work.slice(at, at + 4).map((each) => each()))
      await collectDebts(db)
      const order = (await findOrder(db, id))!
      const { available, held, spent, granted, purchased, owed } = (await balanceOf(db, accountId))!
      const { refund, dispute, reversal } = order.taken
      equal(purchased - owed, order.credited - refund - dispute - reversal)
      equal(available + held + spent, purchased + granted)
      ok(available === 0n || owed === 0n)
    }),
    { numRuns: 150 },
  )
  await lane.close()
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(database)
  deepEqual(
    invariants.filter(({ ok: holds }) => !holds),
    [],
  )
})
