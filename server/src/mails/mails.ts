import type { Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import { findAccount, listMembers, permissionsOf } from '../accounts/index.ts'
import type { Db } from '../platform/database/index.ts'
import type { Mail, Mailer } from '../platform/mail.ts'
import {
  claimDeliveries,
  deleteMailsBefore,
  deleteOptOut,
  findMailRows,
  insertDeliveries,
  insertMail,
  insertOptOut,
  listOptOuts,
  lockNewMails,
  type MailRow,
  markAddressed,
  updateDelivery,
} from './store.ts'
import { type MailKind, mailKinds } from './types.ts'

export type MailNews = {
  readonly accountId: Uuid
  readonly kind: MailKind
  /** Equal for the same thing, whoever notices it: it is told once. */
  readonly crossing: string
  readonly subject: string
  /** Paragraphs of plain text. What somebody else wrote stands on a line of its own. */
  readonly lines: readonly string[]
}

export type MailTools = { readonly makeId: MakeId; readonly clock: Pick<Clock, 'nowMs'> }

/** Has those who look after an account's money told of something, in the transaction that noticed it. */
export async function tellByMail(tx: Db, news: MailNews, { makeId, clock }: MailTools): Promise<void> {
  const { accountId, lines, ...rest } = news
  const created = { addressed: false, created_at: new Date(clock.nowMs()) }
  await insertMail(tx, { id: makeId(), account_id: accountId, lines: [...lines], ...rest, ...created })
}

export type MailDelivery = {
  readonly db: Db
  readonly clock: Pick<Clock, 'nowMs'>
  readonly mailer: Pick<Mailer, 'send'>
  /** Where people turn mails off; undefined: it is not known where the console is. */
  readonly settingsUrl: string | undefined
  readonly onFault: (error: unknown) => void
}

const mailsAtOnce = 50
const retryMs = 60_000
const attemptsMax = 8
/** News that are older are none. */
const staleMs = 86_400_000
const keptMs = 30 * 86_400_000

/** A job: sends what is to be told, to each reader at least once. Returns how many mails were taken. */
export async function deliverMails(delivery: MailDelivery): Promise<number> {
  const { db, clock, onFault } = delivery
  const now = clock.nowMs()
  await db.transaction().execute(async (tx) => {
    for (const mail of await lockNewMails(tx, mailsAtOnce)) await address(tx, mail, now)
  })
  const due = await claimDeliveries(db, new Date(now), new Date(now + retryMs), mailsAtOnce)
  const mails = new Map((due.length === 0 ? [] : await findMailRows(db, idsOf(due))).map((mail) => [mail.id, mail]))
  let sent = 0
  for (const { mail_id: mailId, person_id: personId, attempts } of due) {
    try {
      if (await deliver(delivery, mails.get(mailId)!, personId)) sent++
      await updateDelivery(db, { mailId, personId }, { status: 'sent' })
    } catch (error) {
      onFault(error)
      const change = { status: attempts >= attemptsMax ? 'failed' : 'pending' } as const
      await updateDelivery(db, { mailId, personId }, { ...change, next_at: new Date(now + retryMs * 2 ** attempts) })
    }
  }
  return sent
}

const idsOf = (due: readonly { readonly mail_id: Uuid }[]): Uuid[] => [...new Set(due.map(({ mail_id: id }) => id))]

async function address(tx: Db, mail: MailRow, now: number): Promise<void> {
  await markAddressed(tx, mail.id)
  if (now - mail.created_at.getTime() > staleMs) return
  const readers = await readersOf(tx, mail)
  if (readers.length > 0) {
    await insertDeliveries(
      tx,
      mail.id,
      readers.map(({ personId }) => personId),
      new Date(now),
    )
  }
}

/** Members who look after the account's money, have a proven mailbox, and did not ask to be left alone. */
async function readersOf(db: Db, { account_id: accountId, kind }: Pick<MailRow, 'account_id' | 'kind'>) {
  const account = await findAccount(db, accountId)
  if (!account || account.deletedAt) return []
  const left = new Set(
    (await listOptOuts(db, { accountId })).filter((row) => row.kind === kind).map(({ person_id: id }) => id),
  )
  return (await listMembers(db, accountId)).filter(
    ({ personId, role, email }) =>
      email !== undefined && !left.has(personId) && permissionsOf(role, account.kind).includes('billing'),
  )
}

/** `false`: whoever was to read it is not there any more, or does not want it. */
async function deliver({ db, mailer, settingsUrl }: MailDelivery, mail: MailRow, personId: Uuid): Promise<boolean> {
  const reader = (await readersOf(db, mail)).find((each) => each.personId === personId)
  const account = await findAccount(db, mail.account_id)
  if (reader?.email === undefined || !account) return false
  await mailer.send(written(mail, { to: reader.email, accountName: account.name, settingsUrl }))
  return true
}

type Addressed = { readonly to: string; readonly accountName: string; readonly settingsUrl: string | undefined }

const written = ({ subject, lines }: MailRow, { to, accountName, settingsUrl }: Addressed): Mail => ({
  to,
  subject,
  text: [
    'About the account',
    `  ${accountName}`,
    ...lines,
    'You get this because you look after its payments.' +
      (settingsUrl === undefined ? '' : `\nMails like this are turned off at ${settingsUrl}`),
  ]
    .join('\n\n')
    .concat('\n'),
})

/** A job: forgets mails that are 30 days old. Returns how many. */
export const purgeMails = (db: Db, clock: Pick<Clock, 'nowMs'>): Promise<number> =>
  deleteMailsBefore(db, new Date(clock.nowMs() - keptMs))

/** Which mails a person gets about accounts, by account; one that is not there gets all. */
export async function mailWishesOf(
  db: Db,
  personId: Uuid,
): Promise<ReadonlyMap<Uuid, Readonly<Record<MailKind, boolean>>>> {
  const byAccount = Map.groupBy(await listOptOuts(db, { personId }), ({ account_id: id }) => id)
  return new Map(
    [...byAccount].map(([accountId, rows]) => {
      const left = new Set(rows.map(({ kind }) => kind))
      const wishes = Object.fromEntries(mailKinds.map((kind) => [kind, !left.has(kind)]))
      return [accountId, wishes as Record<MailKind, boolean>]
    }),
  )
}

export type MailWish = {
  readonly accountId: Uuid
  readonly personId: Uuid
  readonly kind: MailKind
  readonly wanted: boolean
}

export const setMailWish = (db: Db, { accountId, personId, kind, wanted }: MailWish): Promise<unknown> =>
  (wanted ? deleteOptOut : insertOptOut)(db, { account_id: accountId, person_id: personId, kind })
