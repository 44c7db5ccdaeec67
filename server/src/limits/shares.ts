import type { Clock } from '../core/clock.ts'
import { emptyShare, roll, type Share } from './share.ts'
import type { Bound } from './types.ts'

/** The shares that this process has, each as of the minute that runs. */
export type Shares = {
  readonly of: (bound: Pick<Bound, 'ownerId' | 'resource'>) => Share
  readonly find: (ownerId: string, resource: string) => Share | undefined
  readonly all: () => readonly Share[]
  /** Those of parallel calls, which do not end with a minute. */
  readonly places: () => readonly Share[]
  /** Drops what is of no use any more, so that only limits in use take memory. */
  readonly forgetOld: () => void
}

export function openShares(clock: Clock): Shares {
  const shares = new Map<string, Share>()
  const isOld = (share: Share): boolean => share.moving === undefined && share.taken === 0 && share.used === 0

  return {
    of(bound) {
      const nowMs = clock.nowMs()
      const name = nameOf(bound.ownerId, bound.resource)
      let share = shares.get(name)
      if (share) roll(share, nowMs)
      else shares.set(name, (share = emptyShare(bound, nowMs)))
      return share
    },
    find: (ownerId, resource) => shares.get(nameOf(ownerId, resource)),
    all: () => [...shares.values()],
    places: () => [...shares.values()].filter(({ minute }) => minute === 0),
    forgetOld() {
      const nowMs = clock.nowMs()
      for (const [name, share] of shares) {
        roll(share, nowMs)
        if (isOld(share)) shares.delete(name)
      }
    },
  }
}

const nameOf = (ownerId: string, resource: string): string => `${ownerId} ${resource}`
