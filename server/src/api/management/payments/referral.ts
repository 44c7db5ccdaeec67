import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import type { Uuid } from '../../../core/ids.ts'
import { toCredits, zero } from '../../../core/money.ts'
import { bring, type Brought, referralsOf } from '../../../payments/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { noteChange } from '../../audit/note.ts'
import { requirePermission } from '../../auth.ts'
import { creditsText, dataOf } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import type { ApiOptions } from '../../options.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'

const tag = 'Codes'

const schema = z
  .object({
    code: z.string().openapi({ description: 'What others give when they come.' }),
    gives_credits: creditsText.openapi({ description: 'To whoever brings somebody; 0: nothing is given here.' }),
    gets_credits: creditsText.openapi({ description: 'To whoever comes.' }),
    rewarded_max: z.number().int(),
    brought: z.number().int().openapi({ description: 'Accounts that came by the code.' }),
    rewarded: z.number().int(),
    own: z.enum(['open', 'rewarded', 'void', 'taken_back']).nullable().openapi({
      description: 'What became of having been brought; null: it was not. `taken_back`: what it bought was given back.',
    }),
  })
  .openapi('Referrals')

const getReferrals = operation({
  id: 'getReferrals',
  method: 'get',
  path: '/accounts/{id}/referral',
  tag,
  summary: 'Get the code by which an account brings others, and what came of it',
  allowed: 'management',
  params: accountParams,
  answer: dataOf(schema),
  run: async ({ api, db, bearer, params }) => ({
    data: await inWords(api, db, (await accountThere(db, bearer, params.id)).id),
  }),
})

const postReferral = operation({
  id: 'sayWhoBroughtYou',
  method: 'post',
  path: '/accounts/{id}/referral',
  tag,
  summary: 'Say who brought an account that is new',
  description:
    'Both are given credits once a purchase of it is past its hold and the time for refunds, and nothing of it was given back. ' +
    'They are taken back where nothing that it bought stands any more.',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  body: z.strictObject({ code: z.string().max(100, { error: 'at most 100 characters' }) }),
  answer: dataOf(schema),
  audit: 'itself',
  run: (request) =>
    inTransaction(request.db, async (db) => {
      const { api, bearer, params, body } = request
      const { id: accountId } = await accountThere(db, bearer, params.id)
      requirePermission(bearer, 'billing', accountId)
      const brought = await bring(db, { accountId, code: body.code }, api)
      if (brought.kind !== 'brought') throw refusalOf(brought)
      const change = { kind: 'account', accountId, before: undefined, after: { id: accountId } } as const
      await noteChange(db, request, { action: 'sayWhoBroughtYou', ...change })
      return { data: await inWords(api, db, accountId) }
    }),
})

export const referralOperations: readonly AnyOperation[] = [getReferrals, postReferral]

async function inWords(api: ApiOptions, db: Db, accountId: Uuid): Promise<z.input<typeof schema>> {
  const { referral } = api.payments.settings
  const { code, brought, rewarded, own } = await referralsOf(db, accountId, api)
  return {
    ...{ code, brought, rewarded, own: own ?? null },
    gives_credits: toCredits(referral?.gives ?? zero),
    gets_credits: toCredits(referral?.gets ?? zero),
    rewarded_max: referral?.most ?? 0,
  }
}

const refusals = {
  unknown: 'Nobody has this code.',
  itself: 'Nobody brings themselves: the accounts have a member in common.',
  'too-late': 'This account is not new any more, or somebody brought it already.',
} as const

const refusalOf = ({ kind }: Exclude<Brought, { kind: 'brought' }>) =>
  new AppError(kind === 'unknown' ? 'not_found' : 'conflict', { message: refusals[kind], param: 'code' })
