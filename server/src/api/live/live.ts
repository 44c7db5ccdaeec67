import type { Clock } from '../../core/clock.ts'
import type { Database, Db } from '../../platform/database/index.ts'
import type { Payments } from '../../payments/index.ts'
import { catchUp } from './catch-up.ts'
import { type Feed, standingFrames } from './feed.ts'
import { openFeeds } from './feeds.ts'
import { frame, keepAlive, placeIn, retryAfter } from './frames.ts'
import { type Listener, openListener, type Who } from './listener.ts'
import { type Bounds, openRoster, type Warn } from './roster.ts'
import { hearOfOrders } from './orders.ts'
import { openRounds } from './rounds.ts'
import { openSink } from './sink.ts'

/**
 * What happens in accounts, told to whoever listens, whichever process did it. While anybody listens, one look-up by primary
 * key for all accounts together finds those where something happened, and only theirs is read. Calls pay nothing for it.
 */
export type Live = {
  /** Opens a stream of server-sent events. Throws 404 for an account that is none, 429 when too many listen. */
  readonly listen: (who: Who, lastEventId: string | undefined) => Promise<ReadableStream<Uint8Array>>
  readonly listeners: () => number
  /** Ends every stream; whoever listened is to come again elsewhere. */
  readonly close: () => Promise<void>
}

export type LiveOptions = {
  readonly database: Database
  readonly clock: Clock
  readonly warn: Warn
  readonly payments: Payments
  /** How long to wait between two looks. */
  readonly everyMs?: number
  readonly bounds?: Bounds
}

const usualBounds: Bounds = { listenersMax: 4_096, listenersOfAccountMax: 256, unreadBytesMax: 1_048_576 }
const keepAliveMs = 15_000
/** Rights are looked at when something tells that they changed, and besides so often. */
const admitMs = 30_000

export async function openLive(options: LiveOptions): Promise<Live> {
  const { database, clock, warn, everyMs = 400, bounds = usualBounds } = options
  const { db } = database
  const feeds = openFeeds(db)
  const roster = openRoster(bounds, leave, warn)
  const stopHearing = await hear(options, roster)
  const isTime = { toKeepAlive: every(keepAliveMs, clock), toAdmit: every(admitMs, clock) }
  let closed = false

  function leave(listener: Listener): void {
    if (roster.remove(listener)) feeds.leave(listener)
  }

  async function look(): Promise<void> {
    await feeds.look(new Date(clock.nowMs()))
    if (isTime.toKeepAlive()) for (const listener of roster.all()) listener.deliver([keepAlive])
    if (isTime.toAdmit()) await roster.admitAgain(() => true)
  }

  const rounds = openRounds({
    ...{ work: look, everyMs },
    isWanted: () => roster.all().length > 0,
    onFault: (error) => warn('what happened could not be read for those who listen', error),
  })

  return {
    async listen(who, lastEventId) {
      roster.requireRoom(who.accountId)
      const sink = openSink(bounds.unreadBytesMax, () => leave(listener))
      const listener = openListener(who, sink)
      roster.add(listener)
      try {
        const feed = await feeds.join(who.accountId)
        sink.send([retryAfter])
        void begin({ db, clock }, listener, { feed, from: lastEventId }).catch((error: unknown) => {
          warn('what a listener had missed could not be read', error)
          listener.end(stopping)
          leave(listener)
        })
        if (closed) listener.end(stopping)
        rounds.wake()
        return sink.stream
      } catch (error) {
        leave(listener)
        throw error
      }
    },
    listeners: () => roster.all().length,
    async close() {
      closed = true
      for (const listener of roster.all()) {
        listener.end(stopping)
        leave(listener)
      }
      await rounds.stop()
      await stopHearing()
    },
  }
}

/** Hears what the database tells at once: rights that changed, and payments. Returns how to stop. */
async function hear(options: LiveOptions, roster: ReturnType<typeof openRoster>): Promise<() => Promise<void>> {
  const { database } = options
  const stopRights = await hearOfRights(database, roster)
  const stopOrders = await hearOfOrders(database, { ...options, listeners: roster.all })
  return async () => {
    await stopRights()
    await stopOrders()
  }
}

type Tools = { readonly db: Db; readonly clock: Pick<Clock, 'nowMs'> }

/** Tells a listener what it missed, then how the account stands, and from then on what happens. */
async function begin({ db, clock }: Tools, listener: Listener, { feed, from }: Beginning): Promise<void> {
  // Nothing happens between these two: what is told to all from now on comes after `to`.
  feed.listeners.add(listener)
  const to = feed.place
  if (from !== undefined) await catchUp(db, listener, { accountId: feed.accountId, from: placeIn(from), to })
  await listener.tellEarlier(standingFrames(feed, to, new Date(clock.nowMs()).toISOString()))
  listener.caughtUp()
}

/** `from`: the last event that was seen, where there was one. */
type Beginning = { readonly feed: Feed; readonly from: string | undefined }

/** Looks at the rights of those concerned when the database tells that somebody's changed. Returns how to stop. */
async function hearOfRights(
  database: Database,
  { admitAgain }: ReturnType<typeof openRoster>,
): Promise<() => Promise<void>> {
  const stopPeople = await database.listen('redpill_people', (notice) => {
    const personId = notice.kind === 'message' ? notice.payload : undefined
    void admitAgain((listener) => personId === undefined || listener.personId === personId)
  })
  const stopCallers = await database.listen('redpill_callers', () => {
    void admitAgain((listener) => listener.personId === undefined)
  })
  return async () => {
    await stopPeople()
    await stopCallers()
  }
}

/** Says yes once in each such time. */
function every(periodMs: number, clock: Pick<Clock, 'monotonicMs'>): () => boolean {
  let lastMs = clock.monotonicMs()
  return () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - lastMs < periodMs) return false
    lastMs = nowMs
    return true
  }
}

/** The browser comes again by itself, with the last id that it saw. */
const stopping = frame('end', { reason: 'stopping' })
