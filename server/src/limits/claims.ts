import type { Clock } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { isDry, type Share } from './share.ts'
import { openClaimQueue } from './claim-queue.ts'
import { type ShareNow, writeShares } from './store.ts'
import type { Bound } from './types.ts'
import { endOf } from './window.ts'

/** How long rows of a minute count: longer than clocks of a cluster can differ. */
const minuteLivesMs = 600_000
/** Places of parallel calls of a process that does not renew them come free after this. */
const placeLivesMs = 15_000
/** How long others may take to give back what they do not use. A dead one never does. */
const recallMs = 400
const lookAgainMs = 15
/** A limit that was found used up while others have parts of it is asked about again after this. */
const dryMs = 500

export type Claimed = 'used' | 'again' | 'refused'

export type Claims = {
  /** Takes more of a limit and uses `amount` of it; `again`: somebody else has moved the share, look at it anew. */
  readonly claim: (share: Share, bound: Bound, amount: number) => Promise<Claimed>
  /** Gives back all that is not used, of each of these, in one statement. */
  readonly giveBack: (shares: readonly Share[]) => Promise<void>
}

/** Moves shares between this process and the database; nobody else does. */
export function openClaims(db: Db, processId: Uuid, clock: Clock): Claims {
  const make = openClaimQueue(db, processId)

  async function ask(share: Share, bound: Bound, amount: number): Promise<Claimed> {
    const { minute } = share
    const deadlineMs = clock.monotonicMs() + recallMs
    for (let askedAt: string | null = null; ;) {
      const row = await make({
        ...{ askedAt, minute },
        ownerId: bound.ownerId,
        resource: bound.resource,
        most: bound.most,
        used: share.used,
        needed: share.used + amount,
        livesMs: livesMs(share),
      })
      if (share.minute !== minute) return 'again'
      share.taken = Number(row.share)
      share.others = Number(row.others)
      if (row.granted) {
        share.used += amount
        return 'used'
      }
      const isOver = share.others === 0 || (askedAt !== null && row.all_answered) || clock.monotonicMs() > deadlineMs
      if (isOver) break
      askedAt ??= row.at
      await pause(lookAgainMs)
    }
    const untilMs = share.others === 0 && minute > 0 ? endOf(minute) : clock.nowMs() + dryMs
    share.dry = { untilMs, amount, most: bound.most }
    return 'refused'
  }

  return {
    async claim(share, bound, amount) {
      if (share.moving) {
        // Whoever moves it hears of a failure.
        await share.moving.catch(() => {})
        return 'again'
      }
      if (isDry(share, bound.most, amount, clock.nowMs())) return 'refused'
      try {
        return await moved(share, ask(share, bound, amount))
      } catch (cause) {
        throw new AppError('ledger_unavailable', {
          message: 'How far this key has used its limits cannot be checked just now.',
          cause,
        })
      }
    },
    async giveBack(shares) {
      const still = shares.filter(({ moving }) => moving === undefined)
      if (still.length === 0) return
      const writing = writeShares(db, processId, still.map(giveBackOf))
      await Promise.all(still.map((share) => moved(share, writing)))
    },
  }
}

const livesMs = ({ minute }: Share): number => (minute === 0 ? placeLivesMs : minuteLivesMs)

/** From now on only what is used belongs to this process. */
function giveBackOf(share: Share): ShareNow {
  share.taken = share.used
  const { ownerId, resource, minute, used } = share
  return { ownerId, resource, minute, amount: used, livesMs: livesMs(share) }
}

async function moved<T>(share: Share, moving: Promise<T>): Promise<T> {
  share.moving = moving
  try {
    return await moving
  } finally {
    if (share.moving === moving) share.moving = undefined
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
