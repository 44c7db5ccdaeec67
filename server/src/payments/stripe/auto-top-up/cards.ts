import type { Meant } from '../objects/meant.ts'
import { autoTopUpsBy, lockAutoTopUp, updateAutoTopUp } from '../store/auto-top-ups.ts'
import { findCustomerAccount } from '../store/customers.ts'
import { nowOf, type StripeTools } from '../tools.ts'
import { pause } from './pause.ts'

/** A card that was given for automatic top-ups is charged from now on; what paused for want of one goes on. */
export async function takeCard(tools: StripeTools, meant: Extract<Meant, { kind: 'card' }>): Promise<void> {
  const accountId = meant.isForAutoTopUp ? await findCustomerAccount(tools.db, meant.customerId) : undefined
  if (accountId === undefined) return
  await tools.db.transaction().execute(async (tx) => {
    const wish = await lockAutoTopUp(tx, accountId)
    if (!wish || wish.card_id === meant.cardId) return
    const goesOn = wish.pause !== 'ceiling' && { pause: null, pause_words: null, paused_at: null, failures: 0 }
    await updateAutoTopUp(tx, accountId, { card_id: meant.cardId, ...goesOn, next_at: nowOf(tools) })
  })
}

/** A card that was taken away is charged no more. */
export async function withdrawCard(tools: StripeTools, cardId: string): Promise<void> {
  for (const accountId of await autoTopUpsBy(tools.db, cardId)) {
    await tools.db.transaction().execute(async (tx) => {
      const wish = await lockAutoTopUp(tx, accountId)
      if (wish?.card_id !== cardId || !wish.is_on || wish.pause === 'card') return
      const words = 'The card was removed. Automatic top-ups are paused until another one is chosen.'
      await pause(tools, tx, wish, { kind: 'card', words, until: undefined })
    })
  }
}
