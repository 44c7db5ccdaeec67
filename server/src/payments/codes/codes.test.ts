import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import { credits, usd, zero } from '../../core/money.ts'
import { addMember, createAccount, createPerson } from '../../accounts/index.ts'
import { balanceOf, lotsOf, reconcile } from '../../credits/index.ts'
import { openSecrets } from '../../platform/secrets.ts'
import { advance, bring, changeCode, createCode, createOrder, redeem, referralsOf, rewardReferrals } from '../index.ts'
import { makeCodeText, readCodeText } from './codes.ts'

const database = await testDatabase({ after })
const { db } = database
const chance = { bytes: (length: number) => randomBytes(length) }
const makeId = idSource(clock, chance)
const tools = { secrets: openSecrets('a secret that is long enough for a test', chance), clock, makeId, chance }
const now = (): Date => new Date(clock.nowMs())

async function customer(createdAt = now()): Promise<Uuid> {
  return (await createAccount(db, { id: makeId(), name: 'Acme', kind: 'customer', createdAt })).id
}

const code = (given: Partial<Parameters<typeof createCode>[1]> = {}) =>
  createCode(
    db,
    {
      ...{ amount: credits(1_000), usesMax: 1, repeatable: false, note: 'x' },
      ...{ expiresAt: undefined, creditsExpireAt: undefined, ...given },
    },
    tools,
  )

const use = (accountId: Uuid, text: string) => redeem(db, { accountId, personId: undefined, text }, tools)
const available = async (accountId: Uuid): Promise<bigint> => (await balanceOf(db, accountId))!.available

test('a code is read however people type it', () => {
  const text = makeCodeText(chance)
  match(text, /^RP(?:-[0-9A-HJKMNP-TV-Z]{4}){4}$/)
  for (const typed of [text, text.toLowerCase(), text.replaceAll('-', ''), ` ${text.replaceAll('-', ' ')} `])
    equal(readCodeText(typed), readCodeText(text))
  equal(readCodeText('rp-o0il-1111-1111-1111'), '0011111111111111')
  notEqual(makeCodeText(chance), text)
})

test('a code is redeemed as often as it may be and no more, whoever comes at the same moment', async () => {
  const { text } = await code({ usesMax: 5 })
  const accounts = await Promise.all(Array.from({ length: 12 }, () => customer()))
  const outcomes = await Promise.all(accounts.flatMap((id) => [use(id, text), use(id, text)]))
  equal(outcomes.filter(({ kind }) => kind === 'redeemed').length, 5)
  const balances = await Promise.all(accounts.map(available))
  deepEqual(
    balances.filter((balance) => balance > 0n),
    Array.from({ length: 5 }, () => credits(1_000)),
  )
})

test('an account redeems a code once, unless the code says otherwise', async () => {
  const accountId = await customer()
  const once = await code({ usesMax: 9 })
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => use(accountId, once.text)))
  equal(outcomes.filter(({ kind }) => kind === 'redeemed').length, 1)
  equal(outcomes.filter(({ kind }) => kind === 'used-here').length, 5)
  const often = await code({ usesMax: 2, repeatable: true })
  deepEqual(
    [await use(accountId, often.text), await use(accountId, often.text), await use(accountId, often.text)].map(
      ({ kind }) => kind,
    ),
    ['redeemed', 'redeemed', 'used-up'],
  )
  equal(await available(accountId), credits(3_000))
})

test('a code that is unknown, turned off or past its time brings nothing', async () => {
  const accountId = await customer()
  const gone = await code({ expiresAt: new Date(clock.nowMs() - 1) })
  deepEqual(await use(accountId, gone.text), { kind: 'expired' })
  const off = await code()
  await changeCode(db, off.code.id, { disabled: true })
  deepEqual(await use(accountId, off.text), { kind: 'unknown' })
  deepEqual(await use(accountId, makeCodeText(chance)), { kind: 'unknown' })
  equal(await available(accountId), 0n)
})

test('credits that came by a code can expire, and are not refundable', async () => {
  const accountId = await customer()
  const creditsExpireAt = new Date(clock.nowMs() + 86_400_000)
  await use(accountId, (await code({ creditsExpireAt })).text)
  const [lot] = await lotsOf(db, accountId)
  deepEqual([lot?.kind, lot?.refundable, lot?.expiresAt], ['granted', false, creditsExpireAt])
})

const settings = { gives: usd(2), gets: usd(1), most: 2 }

async function brought(referrer: Uuid) {
  const accountId = await customer()
  const { code: text } = await referralsOf(db, referrer, tools)
  deepEqual(await bring(db, { accountId, code: text.toLowerCase() }, tools), { kind: 'brought' })
  return accountId
}

async function buy(accountId: Uuid, heldDays: number) {
  const terms = { bps: 0, fixed: zero }
  const { id } = await createOrder(db, { accountId, rail: 'card', amount: usd(10), terms, heldDays }, tools)
  const tell = (given: object) => advance(db, id, { key: makeId(), at: now(), ...given } as never, tools)
  await tell({ kind: 'received', amount: usd(10) })
  return tell
}

const reward = () => Promise.all([1, 2, 3].map(() => rewardReferrals(db, settings, tools)))

test('both are rewarded once, when the first purchase is past its hold and stands', async () => {
  const referrer = await customer()
  const newcomer = await brought(referrer)
  await reward()
  equal(await available(referrer), 0n, 'nothing was bought')
  await buy(newcomer, 14)
  await reward()
  equal(await available(referrer), 0n, 'banks may still take it back')
  await buy(newcomer, 0)
  await reward()
  deepEqual([await available(referrer), await available(newcomer)], [usd(2), usd(21)])
  deepEqual((await referralsOf(db, newcomer, tools)).own, 'rewarded')
})

test('a purchase that was given back rewards nobody', async () => {
  const referrer = await customer()
  const newcomer = await brought(referrer)
  const tell = await buy(newcomer, 0)
  await tell({ kind: 'refunded', amount: usd(10) })
  await reward()
  equal(await available(referrer), 0n)
})

test('nobody is rewarded for more accounts than the ceiling, also for several at once', async () => {
  const referrer = await customer()
  for (const each of [await brought(referrer), await brought(referrer), await brought(referrer)]) await buy(each, 0)
  await reward()
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
  await buy(newcomer, 0)
  await reward()
  deepEqual([await available(referrer), (await referralsOf(db, newcomer, tools)).own], [0n, 'void'])
})

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(database)
  ok(invariants.every((each) => each.ok))
})
