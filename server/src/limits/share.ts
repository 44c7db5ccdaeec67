import type { Bound, Standing } from './types.ts'
import { endOf, minuteOf } from './window.ts'

/**
 * The part of one limit that this process may use without asking: what it has taken of the minute's budget (or, of
 * parallel calls, of the places), and what of that is used. Only `claims.ts` makes it larger.
 */
export type Share = {
  readonly ownerId: string
  readonly resource: Bound['resource']
  minute: number
  taken: number
  /** More than `taken` when calls used more than their bounds: that debt is covered first. */
  used: number
  /** What other processes had when we last asked. */
  others: number
  /** Such amounts, and larger ones, are refused for a while without asking again. */
  dry: { readonly untilMs: number; readonly amount: number; readonly most: number } | undefined
  /** Being taken or given back: nothing is used of it meanwhile. */
  moving: Promise<unknown> | undefined
}

export const emptyShare = ({ ownerId, resource }: Pick<Bound, 'ownerId' | 'resource'>, nowMs: number): Share => ({
  ownerId,
  resource,
  minute: labelOf(resource, nowMs),
  taken: 0,
  used: 0,
  others: 0,
  dry: undefined,
  moving: undefined,
})

const labelOf = (resource: Bound['resource'], nowMs: number): number => (resource === 'parallel' ? 0 : minuteOf(nowMs))

/** Begins anew in a new minute. A clock that goes back changes nothing. */
export function roll(share: Share, nowMs: number): void {
  const minute = labelOf(share.resource, nowMs)
  if (minute <= share.minute) return
  Object.assign(share, { minute, taken: 0, used: 0, others: 0, dry: undefined })
}

/** Whether so much can be used at once, of what was taken and of what the limit is by now. */
export const fits = (share: Share, most: number, amount: number): boolean =>
  share.moving === undefined && share.used + amount <= Math.min(share.taken, most)

export const isDry = ({ dry }: Share, most: number, amount: number, nowMs: number): boolean =>
  dry !== undefined && nowMs < dry.untilMs && amount >= dry.amount && most <= dry.most

/** Undoes a use, unless its minute is over. */
export function giveUp(share: Share, minute: number, amount: number): void {
  if (share.minute !== minute || amount === 0) return
  share.used = Math.max(0, share.used - amount)
  share.dry = undefined
}

export const standingOf = (share: Share, most: number): Standing => ({
  limit: most,
  remaining: Math.max(0, most - share.others - share.used),
  resetAtMs: endOf(share.minute),
})
