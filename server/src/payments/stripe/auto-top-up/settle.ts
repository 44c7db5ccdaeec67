import type { Db } from '../../../platform/database/index.ts'
import type { Concluded } from '../converge.ts'
import { lockAutoTopUp, updateAutoTopUp } from '../store/auto-top-ups.ts'
import { nowOf, type StripeTools } from '../tools.ts'
import { afterFailure } from './judge.ts'
import { pause } from './pause.ts'

/** What follows from the outcome of a charge: the next one may come, is put off, or waits for a person. */
export async function settleAuto(tools: StripeTools, tx: Db, { row, outcome, decline }: Concluded): Promise<void> {
  const wish = await lockAutoTopUp(tx, row.account_id)
  if (wish?.order_id !== row.order_id) return
  const now = nowOf(tools)
  if (outcome === 'paid') {
    await updateAutoTopUp(tx, row.account_id, { order_id: null, failures: 0, next_at: now })
    return
  }
  await updateAutoTopUp(tx, row.account_id, { order_id: null, failures: wish.failures + 1 })
  const isOfBefore = row.request['payment_method'] !== wish.card_id
  if (isOfBefore) return // another card was chosen meanwhile
  const after = afterFailure(decline, wish.failures)
  if (after.kind === 'pause') await pause(tools, tx, wish, after.pause)
  else await updateAutoTopUp(tx, row.account_id, { next_at: new Date(now.getTime() + after.waitMs) })
}
