import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import { toCredits } from '../../core/money.ts'
import { hourSpends, type KeyUsed } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { tell } from '../tell.ts'
import type { WatchTools } from '../watch.ts'
import { isStrange, isSurge, type Known, surgeLeast, usualSpanMs } from './judge.ts'
import { findKnownRows, type HabitRow, insertHabits, insertNotice, type NoticeRow, type Trait } from './store.ts'

/** What happened longer ago is history: it teaches what is usual, and nobody is told. */
const newsMs = 24 * 3_600_000

/** Notices what keys did that they never did before, each once, and tells of it. */
export async function noticeUnusual(tx: Db, tools: WatchTools, used: readonly KeyUsed[]): Promise<void> {
  await noticeTraits(tx, tools, used)
  await noticeSurges(tx, tools, used)
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
