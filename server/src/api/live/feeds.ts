import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { heldCalls, pulsesOf } from '../../credits/index.ts'
import { notFound } from '../faults.ts'
import { type Feed, openFeed, refreshFeed } from './feed.ts'
import type { Listener } from './listener.ts'

/** The accounts that are listened to: one feed for each, shared by all who listen to it. */
export type Feeds = {
  /** Throws 404 for an account that the ledger does not have. Whoever joined leaves once, also after that. */
  readonly join: (accountId: Uuid) => Promise<Feed>
  readonly leave: (listener: Listener) => void
  /** Tells everybody what happened since the last look. */
  readonly look: (at: Date) => Promise<void>
}

type Entry = { readonly feed: Promise<Feed | undefined>; users: number }

export function openFeeds(db: Db): Feeds {
  const entries = new Map<Uuid, Entry>()
  return {
    async join(accountId) {
      const entry = entries.get(accountId) ?? { feed: openFeed(db, accountId), users: 0 }
      entry.users++
      entries.set(accountId, entry)
      const feed = await entry.feed
      if (!feed) throw notFound('account')
      return feed
    },
    leave(listener) {
      const entry = entries.get(listener.accountId)
      if (!entry) return
      if (--entry.users === 0) entries.delete(listener.accountId)
      void entry.feed.then((feed) => feed?.listeners.delete(listener)).catch(() => {})
    },
    async look(at) {
      const settled = await Promise.allSettled([...entries.values()].map(({ feed }) => feed))
      const feeds = settled.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []))
      await lookAt(db, feeds, at)
    },
  }
}

/** One look-up for all accounts; only those where something happened are read. */
async function lookAt(db: Db, feeds: readonly Feed[], at: Date): Promise<void> {
  if (feeds.length === 0) return
  const byAccount = new Map(feeds.map((feed) => [feed.accountId, feed]))
  const pulses = await pulsesOf(db, [...byAccount.keys()])
  const changed = pulses.filter(({ accountId, mark }) => byAccount.get(accountId)!.pulse.mark !== mark)
  const ids = changed.map(({ accountId }) => accountId)
  const held = Map.groupBy(await heldCalls(db, ids), ({ accountId }) => accountId)
  for (const pulse of changed) {
    const { accountId } = pulse
    await refreshFeed(db, byAccount.get(accountId)!, { pulse, held: held.get(accountId) ?? [], at })
  }
}
