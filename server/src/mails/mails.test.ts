import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { clock } from '../../test/support/clock.ts'
import { testDatabase } from '../../test/support/database.ts'
import { openMailbox } from '../../test/support/mailbox.ts'
import { idSource, type Uuid } from '../core/ids.ts'
import { credits } from '../core/money.ts'
import { addMember, createAccount, createPerson, memberRoles } from '../accounts/index.ts'
import { grant } from '../credits/index.ts'
import { openMailer } from '../platform/mail.ts'
import { setLowBalance, watchCredits } from '../webhooks/index.ts'
import { deliverMails, mailWishesOf, purgeMails, setMailWish, tellByMail } from './index.ts'

const { db } = await testDatabase({ after })
const makeId = idSource(clock, { bytes: (length) => randomBytes(length) })
const tools = { makeId, clock }
const mailbox = await openMailbox({ after })
const mailer = openMailer({ url: mailbox.url, from: 'RedPill <redpill@mail.example>' })
after(() => mailer.close())
const now = () => new Date(clock.nowMs())

/** An account with a member of each role, whose mailbox is named by role and account. */
async function account() {
  const { id } = await createAccount(db, { id: makeId(), name: 'Acme', kind: 'customer', createdAt: now() })
  const people = new Map<string, Uuid>()
  for (const role of memberRoles) {
    const person = { id: makeId(), name: role, email: `${role}@${id}.example`, createdAt: now() }
    await createPerson(db, person)
    await addMember(db, { accountId: id, personId: person.id, role, createdAt: now() })
    people.set(role, person.id)
  }
  return { id, people }
}

const deliver = (given: Partial<Parameters<typeof deliverMails>[0]> = {}) =>
  deliverMails({
    ...{ db, clock, mailer, settingsUrl: 'https://redpill.example/settings' },
    onFault(error) {
      throw error
    },
    ...given,
  })

const readersOf = (id: Uuid, subject: string) =>
  mailbox.mails
    .filter(({ raw, to }) => raw.includes(`Subject: ${subject}`) && to[0]?.endsWith(`@${id}.example`))
    .map(({ to }) => to[0]!.split('@')[0]!)
    .toSorted((one, other) => one.localeCompare(other))

const problem = (accountId: Uuid, crossing: string = makeId()) =>
  tellByMail(
    db,
    {
      accountId,
      kind: 'payment_problem',
      crossing,
      subject: 'A refund came to nothing',
      lines: ['The card is closed.'],
    },
    tools,
  )

test('those who look after billing are told of a problem, each once, however many processes tell and send', async () => {
  const { id } = await account()
  await Promise.all([problem(id, 'refund 1'), problem(id, 'refund 1'), problem(id, 'refund 1')])
  await Promise.all([deliver(), deliver(), deliver()])
  await deliver()
  deepEqual(readersOf(id, 'A refund came to nothing'), ['admin', 'billing', 'owner'])
  const { text } = await mailbox.mailTo(`owner@${id}.example`)
  match(text, /About the account\s+Acme\s+The card is closed\./)
  match(text, /turned off at https:\/\/redpill\.example\/settings/)
})

test('who turned a kind of mail off does not get it, and gets the others', async () => {
  const { id, people } = await account()
  const personId = people.get('owner')!
  await setMailWish(db, { accountId: id, personId, kind: 'payment_problem', wanted: false })
  deepEqual((await mailWishesOf(db, personId)).get(id), { low_balance: true, payment_problem: false })
  await problem(id)
  await deliver()
  deepEqual(readersOf(id, 'A refund came to nothing'), ['admin', 'billing'])
  await setMailWish(db, { accountId: id, personId, kind: 'payment_problem', wanted: true })
  equal((await mailWishesOf(db, personId)).get(id), undefined)
})

test('a mail that no server takes is sent later; news of yesterday are not sent at all', async () => {
  const { id } = await account()
  await problem(id)
  const faults: unknown[] = []
  const away = { send: () => Promise.reject(new Error('no route')) }
  equal(await deliver({ mailer: away, onFault: (error) => faults.push(error) }), 0)
  equal(faults.length, 3)
  equal(await deliver(), 0, 'not at once again')
  const later = { nowMs: () => clock.nowMs() + 600_000 }
  equal(await deliver({ clock: later }), 3)
  deepEqual(readersOf(id, 'A refund came to nothing'), ['admin', 'billing', 'owner'])

  const stale = await account()
  await problem(stale.id)
  equal(await deliver({ clock: { nowMs: () => clock.nowMs() + 90_000_000 } }), 0)
  equal((await purgeMails(db, { nowMs: () => clock.nowMs() + 31 * 86_400_000 })) > 0, true)
})

test('a balance that falls below its threshold is told by mail where mails are sent, though no webhook listens', async () => {
  const { id } = await account()
  const transferId = makeId()
  await grant(db, { transferId, accountId: id, amount: credits(10), reference: transferId })
  await setLowBalance(db, id, credits(50))
  await watchCredits(db, tools)
  await deliver()
  deepEqual(readersOf(id, 'Credits are running low'), [])
  await Promise.all([1, 2, 3].map(() => watchCredits(db, { ...tools, mails: true })))
  await deliver()
  deepEqual(readersOf(id, 'Credits are running low'), ['admin', 'billing', 'owner'])
  const { text } = await mailbox.mailTo(`billing@${id}.example`)
  ok(/10 credits: less than the 50/.test(text))
})
