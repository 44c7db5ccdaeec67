import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import { mailKinds, mailWishesOf, setMailWish } from '../../mails/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { permissionsOf, type Session } from '../../accounts/index.ts'
import { sessionOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, idField, listOf } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { tag } from './tools.ts'

const wish = z
  .object({
    account_id: z.string().openapi({ format: 'uuid' }),
    account_name: z.string(),
    low_balance: z.boolean().openapi({ description: 'When its balance falls below the one set by its alerts.' }),
    payment_problem: z.boolean().openapi({ description: 'When something is wrong with a payment.' }),
  })
  .openapi('MailWishes')

const getMyMails = operation({
  id: 'listMyMails',
  method: 'get',
  path: '/me/mails',
  tag,
  summary: 'List which mails you get about the accounts whose payments you look after',
  allowed: 'person',
  answer: listOf(wish),
  run: async ({ db, bearer }) => ({ data: await wishesOf(db, sessionOf(bearer)) }),
})

const patchMyMails = operation({
  id: 'changeMyMails',
  method: 'patch',
  path: '/me/mails',
  tag,
  summary: 'Say which mails about an account you want',
  allowed: 'person',
  body: z.strictObject({
    account_id: idField,
    low_balance: z.boolean().optional(),
    payment_problem: z.boolean().optional(),
  }),
  answer: dataOf(wish),
  // Of their own mails nobody but themselves need know.
  audit: 'nothing',
  run: async ({ db, bearer, body: { account_id: accountId, ...wanted } }) => {
    const session = sessionOf(bearer)
    const find = async () => (await wishesOf(db, session)).find((each) => each.account_id === accountId)
    if (!(await find())) throw notFound('account whose payments you look after', 'account_id')
    for (const kind of mailKinds) {
      const value = wanted[kind]
      if (value !== undefined) await setMailWish(db, { accountId, personId: session.person.id, kind, wanted: value })
    }
    return { data: (await find())! }
  },
})

export const myMailOperations: readonly AnyOperation[] = [getMyMails, patchMyMails]

async function wishesOf(db: Db, { person, memberships }: Session): Promise<z.input<typeof wish>[]> {
  const wishes = await mailWishesOf(db, person.id)
  const all = { low_balance: true, payment_problem: true }
  return memberships
    .filter(({ role, accountKind }) => permissionsOf(role, accountKind).includes('billing'))
    .map((each) => {
      const accountId: Uuid = each.accountId
      return { account_id: accountId, account_name: each.accountName, ...(wishes.get(accountId) ?? all) }
    })
}
