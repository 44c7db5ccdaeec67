import type { Clock } from '../core/clock.ts'
import type { Claims } from './claims.ts'
import { fits, giveUp, type Share } from './share.ts'
import type { Shares } from './shares.ts'
import type { Bound, Refused } from './types.ts'
import { endOf, secondsUntil } from './window.ts'

/** What the rooms of a limiter share. */
export type Desk = { readonly shares: Shares; readonly claims: Claims; readonly clock: Clock }

/** So much was taken of one limit, in one minute. */
export type Taken = { readonly bound: Bound; readonly minute: number; readonly amount: number }

export type TakenAll = { readonly kind: 'taken'; readonly taken: readonly Taken[] } | Refused

/** Takes of every limit, or of none: the first that refuses ends it. Asks the database only where a share is used up. */
export async function takeAll(
  desk: Desk,
  bounds: readonly Bound[],
  amountOf: (bound: Bound) => number,
): Promise<TakenAll> {
  const taken: Taken[] = []
  try {
    for (const bound of bounds) {
      const amount = amountOf(bound)
      const minute = await takeOne(desk, bound, amount)
      if (minute === undefined) {
        undo(desk, taken)
        return { kind: 'refused', bound, retryAfterSeconds: retryAfter(desk, bound) }
      }
      taken.push({ bound, minute, amount })
    }
  } catch (error) {
    undo(desk, taken)
    throw error
  }
  return { kind: 'taken', taken }
}

/** Answers the minute from which it was taken; `undefined`: the limit refuses. */
async function takeOne({ shares, claims }: Desk, bound: Bound, amount: number): Promise<number | undefined> {
  for (;;) {
    const share = shares.of(bound)
    if (fits(share, bound.most, amount)) {
      share.used += amount
      return share.minute
    }
    const { minute } = share
    const claimed = await claims.claim(share, bound, amount)
    if (claimed === 'used') return minute
    if (claimed === 'refused') return undefined
  }
}

export function undo({ shares }: Desk, taken: readonly Taken[]): void {
  for (const { bound, minute, amount } of taken) giveUp(shares.of(bound), minute, amount)
}

function retryAfter({ shares, clock }: Desk, bound: Bound): number {
  const share: Share = shares.of(bound)
  return bound.resource === 'parallel' ? 1 : secondsUntil(endOf(share.minute), clock.nowMs())
}
