import type { Uuid } from '../../core/ids.ts'
import { converge } from './converge.ts'
import { claimReading } from './store/payments.ts'
import { nowOf, type StripeTools } from './tools.ts'

/** Where browsers come back to from Stripe's pages: what was done there is read before the console shows it. */
export const returnPath = '/api/v1/payments/stripe/return'

export const returnAddress = (origin: string, orderId: Uuid): string => `${origin}${returnPath}?order_id=${orderId}`

export const backToCards = (origin: string): string => `${origin}${returnPath}`

/** Whoever comes back is not kept waiting by a slow Stripe. */
const patienceMs = 4_000
/** Anybody may say that they come back: a payment is not read more often for that. */
const pauseMs = 1_000

/** Reads at once how the payment stands of somebody who comes back; what cannot be read now is read later. */
export async function comeBack(tools: StripeTools, orderId: Uuid): Promise<void> {
  const now = nowOf(tools)
  const isDue = await claimReading(tools.db, orderId, { now, before: new Date(now.getTime() - pauseMs) })
  if (!isDue) return
  const reading = converge(tools, orderId).then(
    () => undefined,
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      tools.log.warn('a payment could not be read at Stripe', { order: orderId, why })
    },
  )
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  await Promise.race([reading, promise])
  clearTimeout(timer)
}
