import type { Uuid } from '../../../core/ids.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { NanoUsd } from '../../../core/money.ts'
import type { Db } from '../../../platform/database/index.ts'

export type CustomerRow = {
  account_id: Uuid
  livemode: boolean
  claim_id: Uuid
  customer_id: string | null
  created_at: Date
}

/** `page`: paid on Stripe's page; `card`: a saved card that its owner chose; `auto`: the same, without anybody there. */
export type PaymentWay = 'page' | 'card' | 'auto'

export type PaymentRow = {
  order_id: Uuid
  account_id: Uuid
  livemode: boolean
  way: PaymentWay
  total: NanoUsd
  request: JsonObject
  session_id: string | null
  intent_id: string | null
  charge_id: string | null
  outcome: 'paid' | 'failed' | null
  created_at: Date
  read_at: Date | null
  next_read_at: Date | null
  problem: string | null
}

export type EventRow = {
  id: string
  livemode: boolean
  type: string
  object_kind: string
  object_id: string
  intent_id: string | null
  charge_id: string | null
  happened_at: Date
  received_at: Date
  source: 'webhook' | 'sweep'
  state: 'waiting' | 'done' | 'given-up'
  attempts: number
  next_at: Date
  problem: string | null
  ended_at: Date | null
}

export type SweepRow = { livemode: boolean; read_until: Date; next_at: Date }

export type PauseKind = 'declined' | 'authentication' | 'ceiling' | 'card' | 'refused'

export type AutoTopUpRow = {
  account_id: Uuid
  is_on: boolean
  threshold: NanoUsd
  amount: NanoUsd
  monthly_max: NanoUsd
  livemode: boolean
  card_id: string
  person_id: Uuid | null
  pause: PauseKind | null
  pause_words: string | null
  paused_at: Date | null
  order_id: Uuid | null
  failures: number
  next_at: Date
  changed_at: Date
}

/** Rows of server/migrations/0018-stripe.sql. */
export const tables = (db: Db) =>
  db.withTables<{
    stripe_customer: CustomerRow
    stripe_payment: PaymentRow
    stripe_event: EventRow
    stripe_sweep: SweepRow
    auto_top_up: AutoTopUpRow
  }>()
