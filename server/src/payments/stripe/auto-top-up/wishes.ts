import type { Uuid } from '../../../core/ids.ts'
import { add, type NanoUsd } from '../../../core/money.ts'
import { feeOf } from '../../orders/fees.ts'
import { type Card, findCard } from '../cards.ts'
import { findAutoTopUp, lockAutoTopUp, updateAutoTopUp, upsertAutoTopUp } from '../store/auto-top-ups.ts'
import { autoSpentSince } from '../store/payments.ts'
import type { AutoTopUpRow } from '../store/tables.ts'
import { nowOf, type StripeTools } from '../tools.ts'
import { monthOf } from './judge.ts'

/** What an account wants bought, and how that goes. */
export type AutoTopUp = {
  readonly accountId: Uuid
  readonly isOn: boolean
  readonly threshold: NanoUsd
  readonly amount: NanoUsd
  /** Fees in it. */
  readonly monthlyMax: NanoUsd
  readonly cardId: string
  readonly spentThisMonth: NanoUsd
  readonly pause:
    | { readonly kind: AutoTopUpRow['pause'] & string; readonly words: string; readonly at: Date }
    | undefined
  /** The order under way. */
  readonly orderId: Uuid | undefined
  /** After a failure: when it is tried again. */
  readonly nextAt: Date | undefined
}

export async function autoTopUpOf(tools: StripeTools, accountId: Uuid): Promise<AutoTopUp | undefined> {
  const { db } = tools
  const row = await findAutoTopUp(db, accountId)
  if (!row || row.livemode !== tools.settings.isLive) return undefined
  const { pause, pause_words: words, paused_at: at } = row
  const now = nowOf(tools)
  return {
    ...{ accountId, isOn: row.is_on, threshold: row.threshold, amount: row.amount, monthlyMax: row.monthly_max },
    cardId: row.card_id,
    spentThisMonth: await autoSpentSince(db, accountId, monthOf(now)),
    pause: pause === null ? undefined : { kind: pause, words: words ?? '', at: at ?? now },
    orderId: row.order_id ?? undefined,
    nextAt: row.next_at > now ? row.next_at : undefined,
  }
}

export type AutoTopUpWish = Pick<AutoTopUp, 'accountId' | 'isOn' | 'threshold' | 'amount' | 'monthlyMax' | 'cardId'> & {
  readonly personId: Uuid | undefined
}

export type Wished =
  | { readonly kind: 'set'; readonly card: Card }
  | { readonly kind: 'no-card' }
  /** Tax is worked out on Stripe's page alone. */
  | { readonly kind: 'no-tax' }
  /** Not even one top-up fits into a month; `total` is what one takes from the card. */
  | { readonly kind: 'too-low'; readonly total: NanoUsd }

/** Sets what is wanted. It is a new start: what had paused goes on, and an order under way is ended as it was begun. */
export async function setAutoTopUp(tools: StripeTools, wish: AutoTopUpWish): Promise<Wished> {
  const { db, settings } = tools
  if (settings.tax && wish.isOn) return { kind: 'no-tax' }
  const total = add(wish.amount, feeOf(wish.amount, tools.terms.terms))
  if (wish.monthlyMax < total) return { kind: 'too-low', total }
  const card = await findCard(tools, wish.accountId, wish.cardId)
  if (!card) return { kind: 'no-card' }
  const now = nowOf(tools)
  await db.transaction().execute(async (tx) => {
    const before = await lockAutoTopUp(tx, wish.accountId)
    await upsertAutoTopUp(tx, {
      ...{ account_id: wish.accountId, is_on: wish.isOn, threshold: wish.threshold, amount: wish.amount },
      ...{ monthly_max: wish.monthlyMax, livemode: settings.isLive, card_id: wish.cardId },
      ...{ person_id: wish.personId ?? null, pause: null, pause_words: null, paused_at: null },
      ...{ order_id: null, failures: 0, next_at: now, changed_at: now },
    })
    // What was begun with a key of the other mode ends there, if at all.
    if (before && before.livemode !== settings.isLive) await updateAutoTopUp(tx, wish.accountId, { order_id: null })
  })
  return { kind: 'set', card }
}
