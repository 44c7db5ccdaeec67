import type { Caller, RateLimits } from '../accounts/index.ts'
import { resources, type Bound, type DefaultLimits, type LimitSide } from './types.ts'

/** The limits of callers, worked out once for each that the key cache holds. */
export function openBounds(defaults: DefaultLimits): (caller: Caller) => readonly Bound[] {
  const known = new WeakMap<Caller, readonly Bound[]>()
  return (caller) => {
    const before = known.get(caller)
    if (before) return before
    const bounds = boundsOf(caller, defaults)
    known.set(caller, bounds)
    return bounds
  }
}

/** The key's limits first, then the account's: always in the same order. */
export function boundsOf({ key, accountId, accountRates }: Caller, defaults: DefaultLimits): readonly Bound[] {
  return [
    ...sideBounds('key', key.id, key.rates, defaults),
    ...sideBounds('account', accountId, accountRates, defaults),
  ]
}

const sideBounds = (side: LimitSide, ownerId: string, own: RateLimits, defaults: DefaultLimits): readonly Bound[] =>
  resources.flatMap((resource) => {
    const most = own[resource] ?? defaults[side][resource]
    return most === 0 ? [] : [{ ownerId, side, resource, most }]
  })
