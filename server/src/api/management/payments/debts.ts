import { z } from '@hono/zod-openapi'
import { toCredits } from '../../../core/money.ts'
import { keepAccount } from '../../../accounts/index.ts'
import { balanceOf, debtsOf, forgive } from '../../../credits/index.ts'
import { noteChange } from '../../audit/note.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { notFound } from '../../faults.ts'
import { creditsText, dataOf, listOf, nameField, positiveCreditsField, timeText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { tag } from './orders.ts'

const debt = z
  .object({
    transfer_id: z
      .string()
      .openapi({ format: 'uuid', description: 'What brought the credits: a purchase, or what was given for one.' }),
    kind: z.enum(['refund', 'dispute', 'reversal']),
    credits: creditsText.openapi({ description: 'What was to be taken back.' }),
    owed_credits: creditsText,
    since: timeText,
  })
  .openapi('Debt')

const getDebts = operation({
  id: 'listDebts',
  method: 'get',
  path: '/accounts/{id}/debts',
  tag,
  summary: 'List what an account owes of purchases that were given back, oldest first',
  allowed: 'management',
  params: accountParams,
  answer: listOf(debt),
  run: async ({ db, bearer, params }) => {
    const debts = await debtsOf(db, (await accountThere(db, bearer, params.id)).id)
    const data = debts.map(({ of, kind, amount, owed, since }) => ({
      ...{ transfer_id: of, kind, credits: toCredits(amount), owed_credits: toCredits(owed) },
      since: since.toISOString(),
    }))
    return { data }
  },
})

const postForgiveness = operation({
  id: 'forgiveDebts',
  method: 'post',
  path: '/accounts/{id}/debts/forgive',
  tag,
  summary: 'Let an account off what it owes, in part or whole',
  description: 'It is given nothing and loses nothing; once it owes nothing it can start calls again.',
  allowed: 'operator',
  params: accountParams,
  body: z.strictObject({ credits: positiveCreditsField, reason: nameField }),
  answer: dataOf(z.object({ forgiven_credits: creditsText, owed_credits: creditsText })),
  audit: 'itself',
  run: (request) =>
    inTransaction(request.db, async (db) => {
      const { api, params, body } = request
      const account = await keepAccount(db, params.id)
      if (!account) throw notFound('account')
      const asked = { accountId: account.id, amount: body.credits, reference: api.makeId(), note: body.reason }
      const done = await forgive(db, asked, api.makeId)
      if (done.kind !== 'posted') throw notFound('account')
      const after = { id: account.id, kind: 'forgiveness', credits: toCredits(done.cancelled), reason: body.reason }
      const change = { kind: 'transfer', accountId: account.id, before: undefined, after } as const
      await noteChange(db, request, { action: 'forgiveDebts', ...change })
      const owed = (await balanceOf(db, account.id))!.owed
      return { data: { forgiven_credits: toCredits(done.cancelled), owed_credits: toCredits(owed) } }
    }),
})

export const debtOperations: readonly AnyOperation[] = [getDebts, postForgiveness]
