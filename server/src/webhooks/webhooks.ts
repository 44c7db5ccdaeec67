import type { Chance, Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { inTransaction } from '../platform/transaction.ts'
import { makeSecret } from './signature.ts'
import {
  countWebhookRows,
  deleteAlert,
  deleteDeliveriesBefore,
  endDeliveries,
  findAlertRow,
  findWebhookRow,
  insertWebhook,
  listDeliveryRows,
  listWebhookRows,
  updateWebhookRow,
  upsertAlert,
  type DeliveryRow,
  type EventRow,
  type WebhookRow,
} from './store.ts'
import { tellOne } from './tell.ts'
import type { Delivery, EventType, Webhook } from './types.ts'

export type NewWebhook = Omit<Webhook, 'id' | 'disabled' | 'createdAt'>

export type WebhookTools = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly chance: Chance
  readonly makeId: MakeId
  readonly secrets: Pick<Secrets, 'seal'>
}

export type WebhookCreated =
  /** The secret is stored sealed and told nowhere else. */
  { readonly kind: 'created'; readonly webhook: Webhook; readonly secret: string } | { readonly kind: 'too-many' }

export const webhooksMax = 20

export async function createWebhook(db: Db, webhook: NewWebhook, tools: WebhookTools): Promise<WebhookCreated> {
  if ((await countWebhookRows(db, webhook.accountId)) >= webhooksMax) return { kind: 'too-many' }
  const secret = makeSecret(tools.chance)
  const row: WebhookRow = {
    id: tools.makeId(),
    account_id: webhook.accountId,
    url: webhook.url,
    events: [...webhook.events],
    secret_sealed: tools.secrets.seal(secret),
    all_accounts: webhook.allAccounts,
    allow_private: webhook.allowPrivate,
    disabled: false,
    created_at: new Date(tools.clock.nowMs()),
    deleted_at: null,
  }
  await insertWebhook(db, row)
  return { kind: 'created', webhook: webhookOf(row), secret }
}

export const findWebhook = async (db: Db, id: Uuid): Promise<Webhook | undefined> => {
  const row = await findWebhookRow(db, id)
  return row && webhookOf(row)
}

export type WebhookPage = {
  readonly accountId: Uuid | undefined
  readonly beforeId: Uuid | undefined
  readonly limit: number
}

/** Newest first. */
export const listWebhooks = async (db: Db, page: WebhookPage): Promise<readonly Webhook[]> =>
  (await listWebhookRows(db, page)).map(webhookOf)

/** What is absent stays as it is. */
export type WebhookChange = Readonly<
  Partial<Record<'url', string | undefined> & Record<'disabled' | 'allowPrivate', boolean | undefined>>
> & { readonly events?: readonly EventType[] | undefined }

/** Answers `undefined` when there is no such webhook. What waits for one that is disabled is given up. */
export function changeWebhook(db: Db, id: Uuid, change: WebhookChange, now: Date): Promise<Webhook | undefined> {
  return inTransaction(db, async (tx) => {
    const before = await findWebhookRow(tx, id)
    if (!before) return undefined
    const row = await updateWebhookRow(tx, id, {
      url: change.url ?? before.url,
      events: change.events ? [...change.events] : before.events,
      allow_private: change.allowPrivate ?? before.allow_private,
      disabled: change.disabled ?? before.disabled,
    })
    if (change.disabled) await endDeliveries(tx, id, now, 'the webhook was disabled')
    return row && webhookOf(row)
  })
}

export function deleteWebhook(db: Db, id: Uuid, now: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const row = await updateWebhookRow(tx, id, { deleted_at: now })
    if (row) await endDeliveries(tx, id, now, 'the webhook was deleted')
    return row !== undefined
  })
}

/** Sends a test event to this webhook alone, soon. Returns the id of its delivery. */
export function testWebhook(db: Db, webhook: Webhook, { makeId, clock }: WebhookTools): Promise<Uuid> {
  const id = makeId()
  const event = {
    ...{ id, accountId: webhook.accountId, type: 'webhook.test' as const, crossing: `test:${id}` },
    data: { account_id: webhook.accountId, webhook_id: webhook.id },
    at: new Date(clock.nowMs()),
  }
  return inTransaction(db, async (tx) => {
    const [delivery] = await tellOne(tx, event, [webhook.id], makeId)
    return delivery!
  })
}

export type DeliveryPage = { readonly webhookId: Uuid; readonly beforeId: Uuid | undefined; readonly limit: number }

/** Newest first. */
export const listDeliveries = async (db: Db, page: DeliveryPage): Promise<readonly Delivery[]> =>
  (await listDeliveryRows(db, page)).map(deliveryOf)

/** Below which balance an account is told; `undefined`: never. */
export const lowBalanceOf = async (db: Db, accountId: Uuid): Promise<NanoUsd | undefined> =>
  (await findAlertRow(db, accountId))?.threshold

export const setLowBalance = (db: Db, accountId: Uuid, threshold: NanoUsd | undefined): Promise<unknown> =>
  threshold === undefined ? deleteAlert(db, accountId) : upsertAlert(db, accountId, threshold)

const keptMs = 30 * 86_400_000

/** A job: forgets deliveries that ended 30 days ago. Returns how many. */
export const purgeDeliveries = (db: Db, clock: Pick<Clock, 'nowMs'>): Promise<number> =>
  deleteDeliveriesBefore(db, new Date(clock.nowMs() - keptMs))

const webhookOf = (row: WebhookRow): Webhook => ({
  id: row.id,
  accountId: row.account_id,
  url: row.url,
  events: row.events as EventType[],
  allAccounts: row.all_accounts,
  allowPrivate: row.allow_private,
  disabled: row.disabled,
  createdAt: row.created_at,
})

const deliveryOf = (row: DeliveryRow & Pick<EventRow, 'type' | 'data'>): Delivery => ({
  id: row.id,
  type: row.type,
  data: row.data,
  status: row.status,
  attempts: row.attempts,
  nextAt: row.status === 'pending' ? row.next_at : undefined,
  answerStatus: row.answer_status ?? undefined,
  problem: row.problem ?? undefined,
  createdAt: row.created_at,
  endedAt: row.ended_at ?? undefined,
})
