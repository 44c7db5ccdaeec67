import type { Clock } from '../core/clock.ts'
import { learnedBounds } from '../credits/index.ts'
import type { Learned } from '../gateway/index.ts'
import type { Database } from '../platform/database/index.ts'

/** What recent calls taught of each model, read again every so often. */
export type LearnedBounds = { readonly of: (modelId: string) => Learned | undefined; readonly close: () => void }

const readEveryMs = 5 * 60_000
const lookBackMs = 24 * 3_600_000
/** A percentile of fewer calls is chance. */
const callsLeast = 50

export async function openLearned(
  database: Database,
  clock: Clock,
  warn: (message: string, error: unknown) => void,
): Promise<LearnedBounds> {
  let bounds = new Map<string, Learned>()
  const read = async () => {
    const rows = await learnedBounds(database.db, new Date(clock.nowMs() - lookBackMs))
    bounds = new Map(rows.filter(({ calls }) => calls >= callsLeast).map((row) => [row.modelId, row]))
  }
  await read()
  const timer = setInterval(() => {
    read().catch((error: unknown) => warn('learned bounds could not be read', error))
  }, readEveryMs)
  timer.unref()
  return { of: (modelId) => bounds.get(modelId), close: () => clearInterval(timer) }
}
