import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import { frame } from './frames.ts'
import type { Listener } from './listener.ts'

export type Bounds = {
  readonly listenersMax: number
  readonly listenersOfAccountMax: number
  /** What a listener may leave unread; whoever is slower is cut off, and comes again. */
  readonly unreadBytesMax: number
}

/** Everybody who listens in this process. */
export type Roster = {
  /** Throws 429 when there would be too many. */
  readonly requireRoom: (accountId: Uuid) => void
  readonly add: (listener: Listener) => void
  /** `false`: it was not there any more. */
  readonly remove: (listener: Listener) => boolean
  readonly all: () => readonly Listener[]
  /** Ends the streams of those who may not listen any more. */
  readonly admitAgain: (concerned: (listener: Listener) => boolean) => Promise<void>
}

export function openRoster(bounds: Bounds, onEnded: (listener: Listener) => void, warn: Warn): Roster {
  const listeners = new Map<Uuid, Set<Listener>>()
  let count = 0
  const all = () => [...listeners.values()].flatMap((each) => [...each])
  return {
    all,
    requireRoom(accountId) {
      if ((listeners.get(accountId)?.size ?? 0) >= bounds.listenersOfAccountMax) throw tooMany('account')
      if (count >= bounds.listenersMax) throw tooMany('process')
    },
    add(listener) {
      const { accountId } = listener
      listeners.set(accountId, (listeners.get(accountId) ?? new Set()).add(listener))
      count++
    },
    remove(listener) {
      const siblings = listeners.get(listener.accountId)
      if (!siblings?.delete(listener)) return false
      if (siblings.size === 0) listeners.delete(listener.accountId)
      count--
      return true
    },
    async admitAgain(concerned) {
      // One after the other: rights change seldom, and nobody waits for it.
      for (const listener of all().filter(concerned)) {
        try {
          if (await listener.mayListen()) continue
          listener.end(notAllowed)
          onEnded(listener)
        } catch (error) {
          warn('whether somebody may still listen could not be told', error)
        }
      }
    },
  }
}

export type Warn = (message: string, error: unknown) => void

const notAllowed = frame('end', { reason: 'not_allowed' })

const tooMany = (of: 'account' | 'process') =>
  new AppError('rate_limit_exceeded', {
    message: `Too many listen to the events of this ${of === 'account' ? 'account' : 'server'} already.`,
    metadata: { limit: 'listeners', of },
    retryAfterSeconds: 10,
  })
