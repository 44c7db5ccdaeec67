import type { Db } from '../../../platform/database/index.ts'
import { updateAutoTopUp } from '../store/auto-top-ups.ts'
import type { AutoTopUpRow } from '../store/tables.ts'
import { nowOf, type StripeTools } from '../tools.ts'
import type { Pause } from './judge.ts'

/** Stops until a person, or the next month, lets it go on; whoever looks after the account is told why, once. */
export async function pause(
  tools: StripeTools,
  tx: Db,
  { account_id: accountId, pause: before }: Pick<AutoTopUpRow, 'account_id' | 'pause'>,
  { kind, words, until }: Pause,
): Promise<void> {
  const now = nowOf(tools)
  await updateAutoTopUp(tx, accountId, { pause: kind, pause_words: words, paused_at: now, next_at: until ?? now })
  if (before !== kind || kind !== 'ceiling') await tools.tellPaused(tx, { accountId, kind, words })
}
