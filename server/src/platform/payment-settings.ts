import { z } from 'zod'
import { nanoUsd, parseUsd, usd, type NanoUsd } from '../core/money.ts'

/** A share in basis points, and so much each time. */
export type FeeSettings = { readonly bps: number; readonly fixed: NanoUsd }

/** What the environment decides about how credits are bought. */
export type PaymentSettings = {
  /** Of one top-up, before fees. */
  readonly minimum: NanoUsd
  readonly maximum: NanoUsd
  readonly cardFee: FeeSettings
  readonly cryptoFee: FeeSettings
  /** For how many days credits bought by card are neither paid out nor traded: until then banks may take them back. */
  readonly cardHeldDays: number
  /** For how many days after a purchase its payer may have the rest of it refunded; 0: never by themselves. */
  readonly refundDays: number
  /** What bringing others is worth; undefined: nothing. */
  readonly referral?: ReferralSettings | undefined
}

export type ReferralSettings = {
  /** To whoever brings somebody. */
  readonly gives: NanoUsd
  /** To whoever comes. */
  readonly gets: NanoUsd
  /** For how many accounts one is rewarded. */
  readonly most: number
}

const amount = z
  .string()
  .transform((text) => parseUsd(text))
  .refine((parsed) => parsed !== undefined && parsed >= 0n, 'must be USD such as 5 or 0.30')
  .transform((parsed) => parsed!)

/** `2.9` -> 290 */
const percent = z
  .string()
  .regex(/^(?:\d|[1-9]\d)(?:\.\d{1,2})?$/, 'must be a percentage such as 2.9, below 100, with at most two decimals')
  .transform((text) => {
    const [whole = '0', part = ''] = text.split('.')
    return Number(whole) * 100 + Number(part.padEnd(2, '0'))
  })

const days = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number up to 9999')
  .transform(Number)

export const paymentFields = {
  REDPILL_TOP_UP_MIN_USD: amount.optional(),
  REDPILL_TOP_UP_MAX_USD: amount.optional(),
  REDPILL_CARD_FEE_PERCENT: percent.optional(),
  REDPILL_CARD_FEE_FIXED_USD: amount.optional(),
  REDPILL_CRYPTO_FEE_PERCENT: percent.optional(),
  REDPILL_CARD_HOLD_DAYS: days.optional(),
  REDPILL_REFUND_DAYS: days.optional(),
  REDPILL_REFERRAL_GIVES_USD: amount.optional(),
  REDPILL_REFERRAL_GETS_USD: amount.optional(),
  REDPILL_REFERRAL_MAX: days.optional(),
}

type Fields = z.output<z.ZodObject<typeof paymentFields>>

/** What a cent is: no top-up is smaller, and nobody pays in less. */
const cent = nanoUsd(10_000_000n)
/** More than any payment; so much that sums of them stay far within what the ledger can hold. */
const most = usd(1_000_000)

/** What does not go together. */
export function paymentProblems(fields: Fields): readonly string[] {
  const { minimum, maximum } = arrangePayments(fields)
  return [
    ...(minimum < cent ? ['REDPILL_TOP_UP_MIN_USD must be at least 0.01'] : []),
    ...(maximum > most ? ['REDPILL_TOP_UP_MAX_USD must be at most 1000000'] : []),
    ...(maximum < minimum ? ['REDPILL_TOP_UP_MAX_USD must not be less than REDPILL_TOP_UP_MIN_USD'] : []),
  ]
}

export const arrangePayments = (fields: Fields): PaymentSettings => ({
  minimum: fields.REDPILL_TOP_UP_MIN_USD ?? usd(5),
  maximum: fields.REDPILL_TOP_UP_MAX_USD ?? usd(5_000),
  cardFee: { bps: fields.REDPILL_CARD_FEE_PERCENT ?? 0, fixed: fields.REDPILL_CARD_FEE_FIXED_USD ?? nanoUsd(0n) },
  cryptoFee: { bps: fields.REDPILL_CRYPTO_FEE_PERCENT ?? 0, fixed: nanoUsd(0n) },
  cardHeldDays: fields.REDPILL_CARD_HOLD_DAYS ?? 14,
  refundDays: fields.REDPILL_REFUND_DAYS ?? 30,
  referral: referralOf(fields),
})

function referralOf(fields: Fields): ReferralSettings | undefined {
  const none = nanoUsd(0n)
  const { REDPILL_REFERRAL_GIVES_USD: gives = none, REDPILL_REFERRAL_GETS_USD: gets = none } = fields
  return gives + gets === 0n ? undefined : { gives, gets, most: fields.REDPILL_REFERRAL_MAX ?? 20 }
}
