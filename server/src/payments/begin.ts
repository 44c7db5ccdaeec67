import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import { keepAccount } from '../accounts/index.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { advance, describeOrder, findOrder, findOrderByKey, makeOrder, type OrderTools } from './orders/orders.ts'
import { countOpenOrders } from './orders/store.ts'
import type { Order, RailName } from './orders/types.ts'
import { type Payments, termsOf } from './payments.ts'
import type { Wishes } from './rail.ts'

export type Purchase = {
  readonly accountId: Uuid
  readonly personId: Uuid | undefined
  readonly rail: RailName
  readonly amount: NanoUsd
  readonly wishes: Wishes
  /** The same purchase for the same key, however often it is asked for. */
  readonly key: string | undefined
  /** Done in the transaction that makes the order. */
  readonly onMade: (tx: Db, order: Order) => Promise<void>
}

export type Started =
  | { readonly kind: 'started'; readonly order: Order }
  /** `why` says which setting is missing. */
  | { readonly kind: 'unavailable'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string; readonly param: string | undefined }
  | { readonly kind: 'out-of-bounds'; readonly minimum: NanoUsd; readonly maximum: NanoUsd }
  /** So many orders are open already. */
  | { readonly kind: 'too-many' }
  /** The key names a purchase of something else. */
  | { readonly kind: 'key-used' }

const openOrdersMax = 30
const openForMs = 3_600_000

/** Makes an order and asks its rail where its payer goes. Repeated with its key, it goes on where it broke off. */
export async function startPurchase(
  db: Db,
  { settings, rails }: Payments,
  purchase: Purchase,
  tools: OrderTools,
): Promise<Started> {
  const { rail: name, amount } = purchase
  const { minimum, maximum } = settings
  const rail = rails[name]
  const state = rail?.state() ?? { kind: 'unavailable', why: `This server takes no payments by ${name}.` }
  if (!rail || state.kind === 'unavailable') return { kind: 'unavailable', why: 'why' in state ? state.why : '' }
  if (amount < minimum || amount > maximum) return { kind: 'out-of-bounds', minimum, maximum }
  const now = new Date(tools.clock.nowMs())
  const made = await inTransaction(db, (tx) =>
    make(tx, { ...purchase, ...termsOf(settings, name), expiresAt: rail.expiresAt?.(now), now }, tools),
  )
  if (made.kind !== 'started' || made.order.state !== 'created') return made
  const { order } = made
  const begun = await rail.begin(order, purchase.wishes)
  if (begun.kind === 'refused') {
    await advance(db, order.id, { key: 'refused', at: now, kind: 'failed', reason: begun.why }, tools)
    return { kind: 'refused', why: begun.why, param: begun.param }
  }
  if (begun.pay !== undefined) await describeOrder(db, order.id, { pay: begun.pay })
  await advance(db, order.id, { key: 'began', at: now, kind: 'began' }, tools)
  return { kind: 'started', order: (await findOrder(db, order.id)) ?? order }
}

type Making = Purchase & ReturnType<typeof termsOf> & { readonly expiresAt: Date | undefined; readonly now: Date }

async function make(tx: Db, { onMade, now, ...asked }: Making, tools: OrderTools): Promise<Started> {
  const before = asked.key === undefined ? undefined : await findOrderByKey(tx, asked.key)
  if (before) return sameOr(before, asked)
  if (!(await keepAccount(tx, asked.accountId))) return { kind: 'unavailable', why: 'This account is deleted.' }
  const open = await countOpenOrders(tx, asked.accountId, new Date(now.getTime() - openForMs))
  if (open >= openOrdersMax) return { kind: 'too-many' }
  const { order, isNew } = await makeOrder(tx, asked, tools)
  if (!isNew) return sameOr(order, asked)
  await onMade(tx, order)
  return { kind: 'started', order }
}

const sameOr = (order: Order, { accountId, amount, rail }: Omit<Making, 'onMade' | 'now'>): Started =>
  order.accountId === accountId && order.amount === amount && order.rail === rail
    ? { kind: 'started', order }
    : { kind: 'key-used' }

export type Cancelled =
  | { readonly kind: 'cancelled'; readonly order: Order }
  /** It was paid, or its rail cannot keep it from being paid. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown' }

/** Ends an order that nobody paid. Money that comes for it nevertheless is still dealt with. */
export async function cancelPurchase(
  db: Db,
  { rails }: Pick<Payments, 'rails'>,
  orderId: Uuid,
  tools: OrderTools,
): Promise<Cancelled> {
  const order = await findOrder(db, orderId)
  if (!order) return { kind: 'unknown' }
  if (order.state === 'failed') return { kind: 'cancelled', order }
  if (order.state !== 'created' && order.state !== 'pending')
    return { kind: 'refused', why: `This order is ${order.state}.` }
  const rail = rails[order.rail]
  if (rail?.cancel && !(await rail.cancel(order))) return { kind: 'refused', why: 'It is being paid just now.' }
  const at = new Date(tools.clock.nowMs())
  const advanced = await advance(db, orderId, { key: 'cancelled', at, kind: 'cancelled' }, tools)
  return advanced.kind === 'unknown' ? advanced : { kind: 'cancelled', order: advanced.order }
}
