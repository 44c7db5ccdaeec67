import { z } from '@hono/zod-openapi'
import { isUuid, type Uuid } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import type { NanoUsd } from '../../core/money.ts'
import { checkUrl } from '../../platform/guard/index.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  type Delivery,
  eventTypes,
  findWebhook,
  listDeliveries,
  listWebhooks,
  lowBalanceOf,
  setLowBalance,
  testWebhook,
  type Webhook,
  webhooksMax,
} from '../../webhooks/index.ts'
import { accountsMeant, type Bearer, mayUse } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import {
  creditsOrNull,
  creditsText,
  dataOf,
  deleted,
  idField,
  positiveCreditsField,
  timeOrNull,
  timeText,
} from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { accountThere } from './account-there.ts'

const tag = 'Webhooks'
const params = z.strictObject({ id: idField })

const webhookSchema = z
  .object({
    id: z.string(),
    account_id: z.string(),
    url: z.string(),
    events: z.array(z.enum(eventTypes)),
    all_accounts: z.boolean(),
    allow_private: z.boolean(),
    disabled: z.boolean(),
    created_at: timeText,
  })
  .openapi('Webhook')

const deliverySchema = z
  .object({
    id: z.string().openapi({ description: 'The `webhook-id` of every attempt.' }),
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    next_attempt_at: timeText.nullable(),
    answer_status: z.number().int().nullable().openapi({ description: 'HTTP status of the last answer.' }),
    problem: z.string().nullable(),
    created_at: timeText,
    ended_at: timeText.nullable(),
  })
  .openapi('WebhookDelivery')

const urlField = z.string().min(1).max(2_000).openapi({ example: 'https://hooks.example.com/redpill' })
const eventsField = z
  .array(z.enum(eventTypes, { error: `must be some of ${eventTypes.join(', ')}` }))
  .min(1)
  .max(eventTypes.length)
const allowPrivateField = z
  .boolean()
  .openapi({ description: "Whether it may be a machine of the operator's own; for the operator alone." })

const postWebhook = operation({
  id: 'createWebhook',
  method: 'post',
  path: '/webhooks',
  tag,
  summary: 'Be told when credits or limits run out',
  description:
    'The signing secret is in this answer and nowhere else. Deliveries are signed as Standard Webhooks says: see docs/webhooks.md.',
  allowed: 'management',
  permission: 'keys',
  body: z.strictObject({
    url: urlField,
    events: eventsField,
    account_id: idField.optional().openapi({ description: 'Absent: the own account.' }),
    all_accounts: z.boolean().default(false).openapi({ description: 'Hear of every account; for the operator alone.' }),
    allow_private: allowPrivateField.default(false),
  }),
  answer: z.object({ secret: z.string().openapi({ example: 'whsec_...' }), data: webhookSchema }),
  status: 201,
  audit: { kind: 'webhook' },
  run: async ({ api, db, bearer, body }) => {
    const { id: accountId } = await accountThere(db, bearer, body.account_id)
    if (body.all_accounts || body.allow_private) refuseOthers(bearer)
    const created = await createWebhook(
      db,
      {
        accountId,
        url: urlOf(body.url, body.allow_private),
        events: body.events,
        allAccounts: body.all_accounts,
        allowPrivate: body.allow_private,
      },
      api,
    )
    if (created.kind === 'too-many') {
      throw new AppError('conflict', { message: `An account has at most ${webhooksMax} webhooks.` })
    }
    return { secret: created.secret, data: inWords(created.webhook) }
  },
})

