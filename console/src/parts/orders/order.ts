import type { AnswerOf } from '../../api/client.ts'

/** A payment as the API tells it. */
export type Order = AnswerOf<'GET /api/v1/orders/{id}'>['data']
export type OrderEvent = Order['timeline'][number]

/** What a payment makes stale when it moves by something done here. */
export const staleByOrder = [
  'GET /api/v1/orders',
  'GET /api/v1/orders/{id}',
  'GET /api/v1/accounts/{id}/orders',
  'GET /api/v1/accounts/{id}',
  'GET /api/v1/accounts/{id}/lots',
  'GET /api/v1/accounts/{id}/ledger',
  'GET /api/v1/accounts/{id}/top-ups',
] as const
