import type { Stripe } from 'stripe'
import { AppError } from '../../core/errors.ts'
import type { Log } from '../../platform/log.ts'

type CardFault = {
  readonly code: string | undefined
  readonly declineCode: string | undefined
  readonly intentId: string | undefined
}

/**
 * What an error of Stripe's client means for what was asked. `declined`: the card's bank said no; `refused`: it will be
 * refused again, and nothing was done; `denied`: the key may not ask it, which the operator mends; `missing`: there is no
 * such object; `unclear`: it may have been done or not, and the same question under the same idempotency key tells.
 */
export type StripeFault =
  | ({ readonly kind: 'declined' } & CardFault)
  | { readonly kind: 'refused'; readonly why: string; readonly code: string | undefined }
  | { readonly kind: 'denied' | 'missing'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }

/** `undefined`: not an error of Stripe's client. */
export function faultOf(error: unknown): StripeFault | undefined {
  if (!isStripeError(error)) return undefined
  const { type, message, code } = error
  switch (type) {
    case 'StripeCardError':
      return { kind: 'declined', code, declineCode: error.decline_code, intentId: error.payment_intent?.id }
    case 'StripeInvalidRequestError':
      return code === 'resource_missing' ? { kind: 'missing', why: message } : { kind: 'refused', why: message, code }
    case 'StripeAuthenticationError':
    case 'StripePermissionError':
      return { kind: 'denied', why: message }
    default:
      return { kind: 'unclear', why: message }
  }
}

const isStripeError = (error: unknown): error is Stripe.errors.StripeError =>
  error instanceof Error && 'type' in error && typeof error.type === 'string' && error.type.startsWith('Stripe')

/** For whoever waits for an answer: what went wrong at Stripe is no fault of theirs, and its words are the operator's. */
function told(error: unknown, log: Log): unknown {
  const fault = faultOf(error)
  if (!fault) return error
  log.error('Stripe did not do what was asked', { kind: fault.kind, why: 'why' in fault ? fault.why : fault.code })
  const message =
    fault.kind === 'unclear'
      ? 'The payment provider does not answer just now. Nothing is lost: try again in a moment.'
      : 'The payment provider refused what was asked. The operator finds the reason in the log.'
  return new AppError('upstream_error', { message, cause: error })
}

/** Runs what a caller waits for, and tells faults of Stripe as `told` says. */
export async function asking<Answer>({ log }: { readonly log: Log }, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    throw told(error, log)
  }
}
