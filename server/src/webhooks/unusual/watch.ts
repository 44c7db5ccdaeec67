import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import { toCredits } from '../../core/money.ts'
import { certainPosting, hourSpends, keysUsedBetween, type KeyUsed } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { tell } from '../tell.ts'
import { watchUsage } from '../usage/watch.ts'
import type { WatchTools } from '../watch.ts'
import { isStrange, isSurge, type Known, surgeLeast, usualSpanMs } from './judge.ts'
import {
  findKnownRows,
  type HabitRow,
  insertHabits,
  insertNotice,
  lockWatched,
  type NoticeRow,
  type Trait,
  updateWatched,
} from './store.ts'

const receiptsAtOnce = 20_000n
/** What happened longer ago is history: it teaches what is usual, and nobody is told. */
const newsMs = 24 * 3_600_000

/**
 * A job: looks at the receipts that came since the last time for keys that are used as they never were, and for accounts
 * that have used as much as they want to be told of; each is noticed once. One process at a time does it.
 */
export async function watchKeys(db: Db, tools: WatchTools): Promise<void> {
  const certain = await certainPosting(db)
  if (certain === undefined) return
  while (await db.transaction().execute((tx) => lookOn(tx, tools, certain)));
}

/** Returns whether there is more. */
async function lookOn(tx: Db, tools: WatchTools, certain: bigint): Promise<boolean> {
  const looked = await lockWatched(tx)
  if (looked === undefined || looked >= certain) return false
  const until = looked + receiptsAtOnce < certain ? looked + receiptsAtOnce : certain
  const used = await keysUsedBetween(tx, looked, until)
  await noticeTraits(tx, tools, used)
  await noticeSurges(tx, tools, used)
  await watchUsage(tx, tools, [...new Set(used.map(({ accountId }) => accountId))])
  await updateWatched(tx, until)
  return until < certain
}

async function noticeTraits(tx: Db, tools: WatchTools, used: readonly KeyUsed[]): Promise<void> {
  const fresh = await insertHabits(tx, habitsOf(used))
  if (fresh.length === 0) return
  const known = new Map<string, Known>()
  for (const { key_id, trait, since, count } of await findKnownRows(tx, keysOf(used)))
    known.set(`${key_id} ${trait}`, { since, count })
  const accounts = new Map(used.map(({ keyId, accountId }) => [keyId, accountId]))
  for (const { key_id: keyId, trait, value, first_at: at } of fresh) {
    const isNews = tools.clock.nowMs() - at.getTime() < newsMs
    if (!isNews || !isStrange(known.get(`${keyId} ${trait}`)!, at)) continue
    const what = { keyId, accountId: accounts.get(keyId)!, kind: trait, detail: { [trait]: value }, at }
    await notice(tx, tools, what, `${trait}:${keyId}:${value}`)
  }
}

/** Each trait of each key once, with its first use. */
function habitsOf(used: readonly KeyUsed[]): HabitRow[] {
  const habits = new Map<string, HabitRow>()
  const add = (key_id: Uuid, trait: Trait, value: string, first_at: Date) => {
    const name = `${key_id} ${trait} ${value}`
    const before = habits.get(name)
    if (!before || before.first_at > first_at) habits.set(name, { key_id, trait, value, first_at })
  }
  for (const { keyId, modelId, country, first } of used) {
    if (first === undefined) continue
    add(keyId, 'model', modelId, first)
    if (country !== undefined) add(keyId, 'country', country, first)
  }
  return [...habits.values()]
}

/** Once a day for each key: who was told and does nothing does not want to hear it every hour. */
async function noticeSurges(tx: Db, tools: WatchTools, used: readonly KeyUsed[]): Promise<void> {
  const now = new Date(tools.clock.nowMs())
  const since = new Date(now.getTime() - usualSpanMs)
  const accounts = new Map(used.map(({ keyId, accountId }) => [keyId, accountId]))
  for (const hour of await hourSpends(tx, { keyIds: keysOf(used), now, since, least: surgeLeast })) {
    if (!isSurge(hour)) continue
    const { keyId, spent, usual } = hour
    const detail = { spent_credits: toCredits(spent), usual_credits: toCredits(usual!) }
    const what = { keyId, accountId: accounts.get(keyId)!, kind: 'spend' as const, detail, at: now }
    await notice(tx, tools, what, `spend:${keyId}:${now.toISOString().slice(0, 10)}`)
  }
}

const keysOf = (used: readonly KeyUsed[]): Uuid[] => [...new Set(used.map(({ keyId }) => keyId))]

type Noticed = {
  readonly keyId: Uuid
  readonly accountId: Uuid
  readonly kind: NoticeRow['kind']
  readonly detail: JsonObject
  readonly at: Date
}

async function notice(tx: Db, { clock, makeId }: WatchTools, noticed: Noticed, name: string): Promise<void> {
  const { keyId, accountId, kind, detail, at } = noticed
  const id = makeId()
  const crossing = `key.unusual:${name}`
  const isNew = await insertNotice(tx, { id, account_id: accountId, key_id: keyId, kind, detail, at, crossing })
  if (!isNew) return
  const data = { account_id: accountId, key_id: keyId, notice_id: id, kind, ...detail }
  const event = { id: makeId(), accountId, type: 'key.unusual' as const, crossing, data }
  await tell(tx, { ...event, at: new Date(clock.nowMs()) }, makeId)
}
