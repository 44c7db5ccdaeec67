import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { isUuid, type Uuid } from '../../../core/ids.ts'
import { toUsd } from '../../../core/money.ts'
import {
  beginRefund,
  cancelPurchase,
  findOrder,
  listOrders,
  type Order,
  orderStates,
  type Refundable,
  railOf,
  sendRefund,
  type Started,
  startPurchase,
} from '../../../payments/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { noteChange } from '../../audit/note.ts'
import { type Bearer, mayUse, requirePermission } from '../../auth.ts'
import { invalid, notFound } from '../../faults.ts'
import { dataOf, idField, paidUsdField } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../../pages.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { noteFields, orderSchema, viewOf, viewsOf } from './order-view.ts'
import { originToReturn } from './stripe-tools.ts'

export const tag = 'Payments'
export const orderParams = z.strictObject({ id: idField })

const buyBody = z.strictObject({
  rail: z.enum(['card', 'crypto'], { error: 'must be card or crypto' }),
  amount_usd: paidUsdField.openapi({
    description: 'Worth of the credits, in USD with at most two decimals; fees come on top.',
  }),
  save_card: z.boolean().optional().openapi({ description: 'Keep the card for later payments.' }),
  card_id: z.string().min(1).max(200).optional().openapi({ description: 'A card that was kept.' }),
  chain_id: z.number().int().positive().optional(),
  token: z
    .string()
    .regex(/^0x[\da-fA-F]{40}$/, { error: 'must be an address such as 0x...' })
    .nullable()
    .optional()
    .openapi({ description: "Address of a token; null: the chain's own coin." }),
})

const postOrder = operation({
  id: 'buyCredits',
  method: 'post',
  path: '/accounts/{id}/orders',
  tag,
  summary: 'Buy credits: make an order, and learn where it is paid',
  description:
    'Fees are those that `GET /payments/options` tells. With an `Idempotency-Key` there is one order, however often it is ' +
    'asked for.',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  body: buyBody,
  answer: dataOf(orderSchema),
  status: 201,
  audit: 'itself',
  onceByItself: true,
  run: async (request) => {
    const { api, bearer, browser, params, body, idempotencyKey } = request
    // Its rail works outside of any transaction of ours.
    const { db } = api.database
    const { id: accountId } = await accountThere(db, bearer, params.id)
    requirePermission(bearer, 'billing', accountId)
    const origin = originToReturn(api, browser)
    const started = await startPurchase(
      db,
      api.payments,
      {
        ...{ accountId, personId: bearer.session?.person.id, rail: body.rail, amount: body.amount_usd },
        wishes: {
          ...{ saveCard: body.save_card, cardId: body.card_id, chainId: body.chain_id, token: body.token },
          ...{ origin, email: bearer.session?.person.email },
        },
        key: idempotencyKey === undefined ? undefined : apiKeyOf(accountId, idempotencyKey),
        onMade: (tx, order) => noteChange(tx, request, { action: 'buyCredits', ...aboutOrder(order) }),
      },
      api,
    )
    if (started.kind !== 'started') throw startRefusal(started)
    return { data: await viewOf(api, db, started.order, false) }
  },
})

