import { feeOf, type FeeTerms } from '../../lib/fees.ts'
import { formatUsd, type MilliCredits, parseUsd } from '../../lib/money.ts'

export type Priced =
  | { readonly kind: 'priced'; readonly amount: MilliCredits; readonly fee: MilliCredits; readonly total: MilliCredits }
  | { readonly kind: 'unfit'; readonly why: string }

const cent: MilliCredits = 20_000_000n

/** What an amount as typed costs, or why it cannot be bought. */
export function priceOf(
  typed: string,
  terms: FeeTerms,
  limits: { readonly minimum_usd: string; readonly maximum_usd: string },
): Priced {
  const amount = parseUsd(typed.replaceAll(',', '').trim().replace(/^\$/, ''))
  const [least, most] = [parseUsd(limits.minimum_usd) ?? 0n, parseUsd(limits.maximum_usd) ?? 0n]
  if (typed.trim() === '') return { kind: 'unfit', why: 'Say for how much.' }
  if (amount === undefined)
    return { kind: 'unfit', why: 'An amount is digits with two decimals at most, such as 25 or 9.50.' }
  if (amount < least) return { kind: 'unfit', why: `At least ${formatUsd(least)} is bought at a time.` }
  if (amount > most) return { kind: 'unfit', why: `At most ${formatUsd(most)} is bought at a time.` }
  if (amount % cent !== 0n) return { kind: 'unfit', why: 'A cent is the least that is paid: two decimals at most.' }
  const fee = feeOf(amount, terms)
  return { kind: 'priced', amount, fee, total: amount + fee }
}

const steps = [5n, 10n, 20n, 50n, 100n, 250n, 500n, 1_000n] as const
const usd: MilliCredits = 2_000_000_000n

/** Amounts to choose from, of those that are sold. */
export const presetsFor = ({ minimum_usd: least, maximum_usd: most }: { minimum_usd: string; maximum_usd: string }) =>
  steps.filter((step) => step * usd >= (parseUsd(least) ?? 0n) && step * usd <= (parseUsd(most) ?? 0n)).slice(0, 5)
