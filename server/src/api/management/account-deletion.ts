import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import { toCredits } from '../../core/money.ts'
import { type Account, closeAccount, findAccount } from '../../accounts/index.ts'
import { forfeit } from '../../credits/index.ts'
import { forgetAnswersOf, forgetResponsesOf } from '../../gateway/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { deleteWebhook, listWebhooks, setLowBalance, webhooksMax } from '../../webhooks/index.ts'
import { accountMeant, requirePermission } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import { creditsText, nameField } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { deleteIdempotencyOf } from '../store.ts'
import { accountParams, settingsOf } from './accounts.ts'

const deleteAccount = operation({
  id: 'deleteAccount',
  method: 'delete',
  path: '/accounts/{id}',
  tag: 'Accounts',
  summary: 'Delete an account, for good',
  description:
    'Its keys stop at once, calls under way are finished; own keys at providers, webhooks, members, invitations and stored ' +
    'answers are gone. Ledger, receipts and audit log stay, under its id. Credits that are left are given up; where some of ' +
    "them were bought or earned, only with `forfeit=true`. The operator's account cannot be deleted.",
  allowed: 'management',
  // Whoever operates the server deletes the accounts of others; in their own account all need to own it.
  permission: 'members',
  params: accountParams,
  query: z.strictObject({
    name: nameField.openapi({ description: 'The name of the account, typed by whoever deletes it.' }),
    forfeit: z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .default('false')
      .openapi({ description: 'Give up credits that were bought or earned.' }),
  }),
  answer: z.object({
    deleted: z.literal(true),
    data: z.object({
      id: z.string().openapi({ format: 'uuid' }),
      forfeited_credits: creditsText.openapi({ description: 'What calls under way hold follows when they end.' }),
    }),
  }),
  target: async ({ db, bearer, params }) => {
    const found = await findAccount(db, accountMeant(bearer, params.id))
    if (!found || found.deletedAt) throw notFound('account')
    return found
  },
  audit: { kind: 'account', before: settingsOf },
  run: async ({ api, db, bearer, query, target }) => {
    requirePermission(bearer, 'owner', target.id)
    if (query.name !== target.name) throw invalid('name: must be the name of the account', 'name')
    const now = new Date(api.clock.nowMs())
    await close(db, target, now)
    await forget(db, target.id, now)
    const asked = { accountId: target.id, everything: query.forfeit === 'true', makeId: api.makeId, now }
    const forfeited = await forfeit(db, asked)
    if (forfeited.kind === 'kept') {
      const left = toCredits(forfeited.valuable)
      throw new AppError('conflict', {
        message: `${left} credits are left that were bought or earned. Spend them, or give them up with forfeit=true.`,
        param: 'forfeit',
        metadata: { valuable_credits: left },
      })
    }
    if (forfeited.kind === 'unknown') throw notFound('account')
    return { deleted: true as const, data: { id: target.id, forfeited_credits: toCredits(forfeited.amount) } }
  },
})

export const accountDeletionOperations: readonly AnyOperation[] = [deleteAccount]

async function close(db: Db, { id }: Account, now: Date): Promise<void> {
  const outcome = await closeAccount(db, id, now)
  if (outcome === 'unknown') throw notFound('account')
  if (outcome === 'operator')
    throw new AppError('conflict', {
      message: "The operator's account cannot be deleted: nobody could run the server.",
    })
}

/** What other rooms keep of an account and has no use without it. */
async function forget(db: Db, accountId: Uuid, now: Date): Promise<void> {
  const webhooks = await listWebhooks(db, { accountId, beforeId: undefined, limit: webhooksMax })
  for (const { id } of webhooks) await deleteWebhook(db, id, now)
  await setLowBalance(db, accountId, undefined)
  await forgetAnswersOf(db, accountId)
  await forgetResponsesOf(db, accountId)
  await deleteIdempotencyOf(db, accountId)
}
