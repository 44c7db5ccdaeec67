import type { Stripe } from 'stripe'
import { z } from 'zod'
import { balanceNow, transactionNow } from '../objects/balance.ts'
import { closeDispute, updateDispute } from '../objects/disputes.ts'
import { createRefund } from '../objects/refunds.ts'
import {
  cents,
  currency,
  flag,
  isWithin,
  metadata,
  paging,
  paramsOf,
  range,
  text,
  withMetadata,
} from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { route, type Route } from './route.ts'

const nothing = z.strictObject({})

/** Whether an object has the values that a list was asked for. */
function has(object: object, asked: Readonly<Record<string, string | undefined>>): boolean {
  const values = object as Readonly<Record<string, unknown>>
  return Object.entries(asked).every(([name, value]) => value === undefined || values[name] === value)
}

const byPayment = { ...paging, created: range.optional(), payment_intent: text.optional() }

export const chargeRoutes: readonly Route[] = [
  route(
    'GET',
    '/v1/charges',
    paramsOf<Stripe.ChargeListParams>()({ ...byPayment, customer: text.optional() }),
    ({ world, params, path }) => {
      const { customer, payment_intent } = params
      const found = world.charges
        .newestFirst()
        .filter((charge) => has(charge, { customer, payment_intent }) && isWithin(charge.created, params.created))
      return pageOf('charge', found, path, params)
    },
  ),
  route('GET', '/v1/charges/:id', nothing, ({ world, id }) => world.charges.get(id)),
]

export const refundRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/refunds',
    paramsOf<Stripe.RefundCreateParams>()({
      charge: text.optional(),
      payment_intent: text.optional(),
      amount: cents.optional(),
      reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
      metadata: metadata.optional(),
    }),
    ({ world, params }) => createRefund(world, params),
  ),
  route(
    'GET',
    '/v1/refunds',
    paramsOf<Stripe.RefundListParams>()({ ...byPayment, charge: text.optional() }),
    ({ world, params, path }) => {
      const { charge, payment_intent } = params
      const found = world.refunds
        .newestFirst()
        .filter((refund) => has(refund, { charge, payment_intent }) && isWithin(refund.created, params.created))
      return pageOf('refund', found, path, params)
    },
  ),
  route('GET', '/v1/refunds/:id', nothing, ({ world, id }) => world.refunds.get(id)),
  route('POST', '/v1/refunds/:id', z.strictObject({ metadata: metadata.optional() }), ({ world, id, params }) => {
    const before = world.refunds.get(id)
    const after = world.refunds.put({ ...before, metadata: withMetadata(before.metadata, params.metadata) })
    world.emit('refund.updated', after, before)
    return after
  }),
]

export const disputeRoutes: readonly Route[] = [
  route(
    'GET',
    '/v1/disputes',
    paramsOf<Stripe.DisputeListParams>()({ ...byPayment, charge: text.optional() }),
    ({ world, params, path }) => {
      const { charge, payment_intent } = params
      const found = world.disputes
        .newestFirst()
        .filter((dispute) => has(dispute, { charge, payment_intent }) && isWithin(dispute.created, params.created))
      return pageOf('dispute', found, path, params)
    },
  ),
  route('GET', '/v1/disputes/:id', nothing, ({ world, id }) => world.disputes.get(id)),
  route(
    'POST',
    '/v1/disputes/:id',
    paramsOf<Stripe.DisputeUpdateParams>()({
      evidence: paramsOf<Stripe.DisputeUpdateParams.Evidence>()({
        uncategorized_text: text.max(150_000).optional(),
      }).optional(),
      metadata: metadata.optional(),
      submit: flag.optional(),
    }),
    ({ world, id, params: { evidence, ...change } }) =>
      updateDispute(world, id, { ...change, uncategorizedText: evidence?.uncategorized_text }),
  ),
  // The merchant gives in: the dispute is lost.
  route('POST', '/v1/disputes/:id/close', nothing, ({ world, id }) => closeDispute(world, id, 'lost')),
]

export const balanceRoutes: readonly Route[] = [
  route('GET', '/v1/balance', nothing, ({ world }) => balanceNow(world)),
  route(
    'GET',
    '/v1/balance_transactions',
    paramsOf<Stripe.BalanceTransactionListParams>()({
      ...paging,
      created: range.optional(),
      currency: currency.optional(),
      source: text.optional(),
      type: text.optional(),
    }),
    ({ world, params, path }) => {
      const { currency: money, source, type } = params
      const found = world.balanceTransactions
        .newestFirst()
        .filter(
          (transaction) =>
            has(transaction, { currency: money, source, type }) && isWithin(transaction.created, params.created),
        )
      return pageOf(
        'balance_transaction',
        found.map((transaction) => transactionNow(world, transaction)),
        path,
        params,
      )
    },
  ),
  route('GET', '/v1/balance_transactions/:id', nothing, ({ world, id }) =>
    transactionNow(world, world.balanceTransactions.get(id)),
  ),
]
