/** What Stripe answers when it refuses: https://docs.stripe.com/api/errors. */
import type { Stripe } from 'stripe'

export type FaultType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'

type Details = {
  readonly code?: string
  readonly param?: string
  readonly decline_code?: string
  readonly charge?: string
  readonly payment_intent?: Stripe.PaymentIntent
  readonly payment_method?: Stripe.PaymentMethod
  readonly setup_intent?: Stripe.SetupIntent
}

/** A refusal; the one place that answers turns it into Stripe's envelope. */
export class StripeFault extends Error {
  readonly status: number
  readonly type: FaultType
  readonly details: Details

  constructor(status: number, type: FaultType, message: string, details: Details = {}) {
    super(message)
    this.name = 'StripeFault'
    this.status = status
    this.type = type
    this.details = details
  }
}

export const invalid = (message: string, details: Details = {}): StripeFault =>
  new StripeFault(400, 'invalid_request_error', message, details)

/** `what` as Stripe names its kinds, such as `payment_intent`; `param` is the one that named it. */
export const missing = (what: string, id: string, param = 'id'): StripeFault =>
  new StripeFault(404, 'invalid_request_error', `No such ${what}: '${id}'`, { code: 'resource_missing', param })

/** An object that a parameter names, and that is not there. */
export const missingParam = (what: string, id: string, param: string): StripeFault =>
  invalid(`No such ${what}: '${id}'`, { code: 'resource_missing', param })

export const unauthorized = (message: string): StripeFault => new StripeFault(401, 'invalid_request_error', message)

export function faultBody({ type, message, details }: StripeFault): object {
  const docs =
    details.code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${dashed(details.code)}` }
  return { error: { ...details, ...docs, message, type } }
}

const dashed = (code: string): string => code.replaceAll('_', '-')
