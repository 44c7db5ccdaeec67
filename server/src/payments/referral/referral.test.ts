import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { keyOf, reserveOf, settleOf } from '../../../test/support/ledger-fixture.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import { usd, zero } from '../../core/money.ts'
import { addMember, createAccount, createPerson } from '../../accounts/index.ts'
import { balanceOf, openBatchLane, reconcile, registerProcess } from '../../credits/index.ts'
import { advance, bring, createOrder, reconcilePayments, referralsOf, settleReferrals } from '../index.ts'

const database = await testDatabase({ after })
const { db } = database
const chance = { bytes: (length: number) => randomBytes(length) }
const makeId = idSource(clock, chance)
const tools = { clock, makeId, chance }
const now = (): Date => new Date(clock.nowMs())

async function customer(createdAt = now()): Promise<Uuid> {
  return (await createAccount(db, { id: makeId(), name: 'Acme', kind: 'customer', createdAt })).id
}

const available = async (accountId: Uuid): Promise<bigint> => (await balanceOf(db, accountId))!.available

const settings = { referral: { gives: usd(2), gets: usd(1), most: 2 }, refundDays: 30 }
const dayMs = 86_400_000

async function brought(referrer: Uuid) {
  const accountId = await customer()
  const { code: text } = await referralsOf(db, referrer, tools)
  deepEqual(await bring(db, { accountId, code: text.toLowerCase() }, tools), { kind: 'brought' })
  return accountId
}

type Buying = { readonly heldDays?: number; readonly daysAgo?: number }

async function buy(accountId: Uuid, { heldDays = 0, daysAgo = 31 }: Buying = {}) {
  const terms = { bps: 0, fixed: zero }
  const { id } = await createOrder(db, { accountId, rail: 'card', amount: usd(10), terms, heldDays }, tools)
  const tell = (given: object) => advance(db, id, { key: makeId(), at: now(), ...given } as never, tools)
  await tell({ kind: 'received', amount: usd(10), at: new Date(clock.nowMs() - daysAgo * dayMs) })
  return tell
}

const settle = (given: Parameters<typeof settleReferrals>[1] = settings) =>
  Promise.all([1, 2, 3].map(() => settleReferrals(db, given, tools)))
const own = async (accountId: Uuid) => (await referralsOf(db, accountId, tools)).own

test('both are rewarded once, when a purchase is past its hold and the time for refunds', async () => {
  const referrer = await customer()
  const newcomer = await brought(referrer)
  await settle()
  equal(await available(referrer), 0n, 'nothing was bought')
  await buy(newcomer, { daysAgo: 29 })
  await buy(newcomer, { heldDays: 40, daysAgo: 31 })
  await settle()
  equal(await available(referrer), 0n, 'the one may still be refunded, banks may still take the other back')
  await buy(newcomer, { heldDays: 14, daysAgo: 31 })
  await settle()
  deepEqual([await available(referrer), await available(newcomer)], [usd(2), usd(31)])
  deepEqual(await own(newcomer), 'rewarded')
})

test('where buyers have nothing refunded by themselves, only the hold is waited for', async () => {
  const referrer = await customer()
  await buy(await brought(referrer), { heldDays: 1, daysAgo: 2 })
  await settle({ ...settings, refundDays: 0 })
  equal(await available(referrer), usd(2))
})

test('a purchase of which anything was given back, or that a bank asks about, rewards nobody', async () => {
  const referrer = await customer()
  await (
    await buy(await brought(referrer))
  )({ kind: 'refunded', amount: usd(1) })
  await (
    await buy(await brought(referrer))
  )({ kind: 'refund_asked', amount: usd(1) })
  await (
    await buy(await brought(referrer))
  )({ kind: 'disputed', amount: zero, disputeId: 'd' })
  await settle()
  equal(await available(referrer), 0n)
})

test('what was rewarded is taken back once from both when the purchase is, and comes back when a dispute is won', async () => {
  const referrer = await customer()
  const newcomer = await brought(referrer)
  const tell = await buy(newcomer)
  await settle()
  for (const round of ['first', 'second']) {
    await tell({ kind: 'disputed', amount: usd(10), disputeId: round })
    await settle({ ...settings, referral: undefined })
    deepEqual([await available(referrer), await available(newcomer), await own(newcomer)], [0n, 0n, 'taken_back'])
    equal((await referralsOf(db, referrer, tools)).rewarded, 0)
    await tell({ kind: 'dispute_won', disputeId: round })
    await settle()
    deepEqual([await available(referrer), await available(newcomer)], [usd(2), usd(11)])
    deepEqual([await own(newcomer), (await referralsOf(db, referrer, tools)).rewarded], ['rewarded', 1])
  }
})

test('a reward that was spent before its purchase was given back is owed', async () => {
  const referrer = await customer()
  const tell = await buy(await brought(referrer))
  await settle()
  const processId = makeId()
  await registerProcess(db, { id: processId, host: 'test', pid: process.pid })
  const lane = openBatchLane({ database, clock, processId })
  const callId = makeId()
  await lane.reserve(reserveOf(callId, referrer, await keyOf(db, referrer), usd(2)))
  await lane.settle(settleOf(callId, usd(2)))
  await lane.close()
  await tell({ kind: 'refunded', amount: usd(10) })
  await settle()
  equal((await balanceOf(db, referrer))!.owed, usd(2))
})

test('rewards that were taken back leave purchases and the ledger in agreement', async () => {
  const [orders] = await reconcilePayments(database, { settings: undefined as never, rails: {} })
  deepEqual(
    orders?.checks.filter((each) => !each.ok),
    [],
  )
})

test('nobody is rewarded for more accounts than the ceiling, also for several at once', async () => {
  const referrer = await customer()
  for (const each of [await brought(referrer), await brought(referrer), await brought(referrer)]) await buy(each)
  await settle()
  equal(await available(referrer), usd(4))
  const { brought: count, rewarded } = await referralsOf(db, referrer, tools)
  deepEqual([count, rewarded], [3, 2])
})

test('nobody brings themselves, or an account that is not new', async () => {
  const mine = await customer()
  const { code: text } = await referralsOf(db, mine, tools)
  const come = (accountId: Uuid, given = text) => bring(db, { accountId, code: given }, tools)
  deepEqual(await come(mine), { kind: 'itself' })
  const person = await createPerson(db, { id: makeId(), name: 'Ada', email: undefined, createdAt: now() })
  const other = await customer()
  for (const accountId of [mine, other])
    await addMember(db, { accountId, personId: person.id, role: 'owner', createdAt: now() })
  deepEqual(await come(other), { kind: 'itself' })
  deepEqual(await come(await customer(new Date(clock.nowMs() - 31 * 86_400_000))), { kind: 'too-late' })
  deepEqual(await come(await customer(), 'RP-NONE'), { kind: 'unknown' })
  const twice = await customer()
  deepEqual(
    [await come(twice), await come(twice)].map(({ kind }) => kind),
    ['brought', 'too-late'],
  )
})

test('a member in common that came later is found before anybody is rewarded', async () => {
  const referrer = await customer()
  const newcomer = await brought(referrer)
  const person = await createPerson(db, { id: makeId(), name: 'Ada', email: undefined, createdAt: now() })
  for (const accountId of [referrer, newcomer])
    await addMember(db, { accountId, personId: person.id, role: 'owner', createdAt: now() })
  await buy(newcomer)
  await settle()
  deepEqual([await available(referrer), (await referralsOf(db, newcomer, tools)).own], [0n, 'void'])
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(database)
  ok(invariants.every((each) => each.ok))
})
