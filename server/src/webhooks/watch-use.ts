import { certainPosting, keysUsedBetween } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import { lockWatched, updateWatched } from './store.ts'
import { noticeUnusual } from './unusual/notice.ts'
import { tellUsage } from './usage/tell-usage.ts'
import type { WatchTools } from './watch.ts'

const receiptsAtOnce = 20_000n

/**
 * A job: goes on along the receipts from where it stopped, and looks for keys that were used as they never were and for
 * accounts that have used as much as they want to be told of. One process at a time does it.
 */
export async function watchUse(db: Db, tools: WatchTools): Promise<void> {
  const certain = await certainPosting(db)
  if (certain === undefined) return
  while (await db.transaction().execute((tx) => goOn(tx, tools, certain)));
}

/** Returns whether there is more. */
async function goOn(tx: Db, tools: WatchTools, certain: bigint): Promise<boolean> {
  const looked = await lockWatched(tx)
  if (looked === undefined || looked >= certain) return false
  const until = looked + receiptsAtOnce < certain ? looked + receiptsAtOnce : certain
  const used = await keysUsedBetween(tx, looked, until)
  await noticeUnusual(tx, tools, used)
  await tellUsage(tx, tools, [...new Set(used.map(({ accountId }) => accountId))])
  await updateWatched(tx, until)
  return until < certain
}
