import type { MakeId, Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { findListenerIds, insertDeliveries, insertEvent } from './store.ts'
import type { WebhookEvent } from './types.ts'

/** Writes an event and its way to everybody who listens, in the transaction that noticed it; nothing if it was told before. */
export const tell = async (db: Db, event: WebhookEvent, makeId: MakeId): Promise<readonly Uuid[]> =>
  tellOne(db, event, await findListenerIds(db, event.type, event.accountId), makeId)

/** The same to these webhooks. Returns the ids of the deliveries. */
export async function tellOne(
  db: Db,
  { id, accountId, type, crossing, data, at }: WebhookEvent,
  webhookIds: readonly Uuid[],
  makeId: MakeId,
): Promise<readonly Uuid[]> {
  const isNew = await insertEvent(db, { id, account_id: accountId, type, crossing, data, at })
  if (!isNew || webhookIds.length === 0) return []
  const rows = webhookIds.map((webhookId) => ({
    ...{ id: makeId(), event_id: id, webhook_id: webhookId },
    ...{ next_at: at, created_at: at },
  }))
  await insertDeliveries(db, rows)
  return rows.map((row) => row.id)
}
