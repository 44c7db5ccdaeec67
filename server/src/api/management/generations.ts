import { z } from '@hono/zod-openapi'
import { isUuid } from '../../core/ids.ts'
import { chargesOf } from '../../credits/index.ts'
import { accountsMeant } from '../auth.ts'
import { idField, timeField } from '../fields.ts'
import { undeliveredOf } from '../../gateway/index.ts'
import { generationOf, generationSchema } from '../generation.ts'
import { labelFields, labelsAsked } from '../label-filter.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { modelIdField } from './models.ts'

const states = ['ok', 'aborted', 'failed', 'interrupted'] as const

const getGenerations = operation({
  id: 'listGenerations',
  method: 'get',
  path: '/generations',
  tag: 'Usage',
  summary: 'List receipts of calls that ended, newest first',
  description:
    'A search by labels (`trace_id`, `user`, `metadata` ...) looks at the last 31 days unless `from` is given.',
  allowed: 'management',
  query: z.strictObject({
    ...pageFields,
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
    key_id: idField.optional(),
    model: modelIdField.optional(),
    state: z.enum(states, { error: `must be one of ${states.join(', ')}` }).optional(),
    from: timeField.optional().openapi({ description: 'Calls begun from then on.' }),
    to: timeField.optional().openapi({ description: 'Calls begun before then.' }),
    ...labelFields,
  }),
  answer: pageOf(generationSchema),
  run: async ({ api, db, bearer, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const { key_id: keyId, model: modelId, state, to, limit } = query
    const { labels, from } = labelsAsked(query, query.from, api.clock.nowMs())
    const accountId = accountsMeant(bearer, query.account_id)
    const filter = { accountId, keyId, modelId, state, from, to, labels }
    const rows = await chargesOf(db, { ...filter, beforeId, limit: limit + 1 })
    const ids = rows.map(({ callId }) => callId)
    const undelivered = await undeliveredOf(db, ids)
    return pageFrom(rows, limit, { entry: (row) => generationOf(row, undelivered), position: ({ callId }) => [callId] })
  },
})

export const generationOperations: readonly AnyOperation[] = [getGenerations]
