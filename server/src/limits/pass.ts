import type { Share } from './share.ts'
import { standingsOf } from './standings.ts'
import { takeAll, undo, type Desk, type Taken } from './take.ts'
import type { Bound, Pass } from './types.ts'

/** The pass of every call that nothing limits. */
export const unlimited: Pass = {
  limitsTokens: false,
  reserveTokens: () => Promise.resolve(undefined),
  standings: () => ({}),
  leave() {},
}

export type PassOptions = {
  readonly desk: Desk
  readonly bounds: readonly Bound[]
  /** What was taken to let the call in. */
  readonly taken: readonly Taken[]
  /** Tells others of a share that was overdrawn. */
  readonly onDebt: (share: Share) => void
}

export function openPass({ desk, bounds, taken, onDebt }: PassOptions): Pass {
  const ofTokens = bounds.filter(({ resource }) => resource === 'tokens')
  const places = taken.filter(({ bound }) => bound.resource === 'parallel')
  let reserved: readonly Taken[] = []
  let left = false

  /** Less than reserved comes back to its own minute; more is charged to the minute that runs now. */
  function correct({ bound, minute, amount }: Taken, tokensUsed: number): void {
    const share = desk.shares.of(bound)
    if (tokensUsed <= amount) return undo(desk, [{ bound, minute, amount: amount - tokensUsed }])
    share.used += tokensUsed - amount
    if (share.used > share.taken) onDebt(share)
  }

  return {
    limitsTokens: ofTokens.length > 0,
    async reserveTokens(tokens) {
      const result = await takeAll(desk, ofTokens, ({ most }) => Math.min(tokens, most))
      if (result.kind === 'refused') return result
      reserved = result.taken
      return undefined
    },
    standings: () => standingsOf(desk.shares, bounds),
    leave(tokensUsed) {
      if (left) return
      left = true
      undo(desk, places)
      for (const each of reserved) correct(each, tokensUsed)
    },
  }
}
