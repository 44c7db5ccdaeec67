import { z } from '@hono/zod-openapi'
import { isUuid } from '../../core/ids.ts'
import { keyNames } from '../../accounts/index.ts'
import { dismissKeyNotice, findKeyNotice, type KeyNotice, listKeyNotices } from '../../webhooks/index.ts'
import { accountsMeant, mayUse } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, idField, timeOrNull, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'

const tag = 'Keys'

const noticeSchema = z
  .object({
    id: z.string(),
    account_id: z.string(),
    key_id: z.string(),
    key_name: z.string(),
    kind: z.enum(['model', 'country', 'spend']).openapi({
      description:
        '`model`, `country`: the first call to a model, or from a country, of a key that has been used for days. `spend`: an hour five times as dear as usual.',
    }),
    model: z.string().nullable(),
    country: z.string().nullable(),
    spent_credits: z.string().nullable().openapi({ description: 'In the hour, when it was noticed.' }),
    usual_credits: z.string().nullable().openapi({ description: 'In an hour in which the key is used.' }),
    at: timeText,
    dismissed_at: timeText.nullable(),
  })
  .openapi('KeyNotice')

const getNotices = operation({
  id: 'listKeyNotices',
  method: 'get',
  path: '/key-notices',
  tag,
  summary: 'List what keys did that they never did before, as far as nobody dismissed it, newest first',
  allowed: 'management',
  query: z.strictObject({
    ...pageFields,
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
  }),
  answer: pageOf(noticeSchema),
  run: async ({ db, bearer, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const accountId = accountsMeant(bearer, query.account_id)
    const notices = await listKeyNotices(db, { accountId, beforeId, limit: query.limit + 1 })
    const names = await keyNames(
      db,
      notices.map(({ keyId }) => keyId),
    )
    const entry = (notice: KeyNotice) => inWords(notice, names.get(notice.keyId)?.name)
    return pageFrom(notices, query.limit, { entry, position: ({ id }) => [id] })
  },
})

const postDismissal = operation({
  id: 'dismissKeyNotice',
  method: 'post',
  path: '/key-notices/{id}/dismiss',
  tag,
  summary: 'Say that what a key did is fine; the same is not told again',
  allowed: 'management',
  permission: 'keys',
  params: z.strictObject({ id: idField }),
  answer: dataOf(noticeSchema),
  audit: 'nothing',
  target: async ({ db, bearer, params }) => {
    const notice = await findKeyNotice(db, params.id)
    if (!notice || !mayUse(bearer, notice.accountId)) throw notFound('notice')
    return notice
  },
  run: async ({ api, db, params }) => {
    const notice = await dismissKeyNotice(db, params.id, new Date(api.clock.nowMs()))
    if (!notice) throw notFound('notice')
    const names = await keyNames(db, [notice.keyId])
    return { data: inWords(notice, names.get(notice.keyId)?.name) }
  },
})

export const keyNoticeOperations: readonly AnyOperation[] = [getNotices, postDismissal]

function inWords({ id, accountId, keyId, kind, detail, at, dismissedAt }: KeyNotice, name = '') {
  const text = (field: string) => (typeof detail[field] === 'string' ? detail[field] : null)
  return {
    ...{ id, account_id: accountId, key_id: keyId, key_name: name, kind },
    model: text('model'),
    country: text('country'),
    spent_credits: text('spent_credits'),
    usual_credits: text('usual_credits'),
    at: at.toISOString(),
    dismissed_at: timeOrNull(dismissedAt),
  }
}
