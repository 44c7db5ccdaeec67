import { z } from '@hono/zod-openapi'
import { callerOf } from '../auth.ts'
import { findKey } from '../../accounts/index.ts'
import { type Bound, boundsOf } from '../../limits/index.ts'
import { notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { spendFields, spendsOf } from '../key-view.ts'
import { operation } from '../operation.ts'

export const getOwnKey = operation({
  id: 'getOwnKey',
  method: 'get',
  path: '/key',
  tag: 'Your key',
  summary: 'Get the key itself: what it spent and has left',
  allowed: 'key',
  answer: dataOf(
    z
      .object({
        id: z.string().openapi({ format: 'uuid' }),
        account_id: z.string().openapi({ format: 'uuid' }),
        name: z.string(),
        ...spendFields,
        is_free_tier: z.literal(false),
        is_management_key: z.boolean(),
        is_provisioning_key: z.boolean(),
        rate_limit: z.object({ requests: z.number().int(), interval: z.string(), note: z.string() }),
        allowed_data_regions: z.array(z.literal('global')),
        free_model_daily_requests: z.object({
          limit: z.number().int(),
          remaining: z.number().int(),
          used: z.number().int(),
        }),
        organization_id: z.null(),
        workspace_id: z.string(),
      })
      .openapi('OwnKey', { description: "OpenRouter's GET /key, with the same in exact credits." }),
  ),
  run: async ({ api, db, bearer }) => {
    const caller = callerOf(bearer)
    const { accountId } = caller
    const key = await findKey(db, caller.key.id)
    if (!key) throw notFound('key')
    const [shown] = await spendsOf(db, [key], new Date(api.clock.nowMs()))
    const isManagement = key.kind === 'management'
    return {
      data: {
        ...shown!.spend,
        id: key.id,
        account_id: accountId,
        name: key.name,
        is_free_tier: false as const,
        is_management_key: isManagement,
        is_provisioning_key: isManagement,
        rate_limit: rateLimitOf(boundsOf({ ...caller, key }, api.rateLimits)),
        allowed_data_regions: ['global' as const],
        free_model_daily_requests: { limit: 0, remaining: 0, used: 0 },
        organization_id: null,
        workspace_id: accountId,
      },
    }
  },
})

/** Where OpenRouter had it first, and where many programs still ask. */
export const getOwnKeyAsBefore = operation({
  ...getOwnKey,
  id: 'getOwnKeyAsBefore',
  path: '/auth/key',
  summary: "The same as /key, at OpenRouter's older path",
})

/** The tightest limit of requests, in OpenRouter's words. */
function rateLimitOf(bounds: readonly Bound[]) {
  const requests = bounds.filter(({ resource }) => resource === 'requests').map(({ most }) => most)
  if (requests.length === 0) return { requests: -1, interval: '60s', note: 'Requests are not limited; credits are.' }
  return { requests: Math.min(...requests), interval: '60s', note: 'Calls per minute of the clock.' }
}
