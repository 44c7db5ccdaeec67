import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import { findOrder, type Payments } from '../../payments/index.ts'
import type { Database } from '../../platform/database/index.ts'
import { viewOf } from '../management/payments/order-view.ts'
import { frame } from './frames.ts'
import type { Listener } from './listener.ts'
import type { Warn } from './roster.ts'

export type OrdersHeard = {
  readonly payments: Payments
  readonly clock: Clock
  readonly warn: Warn
  readonly listeners: () => readonly Listener[]
}

/**
 * Tells those who listen to an account when a payment of it changed, whichever process changed it. What changes while it is
 * being read is read once more. Returns how to stop.
 */
export async function hearOfOrders(database: Database, heard: OrdersHeard): Promise<() => Promise<void>> {
  const waiting = new Map<Uuid, Uuid>()
  let reading: Promise<void> | undefined

  async function readAll(): Promise<void> {
    for (let next = waiting.entries().next().value; next; next = waiting.entries().next().value) {
      const [orderId, accountId] = next
      waiting.delete(orderId)
      await tellOrder(database, heard, { orderId, accountId })
    }
    reading = undefined
  }

  const stopListening = await database.listen('redpill_orders', (notice) => {
    if (notice.kind === 'reconnected') return tellAll(heard.listeners())
    const [accountId = '', orderId = ''] = notice.payload.split(' ')
    if (!heard.listeners().some((listener) => listener.accountId === accountId)) return
    waiting.set(orderId, accountId)
    reading ??= readAll()
  })
  return async () => {
    waiting.clear()
    await stopListening()
    await reading
  }
}

async function tellOrder(
  { db }: Database,
  { payments, clock, warn, listeners }: OrdersHeard,
  { orderId, accountId }: { readonly orderId: Uuid; readonly accountId: Uuid },
): Promise<void> {
  try {
    const order = await findOrder(db, orderId)
    if (!order) return
    const told = frame('order', await viewOf({ payments, clock }, db, order, false))
    for (const listener of listeners()) if (listener.accountId === accountId) listener.deliver([told])
  } catch (error) {
    warn('a payment could not be told to those who listen', error)
  }
}

/** Nobody knows what was not heard. */
function tellAll(listeners: readonly Listener[]): void {
  for (const listener of listeners) {
    listener.deliver([frame('reset', { account_id: listener.accountId, reason: 'too_much_was_missed' })])
  }
}
