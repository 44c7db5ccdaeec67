import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  findKeySpends,
  type HeldCall,
  heldCalls,
  type KeySpend,
  type News,
  newestPlace,
  newsAfter,
  type NewsPlace,
  type Pulse,
  pulsesOf,
} from '../../credits/index.ts'
import { callRows } from '../management/generations/index.ts'
import { movementView } from '../movement.ts'
import { balanceFrame, frame, holdFrame, keyFrame } from './frames.ts'
import type { Listener } from './listener.ts'

/** One account that is listened to in this process, and how far its news were told. */
export type Feed = {
  readonly accountId: Uuid
  readonly listeners: Set<Listener>
  place: NewsPlace
  pulse: Pulse
  calls: ReadonlyMap<Uuid, HeldCall>
}

/** News that are read at a time. */
export const newsLimit = 200

/** `undefined`: the ledger has no such account. */
export async function openFeed(db: Db, accountId: Uuid): Promise<Feed | undefined> {
  // The mark first: whatever happens after it makes the next look find another one.
  const [pulse] = await pulsesOf(db, [accountId])
  const place = await newestPlace(db, accountId)
  if (!pulse || !place) return undefined
  const calls = mapOf(await heldCalls(db, [accountId]))
  return { accountId, listeners: new Set(), place, pulse, calls }
}

/** Tells everybody who listens what happened since the last look. `held`: the calls that are under way now. */
export async function refreshFeed(db: Db, feed: Feed, { pulse, held, at }: Look): Promise<void> {
  const keys = new Set<Uuid>()
  for (let news = await readNews(db, feed); news.length > 0; news = await readNews(db, feed)) {
    for (const each of news) if (each.kind === 'charge') keys.add(each.charge.keyId)
    tell(feed, await newsFrames(db, news))
    feed.place = news.at(-1)!.place
  }
  const calls = mapOf(held)
  const opened = held.filter(({ callId }) => !feed.calls.has(callId))
  const resolved = [...feed.calls.values()].filter(({ callId }) => !calls.has(callId))
  for (const { keyId } of [...opened, ...resolved]) keys.add(keyId)
  const spends: readonly KeySpend[] = await findKeySpends(db, [...keys], at)
  const asOf = at.toISOString()
  const hasMoved = opened.length + resolved.length > 0
  const change = { accountId: feed.accountId, calls, opened: opened.length, resolved: resolved.length }
  tell(feed, [
    ...spends.map((spend) => keyFrame(spend, asOf)),
    ...(hasMoved ? [holdFrame(change, asOf)] : []),
    balanceFrame(pulse, asOf),
  ])
  feed.calls = calls
  feed.pulse = pulse
}

export type Look = { readonly pulse: Pulse; readonly held: readonly HeldCall[]; readonly at: Date }

const readNews = (db: Db, { accountId, place }: Feed): Promise<News[]> => newsAfter(db, accountId, place, newsLimit)

function tell({ listeners }: Feed, frames: readonly Uint8Array[]): void {
  for (const listener of listeners) listener.deliver(frames)
}

/** A charge is told as the row of its call, any other movement as its line of the ledger; each with its place. */
export async function newsFrames(db: Db, news: readonly News[]): Promise<Uint8Array[]> {
  const rows = await callRows(
    db,
    news.flatMap((each) => (each.kind === 'charge' ? [each.charge] : [])),
  )
  let next = 0
  return news.map((each) =>
    each.kind === 'charge'
      ? frame('call', rows[next++]!, each.place)
      : frame('ledger', movementView(each.movement), each.place),
  )
}

/** How the account stands, for somebody who has just come. */
export function standingFrames({ accountId, pulse, calls }: Feed, place: NewsPlace, asOf: string): Uint8Array[] {
  const unchanged = { accountId, calls, opened: 0, resolved: 0 }
  return [balanceFrame(pulse, asOf, place), holdFrame(unchanged, asOf)]
}

const mapOf = (held: readonly HeldCall[]): ReadonlyMap<Uuid, HeldCall> =>
  new Map(held.map((call) => [call.callId, call]))
