import { z } from '@hono/zod-openapi'
import { findKey } from '../../accounts/index.ts'
import { AppError } from '../../core/errors.ts'
import { nanoUsd, parseCredits, toCredits } from '../../core/money.ts'
import {
  alertMetrics,
  alertSpans,
  createUsageAlert,
  deleteUsageAlert,
  findUsageAlert,
  listUsageAlerts,
  type UsageAlert,
  usageAlertsMax,
} from '../../webhooks/index.ts'
import { mayUse } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import { dataOf, deleted, idField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { accountThere } from './account-there.ts'

const tag = 'Webhooks'
const params = z.strictObject({ id: idField })
const metricField = z.enum(alertMetrics)
const spanField = z.enum(alertSpans).openapi({ description: 'Of the calendar, in UTC.' })

const alertSchema = z
  .object({
    id: z.string(),
    account_id: z.string(),
    metric: metricField,
    span: spanField,
    threshold: z.string().openapi({ description: 'Decimal credits of spend; else a number of calls.' }),
    key_id: z.string().nullable().openapi({ description: 'null: of all keys.' }),
    model: z.string().nullable().openapi({ description: 'null: of all models.' }),
    created_at: timeText,
  })
  .openapi('UsageAlert')

const getUsageAlerts = operation({
  id: 'listUsageAlerts',
  method: 'get',
  path: '/accounts/{id}/usage-alerts',
  tag,
  summary: 'List of how much use an account wants to be told, oldest first',
  allowed: 'management',
  params,
  answer: z.object({ data: z.array(alertSchema) }),
  run: async ({ db, bearer, params: { id } }) => {
    const account = await accountThere(db, bearer, id)
    return { data: (await listUsageAlerts(db, account.id)).map(inWords) }
  },
})

const postUsageAlert = operation({
  id: 'createUsageAlert',
  method: 'post',
  path: '/accounts/{id}/usage-alerts',
  tag,
  summary: 'Be told once an hour, day or month when the account has used so much in it',
  description:
    'Told as `usage.reached` to webhooks that listen for it, within half a minute of the call that reached it.',
  allowed: 'management',
  permission: 'billing',
  params,
  body: z.strictObject({
    metric: metricField,
    span: spanField,
    threshold: z
      .string()
      .max(40)
      .openapi({ description: 'Decimal credits of spend, or a number of calls; more than 0.', example: '1000000' }),
    key_id: idField.optional().openapi({ description: 'Absent: of all keys.' }),
    model: z.string().min(1).max(200).optional().openapi({ description: 'The model that answers. Absent: all.' }),
  }),
  answer: dataOf(alertSchema),
  status: 201,
  audit: { kind: 'alerts' },
  run: async ({ api, db, bearer, params: { id }, body }) => {
    const account = await accountThere(db, bearer, id)
    if (body.key_id !== undefined && (await findKey(db, body.key_id))?.accountId !== account.id) throw notFound('key')
    const alert: UsageAlert = {
      ...{ id: api.makeId(), accountId: account.id, metric: body.metric, span: body.span },
      threshold: thresholdOf(body.metric, body.threshold),
      ...{ keyId: body.key_id, modelId: body.model, createdAt: new Date(api.clock.nowMs()) },
    }
    if (!(await createUsageAlert(db, alert)))
      throw new AppError('conflict', { message: `An account has at most ${usageAlertsMax} of these alerts.` })
    return { data: inWords(alert) }
  },
})

const removeUsageAlert = operation({
  id: 'deleteUsageAlert',
  method: 'delete',
  path: '/usage-alerts/{id}',
  tag,
  summary: 'Be told no more',
  allowed: 'management',
  permission: 'billing',
  params,
  answer: deleted,
  target: async ({ db, bearer, params: { id } }) => {
    const alert = await findUsageAlert(db, id)
    if (!alert || !mayUse(bearer, alert.accountId)) throw notFound('alert')
    return alert
  },
  audit: { kind: 'alerts', before: inWords },
  run: async ({ db, params: { id } }) => {
    if (!(await deleteUsageAlert(db, id))) throw notFound('alert')
    return { deleted: true as const }
  },
})

export const usageAlertOperations: readonly AnyOperation[] = [getUsageAlerts, postUsageAlert, removeUsageAlert]

function thresholdOf(metric: UsageAlert['metric'], text: string): bigint {
  if (metric !== 'spend') {
    if (/^[1-9]\d{0,14}$/.test(text)) return BigInt(text)
    throw invalid('threshold: must be a whole number of calls, more than 0', 'threshold')
  }
  const amount = parseCredits(text)
  if (amount !== undefined && amount > 0n) return amount
  throw invalid('threshold: must be decimal credits, more than 0, in steps of 0.002', 'threshold')
}

function inWords({ id, accountId, metric, span, threshold, keyId, modelId, createdAt }: UsageAlert) {
  return {
    ...{ id, account_id: accountId, metric, span },
    threshold: metric === 'spend' ? toCredits(nanoUsd(threshold)) : threshold.toString(),
    ...{ key_id: keyId ?? null, model: modelId ?? null, created_at: createdAt.toISOString() },
  }
}
