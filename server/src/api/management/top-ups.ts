import { z } from '@hono/zod-openapi'
import { toCredits } from '../../core/money.ts'
import { type TopUp, topUpsOf } from '../../credits/index.ts'
import { creditsText, timeOrNull, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { pageFields, pageFrom, pageOf } from '../pages.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'
import { sequenceIn } from './movements.ts'

const states = ['completed', 'partly_taken_back', 'taken_back', 'expired'] as const

const topUp = z
  .object({
    id: z.string().openapi({ format: 'uuid', description: 'The transfer, and the lot that it opened.' }),
    at: timeText,
    kind: z
      .string()
      .openapi({ description: '`restoration`: credits that were taken back came again.', example: 'grant' }),
    state: z.enum(states).openapi({ description: '`expired`: a part was not used in time.' }),
    credits: creditsText,
    taken_back_credits: creditsText.openapi({
      description: 'By corrections, refunds, disputes, and payments that were undone.',
    }),
    expired_credits: creditsText,
    reference: z.string().openapi({ description: 'Of a purchase: its order.' }),
    note: z.string().nullable(),
    lot_kind: z.enum(['purchased', 'granted', 'earned']).nullable(),
    refundable: z.boolean(),
    held_until: timeText.nullable(),
    expires_at: timeText.nullable(),
  })
  .openapi('TopUp')

const getTopUps = operation({
  id: 'listTopUps',
  method: 'get',
  path: '/accounts/{id}/top-ups',
  tag: 'Ledger',
  summary: 'List what came in, newest first, and what became of it',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject(pageFields),
  answer: pageOf(topUp),
  run: async ({ db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const rows = await topUpsOf(db, { accountId, beforeSequence: sequenceIn(query.cursor), limit: query.limit + 1 })
    return pageFrom(rows, query.limit, { entry: inWords, position: ({ sequence }) => [String(sequence)] })
  },
})

export const topUpOperations: readonly AnyOperation[] = [getTopUps]

function stateOf({ amount, takenBack, expired }: TopUp): (typeof states)[number] {
  if (takenBack >= amount) return 'taken_back'
  if (expired > 0n) return 'expired'
  return takenBack > 0n ? 'partly_taken_back' : 'completed'
}

function inWords(came: TopUp): z.input<typeof topUp> {
  const kinds = ['purchased', 'granted', 'earned'] as const
  return {
    id: came.id,
    at: came.at.toISOString(),
    kind: came.kind,
    state: stateOf(came),
    credits: toCredits(came.amount),
    taken_back_credits: toCredits(came.takenBack),
    expired_credits: toCredits(came.expired),
    reference: came.reference,
    note: came.note ?? null,
    lot_kind: kinds.find((kind) => kind === came.lot?.kind) ?? null,
    refundable: came.lot?.refundable ?? false,
    held_until: timeOrNull(came.heldUntil),
    expires_at: timeOrNull(came.expiresAt),
  }
}
