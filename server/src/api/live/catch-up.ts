import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type News, newsAfter, type NewsPlace } from '../../credits/index.ts'
import { newsFrames, newsLimit } from './feed.ts'
import { frame } from './frames.ts'
import type { Listener } from './listener.ts'

/** Whoever missed more than so many events is told to read everything anew. */
const missedMax = 1_000

/** From where a listener goes on, where that is a place of ours, and up to where others have been told. */
export type Stretch = { readonly accountId: Uuid; readonly from: NewsPlace | undefined; readonly to: NewsPlace }

/** Tells a listener that came back what happened while it was away, each event once. */
export async function catchUp(db: Db, listener: Listener, { accountId, from, to }: Stretch): Promise<void> {
  const reset = [frame('reset', { account_id: accountId, reason: 'too_much_was_missed' }, to)]
  if (!from || from.sequence > to.sequence || from.posting > to.posting) return void (await listener.tellEarlier(reset))
  let place = from
  for (let told = 0; isBehind(place, to);) {
    const news = missed(await newsAfter(db, accountId, place, newsLimit), to)
    told += news.length
    if (told > missedMax) return void (await listener.tellEarlier(reset))
    const last = news.at(-1)
    if (!last || !(await listener.tellEarlier(await newsFrames(db, news)))) return
    place = last.place
  }
}

const isBehind = (place: NewsPlace, to: NewsPlace): boolean =>
  place.sequence < to.sequence || place.posting < to.posting

/** Those up to a place, none of whose own places is behind it. */
const missed = (news: readonly News[], to: NewsPlace): News[] =>
  news
    .filter(({ by, place }) => place[by] <= to[by])
    .map((each) => ({
      ...each,
      place: { sequence: least(each.place.sequence, to.sequence), posting: least(each.place.posting, to.posting) },
    }))

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)
