import { openStripeRail, type StripeRail, termsOf } from '../payments/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Outside } from './outside.ts'

/** Payments by card, as the operator has set them. */
export function openCards(outside: Outside, { db }: Database): Promise<StripeRail> {
  const { config, clock, makeId, log } = outside
  return openStripeRail(config.stripe, {
    ...{ db, clock, makeId, log, orders: outside },
    terms: termsOf(config.payments, 'card'),
    bounds: config.payments,
    tellPaused: () => Promise.resolve(),
  })
}
