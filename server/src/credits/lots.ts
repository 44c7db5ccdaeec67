import type { Uuid } from '../core/ids.ts'
import { add, min, type NanoUsd, subtract, zero } from '../core/money.ts'
import type { Lot } from './types.ts'

/** One transfer of an account, oldest first, with the posted balance after it: usage is what lies between two of them. */
export type LotEvent =
  | { readonly kind: 'in'; readonly lot: Omit<Lot, 'left'>; readonly balanceAfter: NanoUsd }
  /** Part of a lot was taken back, or expired. */
  | { readonly kind: 'out'; readonly lotId: Uuid | null; readonly amount: NanoUsd; readonly balanceAfter: NanoUsd }

/**
 * What is left of each lot, oldest first. Usage takes from the lots that were there at the time, those that expire first
 * before the rest, then the oldest. `balance` is the posted balance now; the lots' rests sum up to it.
 */
export function lotsLeft(events: readonly LotEvent[], balance: NanoUsd): Lot[] {
  const lots: { -readonly [Key in keyof Lot]: Lot[Key] }[] = []
  const order: typeof lots = []
  let posted = zero

  const use = (amount: NanoUsd): void => {
    let rest = amount
    for (const lot of order) {
      if (rest <= zero) return
      const taken = min(lot.left, rest)
      lot.left = subtract(lot.left, taken)
      rest = subtract(rest, taken)
    }
  }

  for (const event of events) {
    const expected = event.kind === 'in' ? add(posted, event.lot.amount) : subtract(posted, event.amount)
    use(subtract(expected, event.balanceAfter))
    posted = event.balanceAfter
    if (event.kind === 'in') {
      const lot = { ...event.lot, left: event.lot.amount }
      lots.push(lot)
      order.splice(placeOf(lot, order), 0, lot)
      continue
    }
    const lot = lots.find(({ transferId }) => transferId === event.lotId)
    const taken = min(event.amount, lot?.left ?? zero)
    if (lot) lot.left = subtract(lot.left, taken)
    use(subtract(event.amount, taken)) // what a correction takes beyond its own lot comes out of the others
  }
  use(subtract(posted, balance))
  return lots
}

/** Behind every lot that expires no later; lots without expiry last. */
function placeOf(lot: Pick<Lot, 'expiresAt'>, order: readonly Pick<Lot, 'expiresAt'>[]): number {
  const expiry = (of: Pick<Lot, 'expiresAt'>): number => of.expiresAt?.getTime() ?? Infinity
  const at = order.findIndex((other) => expiry(other) > expiry(lot))
  return at === -1 ? order.length : at
}
