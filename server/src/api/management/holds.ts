import { z } from '@hono/zod-openapi'
import { generationId } from '../../core/ids.ts'
import { add, toCredits, zero } from '../../core/money.ts'
import { keyNames } from '../../accounts/index.ts'
import { openHoldsOf } from '../../credits/index.ts'
import { creditsText, timeText } from '../fields.ts'
import { textOf } from '../loose.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'

const hold = z
  .object({
    id: z.string().openapi({ description: 'The generation; its receipt comes when the call ends.' }),
    created_at: timeText,
    age_ms: z.number().int(),
    expires_at: timeText.openapi({ description: 'Settled at the latest some time after then, whatever happens.' }),
    key_id: z.string(),
    key_name: z.string().nullable(),
    model: z.string().nullable(),
    provider: z.string().nullable().openapi({ description: 'Of the offer that is asked first.' }),
    streamed: z.boolean(),
    credits: creditsText,
  })
  .openapi('Hold')

const holdsShown = 1_000

const getHolds = operation({
  id: 'listHolds',
  method: 'get',
  path: '/accounts/{id}/holds',
  tag: 'Ledger',
  summary: 'List what is reserved for calls under way, newest first',
  description:
    'At most 1,000 are listed; `total` is of all. What a call leaves of its hold is free again when it ends.',
  allowed: 'management',
  params: accountParams,
  answer: z.object({
    data: z.array(hold),
    total: z.object({ holds: z.number().int(), credits: creditsText }),
    as_of: timeText,
  }),
  run: async ({ api, db, bearer, params }) => {
    const { id } = await accountThere(db, bearer, params.id)
    const nowMs = api.clock.nowMs()
    const holds = await openHoldsOf(db, id)
    const shown = holds.slice(0, holdsShown)
    const names = await keyNames(
      db,
      shown.map(({ keyId }) => keyId),
    )
    const data = shown.map(({ callId, keyId, amount, createdAt, expiresAt, context }) => ({
      id: generationId(callId),
      created_at: createdAt.toISOString(),
      age_ms: Math.max(0, nowMs - createdAt.getTime()),
      expires_at: expiresAt.toISOString(),
      key_id: keyId,
      key_name: names.get(keyId)?.name ?? null,
      model: textOf(context['modelId']),
      provider: textOf(context['provider']),
      streamed: context['streamed'] === true,
      credits: toCredits(amount),
    }))
    const credits = toCredits(holds.reduce((sum, { amount }) => add(sum, amount), zero))
    return { data, total: { holds: holds.length, credits }, as_of: new Date(nowMs).toISOString() }
  },
})

export const holdOperations: readonly AnyOperation[] = [getHolds]
