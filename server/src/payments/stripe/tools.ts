import type { Stripe } from 'stripe'
import type { Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { StripeSettings } from '../../platform/stripe-settings.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Log } from '../../platform/log.ts'
import type { NewOrder, OrderTools } from '../orders/orders.ts'
import type { PauseKind } from './store/tables.ts'

/** What the card rail works with, where a key is set. */
export type StripeTools = {
  readonly stripe: Stripe
  readonly settings: StripeSettings
  readonly db: Db
  readonly clock: Pick<Clock, 'nowMs'>
  readonly makeId: MakeId
  readonly log: Log
  readonly orders: OrderTools
  /** What a payment by card costs, and for how long its credits are held. */
  readonly terms: Pick<NewOrder, 'terms' | 'heldDays'>
  /** What one top-up may buy. */
  readonly bounds: { readonly minimum: NanoUsd; readonly maximum: NanoUsd }
  /** Tells whoever looks after an account, in the transaction in which it paused. */
  readonly tellPaused: (tx: Db, paused: Paused) => Promise<void>
}

/** Why automatic top-ups of an account have stopped. */
export type Paused = { readonly accountId: Uuid; readonly kind: PauseKind; readonly words: string }

export const nowOf = ({ clock }: Pick<StripeTools, 'clock'>): Date => new Date(clock.nowMs())
