import { type MilliCredits, parseUsd, readDecimal } from './money.ts'

/** What a way to pay costs beyond the credits, as the API tells it: a share in percent, and so much each time. */
export type FeeTerms = { readonly fee_percent: string; readonly fee_fixed_usd?: string }

const cent: MilliCredits = 20_000_000n
const wholePercent = 10_000n

/** The fee for so many credits, rounded up to a cent, as the server reckons it. */
export function feeOf(
  amount: MilliCredits,
  { fee_percent: percent, fee_fixed_usd: fixed = '0' }: FeeTerms,
): MilliCredits {
  const bps = readDecimal(percent, 2) ?? 0n
  const exact = amount * bps + (parseUsd(fixed) ?? 0n) * wholePercent
  const step = cent * wholePercent
  return amount <= 0n ? 0n : ((exact + step - 1n) / step) * cent
}

/** '2.9 % + $0.30', '1 %', or undefined where there is none. */
export function feeWords({ fee_percent: percent, fee_fixed_usd: fixed = '0' }: FeeTerms): string | undefined {
  const cents = parseUsd(fixed) ?? 0n
  const parts = [
    (readDecimal(percent, 2) ?? 0n) > 0n ? `${percent} %` : '',
    cents > 0n ? `$${fixed.includes('.') ? fixed.replace(/(\.\d)$/, '$10') : `${fixed}.00`}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.join(' + ')
}