const getWebhooks = operation({
  id: 'listWebhooks',
  method: 'get',
  path: '/webhooks',
  tag,
  summary: 'List webhooks, newest first',
  allowed: 'management',
  query: z.strictObject({
    ...pageFields,
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
  }),
  answer: pageOf(webhookSchema),
  run: async ({ db, bearer, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const accountId = accountsMeant(bearer, query.account_id)
    const webhooks = await listWebhooks(db, { accountId, beforeId, limit: query.limit + 1 })
    return pageFrom(webhooks, query.limit, { entry: inWords, position: ({ id }) => [id] })
  },
})

const getWebhook = operation({
  id: 'getWebhook',
  method: 'get',
  path: '/webhooks/{id}',
  tag,
  summary: 'Get a webhook',
  allowed: 'management',
  params,
  answer: dataOf(webhookSchema),
  target: webhookMeant,
  run: ({ target }) => ({ data: inWords(target) }),
})

const patchWebhook = operation({
  id: 'changeWebhook',
  method: 'patch',
  path: '/webhooks/{id}',
  tag,
  summary: 'Change a webhook: URL, events, disabled',
  description: 'What is absent stays. What waits for a webhook that is disabled is given up.',
  allowed: 'management',
  permission: 'keys',
  params,
  body: z.strictObject({
    url: urlField.optional(),
    events: eventsField.optional(),
    disabled: z.boolean().optional(),
    allow_private: allowPrivateField.optional(),
  }),
  answer: dataOf(webhookSchema),
  target: webhookMeant,
  audit: { kind: 'webhook', before: inWords, hidden: ['url'] },
  run: async ({ api, db, bearer, params: { id }, body, target: before }) => {
    if (body.allow_private) refuseOthers(bearer)
    const allowPrivate = body.allow_private ?? before.allowPrivate
    // Whose words an address is allowed by: a customer must not move a webhook that the operator opened inwards.
    if (body.url !== undefined && allowPrivate) refuseOthers(bearer)
    const url = urlOf(body.url ?? before.url, allowPrivate)
    const change = { url, allowPrivate, events: body.events, disabled: body.disabled }
    const changed = await changeWebhook(db, id, change, new Date(api.clock.nowMs()))
    if (!changed) throw notFound('webhook')
    return { data: inWords(changed) }
  },
})

const removeWebhook = operation({
  id: 'deleteWebhook',
  method: 'delete',
  path: '/webhooks/{id}',
  tag,
  summary: 'Delete a webhook',
  allowed: 'management',
  permission: 'keys',
  params,
  answer: deleted,
  target: webhookMeant,
  audit: { kind: 'webhook', before: inWords },
  run: async ({ api, db, params: { id } }) => {
    if (!(await deleteWebhook(db, id, new Date(api.clock.nowMs())))) throw notFound('webhook')
    return { deleted: true as const }
  },
})

const postTest = operation({
  id: 'testWebhook',
  method: 'post',
  path: '/webhooks/{id}/test',
  tag,
  summary: 'Send a test event',
  description: 'It is on its way within seconds; how it went is in the list of deliveries.',
  allowed: 'management',
  permission: 'keys',
  params,
  answer: z.object({ data: z.object({ delivery_id: z.string() }) }),
  target: webhookMeant,
  audit: 'nothing',
  run: async ({ api, db, target: webhook }) => {
    if (webhook.disabled) throw new AppError('conflict', { message: 'This webhook is disabled.' })
    return { data: { delivery_id: await testWebhook(db, webhook, api) } }
  },
})

const getDeliveries = operation({
  id: 'listWebhookDeliveries',
  method: 'get',
  path: '/webhooks/{id}/deliveries',
  tag,
  summary: 'List deliveries of the last 30 days, newest first',
  allowed: 'management',
  params,
  query: z.strictObject(pageFields),
  answer: pageOf(deliverySchema),
  target: webhookMeant,
  run: async ({ db, query, target: webhook }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const deliveries = await listDeliveries(db, { webhookId: webhook.id, beforeId, limit: query.limit + 1 })
    return pageFrom(deliveries, query.limit, { entry: deliveryInWords, position: (delivery) => [delivery.id] })
  },
})

const alertsSchema = z
  .object({ low_balance_credits: creditsText.nullable() })
  .openapi('Alerts', { description: 'Below which balance `balance.low` is told; null: never.' })

const getAlerts = operation({
  id: 'getAlerts',
  method: 'get',
  path: '/accounts/{id}/alerts',
  tag,
  summary: 'Get the balance below which an account is told',
  allowed: 'management',
  params,
  answer: dataOf(alertsSchema),
  target: alertsMeant,
  run: ({ target }) => ({ data: alertsInWords(target) }),
})

const patchAlerts = operation({
  id: 'changeAlerts',
  method: 'patch',
  path: '/accounts/{id}/alerts',
  tag,
  summary: 'Set the balance below which an account is told',
  description: 'Told once; again only after the balance was 10 percent above it, or the threshold was set anew.',
  allowed: 'management',
  permission: 'billing',
  params,
  body: z.strictObject({
    low_balance_credits: positiveCreditsField
      .nullable()
      .openapi({ type: ['string', 'null'], description: 'Decimal credits, more than 0; null for no alert.' }),
  }),
  answer: dataOf(alertsSchema),
  target: alertsMeant,
  audit: { kind: 'alerts', before: alertsInWords },
  run: async ({ db, params: { id }, body }) => {
    const lowBalance = body.low_balance_credits ?? undefined
    await setLowBalance(db, id, lowBalance)
    return { data: alertsInWords({ lowBalance }) }
  },
})

export const webhookOperations: readonly AnyOperation[] = [
  postWebhook,
  getWebhooks,
  getWebhook,
  patchWebhook,
  removeWebhook,
  postTest,
  getDeliveries,
  getAlerts,
  patchAlerts,
]

type About = { readonly db: Db; readonly bearer: Bearer; readonly params: { readonly id: Uuid } }

async function webhookMeant({ db, bearer, params: { id } }: About): Promise<Webhook> {
  const webhook = await findWebhook(db, id)
  if (!webhook || !mayUse(bearer, webhook.accountId)) throw notFound('webhook')
  return webhook
}

type Alerts = { readonly lowBalance: NanoUsd | undefined }

async function alertsMeant({ db, bearer, params: { id } }: About): Promise<Alerts> {
  const account = await accountThere(db, bearer, id)
  return { lowBalance: await lowBalanceOf(db, account.id) }
}

function alertsInWords({ lowBalance }: Alerts): z.input<typeof alertsSchema> {
  return { low_balance_credits: creditsOrNull(lowBalance) }
}

function refuseOthers({ role }: Bearer): void {
  if (role !== 'operator') throw new AppError('not_allowed', { message: 'Only the operator may ask for that.' })
}

function urlOf(text: string, allowPrivate: boolean): string {
  const checked = checkUrl(text, { allowPrivate })
  if (checked.kind === 'refused') throw invalid(`url: ${checked.why}`, 'url')
  return checked.url
}

function inWords(webhook: Webhook): z.input<typeof webhookSchema> {
  return {
    id: webhook.id,
    account_id: webhook.accountId,
    url: webhook.url,
    events: [...webhook.events],
    all_accounts: webhook.allAccounts,
    allow_private: webhook.allowPrivate,
    disabled: webhook.disabled,
    created_at: webhook.createdAt.toISOString(),
  }
}

const deliveryInWords = (delivery: Delivery): z.input<typeof deliverySchema> => ({
  id: delivery.id,
  type: delivery.type,
  data: delivery.data,
  status: delivery.status,
  attempts: delivery.attempts,
  next_attempt_at: timeOrNull(delivery.nextAt),
  answer_status: delivery.answerStatus ?? null,
  problem: delivery.problem ?? null,
  created_at: delivery.createdAt.toISOString(),
  ended_at: timeOrNull(delivery.endedAt),
})
