import { AppError } from '../../../core/errors.ts'
import { missingKey, type StripeTools } from '../../../payments/index.ts'
import type { Browser } from '../../browser.ts'
import type { ApiOptions } from '../../options.ts'

export const tag = 'Payments'

/** What asks Stripe; refuses, and says what to set, where no key is. */
export function stripeOf({ stripe }: ApiOptions): StripeTools {
  if (stripe.tools) return stripe.tools
  throw new AppError('conflict', { message: `Nobody pays by card here. ${missingKey}` })
}

/** Where browsers come back to from pages of others. */
export function originToReturn({ publicUrl }: ApiOptions, { origin = publicUrl }: Browser): string {
  if (origin !== undefined) return origin
  throw new AppError('conflict', { message: 'REDPILL_PUBLIC_URL has to be set for payments from other machines.' })
}