const getOrders = operation({
  id: 'listOrders',
  method: 'get',
  path: '/accounts/{id}/orders',
  tag,
  summary: 'List payments, newest first, each with where it stands and what happened',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject({ ...pageFields, state: z.enum(orderStates).optional() }),
  answer: pageOf(orderSchema),
  run: async ({ api, db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const states = query.state && [query.state]
    const rows = await listOrders(db, { accountId, states, beforeId: idIn(query.cursor), limit: query.limit + 1 })
    const views = await viewsOf(api, db, rows, bearer.role === 'operator')
    return pageFrom(views, query.limit, { entry: (view) => view, position: ({ id }) => [id] })
  },
})

const getOrder = operation({
  id: 'getOrder',
  method: 'get',
  path: '/orders/{id}',
  tag,
  summary: 'Get a payment: where it stands, and what happened',
  allowed: 'management',
  params: orderParams,
  answer: dataOf(orderSchema),
  run: async ({ api, db, bearer, params }) => {
    const order = await orderMeant(db, bearer, params.id)
    return { data: await viewOf(api, db, order, bearer.role === 'operator') }
  },
})

const postCancel = operation({
  id: 'cancelOrder',
  method: 'post',
  path: '/orders/{id}/cancel',
  tag,
  summary: 'Cancel a payment that was not made',
  allowed: 'management',
  permission: 'billing',
  params: orderParams,
  answer: dataOf(orderSchema),
  audit: 'itself',
  onceByItself: true,
  run: async (request) => {
    const { api, bearer, params } = request
    const { db } = api.database
    const order = await orderMeant(db, bearer, params.id)
    requirePermission(bearer, 'billing', order.accountId)
    const cancelled = await cancelPurchase(db, api.payments, order.id, api)
    if (cancelled.kind === 'unknown') throw notFound('order')
    if (cancelled.kind === 'refused') throw new AppError('conflict', { message: cancelled.why })
    if (order.state !== cancelled.order.state)
      await noteChange(db, request, { action: 'cancelOrder', ...aboutOrder(cancelled.order) })
    return { data: await viewOf(api, db, cancelled.order, false) }
  },
})

const postRefund = operation({
  id: 'refundOrder',
  method: 'post',
  path: '/orders/{id}/refund',
  tag,
  summary: 'Have unspent credits of a payment refunded',
  description:
    'To where the money came from; fees are not refunded. The credits are taken at once. If the refund comes to nothing, ' +
    'they come back, and `refund_problem` says why. With an `Idempotency-Key` it is one refund, however often it is asked for.',
  allowed: 'management',
  permission: 'billing',
  params: orderParams,
  body: z.strictObject({ amount_usd: paidUsdField.optional().openapi({ description: 'Absent: `refundable_usd`.' }) }),
  answer: dataOf(orderSchema),
  audit: 'itself',
  onceByItself: true,
  run: async (request) => {
    const { api, bearer, params, body, idempotencyKey } = request
    const { db } = api.database
    const order = await orderMeant(db, bearer, params.id)
    requirePermission(bearer, 'billing', order.accountId)
    const rail = railOf(api.payments, order)
    const byOperator = bearer.role === 'operator'
    const begun = await beginRefund(
      db,
      {
        ...{ orderId: order.id, personId: bearer.session?.person.id, amount: body.amount_usd },
        rules: { days: api.payments.settings.refundDays, rail, now: new Date(api.clock.nowMs()), byOperator },
        key: idempotencyKey === undefined ? undefined : apiKeyOf(order.id, idempotencyKey),
        onAsked: (tx, asked, amount) =>
          noteChange(tx, request, { action: 'refundOrder', ...aboutOrder(asked, { refund_usd: toUsd(amount) }) }),
      },
      api,
    )
    if (begun.kind === 'unknown') throw notFound('order')
    if (begun.kind === 'key-used') throw keyUsed()
    if (begun.kind === 'refused') throw refundRefusal(begun.refundable)
    await sendRefund(db, rail, begun.refundId, api).catch(() => undefined) // asked for again by a job, until it is known
    const after = (await findOrder(db, order.id)) ?? order
    return { data: await viewOf(api, db, after, byOperator) }
  },
})

export const orderOperations: readonly AnyOperation[] = [postOrder, getOrders, getOrder, postCancel, postRefund]

/** The order of a request, where the bearer may see it. */
async function orderMeant(db: Db, bearer: Bearer, id: Uuid): Promise<Order> {
  const order = await findOrder(db, id)
  if (!order || !mayUse(bearer, order.accountId)) throw notFound('order')
  return order
}

export const idIn = (cursor: string | undefined): Uuid | undefined => fromCursor(cursor, [isUuid])?.[0]

/** What the audit log is told of an order. */
export const aboutOrder = (order: Order, more: Readonly<Record<string, string>> = {}) => ({
  kind: 'order' as const,
  accountId: order.accountId,
  before: undefined,
  after: { id: order.id, ...noteFields(order), ...more },
})

function apiKeyOf(scope: Uuid, key: string): string {
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalid('Give 1 to 255 visible ASCII characters.', 'Idempotency-Key')
  return `api:${scope}:${key}`
}

const keyUsed = () =>
  new AppError('idempotency_conflict', { message: 'This Idempotency-Key was used for another request.' })

function startRefusal(started: Exclude<Started, { kind: 'started' }>): AppError {
  switch (started.kind) {
    case 'unavailable':
      return new AppError('payment_unavailable', { message: started.why, param: 'rail' })
    case 'refused':
      return invalid(started.why, started.param ?? 'rail')
    case 'out-of-bounds': {
      const [least, most] = [toUsd(started.minimum), toUsd(started.maximum)]
      return new AppError('invalid_request', {
        message: `amount_usd: from ${least} to ${most} USD can be bought at once`,
        param: 'amount_usd',
        metadata: { minimum_usd: least, maximum_usd: most },
      })
    }
    case 'too-many':
      return new AppError('rate_limit_exceeded', {
        message: 'Many payments of this account are open already: pay or cancel one first.',
        metadata: { limit: 'open_orders', of: 'account' },
        retryAfterSeconds: 600,
      })
    case 'key-used':
      return keyUsed()
  }
}

const refundRefusal = ({ amount, why }: Refundable) =>
  new AppError('conflict', {
    message: why ?? `At most ${toUsd(amount)} USD can be refunded.`,
    param: 'amount_usd',
    metadata: { refundable_usd: toUsd(amount) },
  })
