import { ceilDiv, nanoUsd, type NanoUsd, subtract, zero } from '../../core/money.ts'
import type { FeeTerms } from './types.ts'

const wholeBps = 10_000n
/** What people pay in; a fee is never finer. */
const cent = 10_000_000n

/** The fee for so many credits, rounded up to a cent; nothing for nothing. */
export const feeOf = (amount: NanoUsd, { bps, fixed }: FeeTerms): NanoUsd =>
  amount <= zero ? zero : nanoUsd(ceilDiv(ceilDiv(amount * BigInt(bps), wholeBps) + fixed, cent) * cent)

/** What of money that came by itself is credited: the most whose fee leaves it. */
export function creditOf(money: NanoUsd, terms: FeeTerms): NanoUsd {
  const { bps, fixed } = terms
  if (bps === 0 && fixed === zero) return money
  const estimate = nanoUsd(((money - fixed) * wholeBps) / (wholeBps + BigInt(bps)))
  if (estimate <= zero) return zero
  // The fee of the estimate is at most a cent above what was reckoned, and what is less pays no more fee.
  const fee = feeOf(estimate, terms)
  return estimate + fee <= money ? estimate : maxZero(subtract(money, fee))
}

const maxZero = (amount: NanoUsd): NanoUsd => (amount > zero ? amount : zero)
