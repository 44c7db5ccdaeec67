import { AppError } from '../../core/errors.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'

/** Stripe counts USD in whole cents, as JSON numbers. */
const nanoPerCent = 10_000_000n

/** Exact: an amount that is no whole number of cents is a fault of whoever made the order. */
export function toCents(amount: NanoUsd): number {
  const cents = Number(amount / nanoPerCent)
  if (amount % nanoPerCent !== 0n || !Number.isSafeInteger(cents))
    throw new AppError('internal_error', { message: `A card is charged whole cents, not ${amount} nano-USD.` })
  return cents
}

export function fromCents(cents: number): NanoUsd {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`cents must be a whole number, not ${cents}`)
  return nanoUsd(BigInt(cents) * nanoPerCent)
}

/** An amount of any currency in its smallest unit, for people: `19.20 EUR`. */
export function amountText(units: number, currency: string): string {
  const style = { style: 'currency', currency } as const
  const digits = new Intl.NumberFormat('en', style).resolvedOptions().maximumFractionDigits ?? 2
  return `${(units / 10 ** digits).toFixed(digits)} ${currency.toUpperCase()}`
}

/**
 * What was charged may be more than the order, by tax, or be in another currency. Money that goes back goes back with its
 * share of the tax; these two convert between the order's amounts and the charge's, and are exact at both ends: nothing is
 * nothing, all is all.
 */
export type Charged = { readonly orderCents: number; readonly chargedCents: number }

/** The order's share of an amount of the charge, rounded down to the cent: never more than came back. */
export const ofOrder = (cents: number, { orderCents, chargedCents }: Charged): number =>
  orderCents === chargedCents ? cents : Number((BigInt(cents) * BigInt(orderCents)) / BigInt(chargedCents))

/** The charge's amount for a share of the order, rounded up to the cent, so that `ofOrder` of it is the share again. */
export const ofCharge = (cents: number, { orderCents, chargedCents }: Charged): number =>
  orderCents === chargedCents
    ? cents
    : Number((BigInt(cents) * BigInt(chargedCents) + BigInt(orderCents) - 1n) / BigInt(orderCents))
