import type { Generated } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { CallState, LimitWindow, LotKind, TakingKind, UsageSource } from '../types.ts'

/**
 * Rows of server/migrations/0001-ledger.sql and 0017-orders.sql. Read here; written by the functions of 0002 and 0017 alone,
 * but for what moves no money.
 */
type LedgerTables = {
  ledger_account: {
    id: Uuid
    code: string | null
    kind: 'customer' | 'platform'
    credits_posted: Generated<NanoUsd>
    debits_posted: Generated<NanoUsd>
    debits_pending: Generated<NanoUsd>
    version: Generated<bigint>
    frozen: Generated<boolean>
    frozen_by_operator: Generated<boolean>
    owed: Generated<NanoUsd>
  }
  ledger_delta: { id: Generated<bigint>; code: string; debits: NanoUsd; credits: NanoUsd; at: Date }
  key_budget: {
    key_id: Uuid
    account_id: Uuid
    limit_nano: NanoUsd | null
    limit_window: LimitWindow
    call_cap: NanoUsd | null
    total_spent: NanoUsd
    total_held: NanoUsd
    window_start: Date
    window_spent: NanoUsd
    window_held: NanoUsd
  }
  hold: {
    call_id: Uuid
    account_id: Uuid
    key_id: Uuid
    amount: NanoUsd
    process_id: Uuid
    held_at: Date
    counted_at: Date
    window_start: Date
    expires_at: Date
    context: JsonObject
    checkpoint_cost: NanoUsd
    checkpoint: JsonObject | null
  }
  charge: ChargeRow
  transfer: {
    id: Uuid
    kind: string
    reference: string
    debit_account: Uuid
    credit_account: Uuid
    amount: NanoUsd
    reverses_id: Uuid | null
    account_id: Uuid
    sequence: bigint
    balance_after: NanoUsd
    note: string | null
    created_at: Date
  }
  lot: {
    transfer_id: Uuid
    account_id: Uuid
    kind: LotKind
    amount: NanoUsd
    held_until: Date | null
    expires_at: Date | null
    refundable: boolean
    closed_at: Date | null
  }
  forfeiture: { account_id: Uuid; asked_at: Date; closed_at: Date | null }
  lot_of: { transfer_id: Uuid; root_id: Uuid }
  taking: {
    id: Uuid
    account_id: Uuid
    of_id: Uuid
    kind: TakingKind
    reference: string
    asked: NanoUsd
    amount: NanoUsd
    taken: NanoUsd
    cancelled: NanoUsd
    returned: NanoUsd
    created_at: Date
  }
  gateway_process: {
    id: Uuid
    host: string
    pid: number
    started_at: Date
    heartbeat_at: Date
    fenced_at: Date | null
  }
}

export type ChargeRow = {
  call_id: Uuid
  at: Date
  posting: bigint
  counted_at: Date
  settled_at: Date
  account_id: Uuid
  key_id: Uuid
  offer_id: Uuid | null
  sequence: bigint
  balance_after: NanoUsd
  held: NanoUsd
  charged: NanoUsd
  shortfall: NanoUsd
  provider_amount: NanoUsd
  input: bigint
  cached_input: bigint
  cache_write: bigint
  output: bigint
  reasoning: bigint
  prompt_bytes: number
  first_byte_ms: number | null
  duration_ms: number
  status: number
  state: CallState
  usage_source: UsageSource
  model_id: string
  provider: string | null
  other_units: Readonly<Record<string, number>> | null
  detail: JsonObject
}

export const tables = (db: Db) => db.withTables<LedgerTables>()
