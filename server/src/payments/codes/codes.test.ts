import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import { credits } from '../../core/money.ts'
import { createAccount } from '../../accounts/index.ts'
import { balanceOf, lotsOf, reconcile } from '../../credits/index.ts'
import { openSecrets } from '../../platform/secrets.ts'
import { changeCode, createCode, redeem } from '../index.ts'
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

test('after all of this the ledger reconciles', async () => {
  const { invariants } = await reconcile(database)
  ok(invariants.every((each) => each.ok))
})
