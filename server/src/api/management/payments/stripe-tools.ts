import { AppError } from '../../../core/errors.ts'
import { missingKey, type StripeTools } from '../../../payments/index.ts'
import type { ApiOptions } from '../../options.ts'

export const tag = 'Payments'

/** What asks Stripe; refuses, and says what to set, where no key is. */
export function stripeOf({ stripe }: ApiOptions): StripeTools {
  if (stripe.tools) return stripe.tools
  throw new AppError('conflict', { message: `Nobody pays by card here. ${missingKey}` })
}
