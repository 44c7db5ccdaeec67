import { AppError } from '../../core/errors.ts'
import { type NanoUsd, nanoUsd } from '../../core/money.ts'
import type { ResultRow } from '../store/batch.ts'
import type { Grown, LimitSide, Reserved, Settled } from '../types.ts'

/** What a row of `ledger_apply` says of a reserve. */
export function reservedOf([, outcome, amount, other]: ResultRow): Reserved {
  switch (outcome) {
    case 'held':
      return { kind: 'held', amount: money(amount) }
    case 'account':
    case 'key':
    case 'call':
      return { kind: 'refused', limit: outcome, available: money(amount), heldByOthers: money(other) }
    case 'frozen':
    case 'unknown':
    case 'conflict':
      return { kind: outcome }
    case 'skewed':
      throw new AppError('ledger_unavailable', {
        message: 'The clocks of this gateway and of its database differ by more than a day.',
      })
    default:
      throw new Error(`ledger_apply said ${outcome} of a reserve`)
  }
}

/** What a row of `ledger_apply` says of a growth. */
export function grownOf([, outcome, amount]: ResultRow): Grown {
  if (outcome === 'unknown') return { kind: 'unknown' }
  if (outcome === 'held') return { kind: 'held', amount: money(amount) }
  return { kind: 'held', amount: money(amount), limit: outcome as LimitSide }
}

/** What a row of `ledger_apply` says of a settle. */
export function settledOf([, outcome, amount, other, balance]: ResultRow): Settled {
  switch (outcome) {
    case 'settled':
      return { kind: 'settled', charged: money(amount), shortfall: money(other), balanceAfter: money(balance) }
    case 'replayed':
      return { kind: 'replayed', charged: money(amount), shortfall: money(other) }
    case 'unknown':
      return { kind: 'unknown' }
    default:
      throw new Error(`ledger_apply said ${outcome} of a settle`)
  }
}

const money = (amount: bigint | null): NanoUsd => nanoUsd(amount ?? 0n)
