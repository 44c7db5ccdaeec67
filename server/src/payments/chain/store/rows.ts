import type { Uuid } from '../../../core/ids.ts'
import type { NanoUsd } from '../../../core/money.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { TokenName } from '../read/facts.ts'
import type { Hash } from '../read/types.ts'
import type { Address } from '../settings.ts'

/** Whole numbers beyond 64 bits: PostgreSQL's `numeric`, as text. */
export type Digits = string

export type CursorRow = {
  chain_id: bigint
  number: bigint
  hash: Hash
  head: bigint
  checked_at: Date
  leased_by: Uuid | null
  leased_until: Date | null
  problem: string | null
  problem_since: Date | null
  nodes: readonly StoredNode[]
}

export type StoredNode = { readonly host: string; readonly problem: string | null; readonly since: string | null }

export type BlockRow = { chain_id: bigint; number: bigint; hash: Hash }

export type QuoteRow = {
  order_id: Uuid
  chain_id: bigint
  order_key: Hash
  token: TokenName
  token_amount: Digits
  usd: NanoUsd
  deadline: Date
  created_at: Date
}

export type DepositAddressRow = {
  chain_id: bigint
  address: Address
  account_id: Uuid
  salt: Hash
  created_at: Date
  asked_at: Date
  polled_at: Date | null
}

export type PaymentRow = {
  id: Uuid
  chain_id: bigint
  place: string
  tx_hash: Hash | null
  kind: 'quote' | 'deposit' | 'x402'
  account_id: Uuid
  order_id: Uuid | null
  address: Address
  token: TokenName
  amount: Digits
  /** What of the amount never arrived and is not credited, and what was credited and is not there any more. */
  short: Digits
  missing: Digits
  payer: Address | null
  worth: NanoUsd | null
  block_number: bigint
  block_hash: Hash
  mined_at: Date
  state: 'found' | 'credited' | 'orphaned' | 'lost'
  waits_for: string | null
  times: number
  received: NanoUsd
  reversed: NanoUsd
}

export type MovementRow = {
  chain_id: bigint
  place: string
  kind: 'in' | 'out' | 'swept'
  token: TokenName
  party: Address
  amount: Digits
  tx_hash: Hash
  block_number: bigint
}

export type RefundRow = {
  id: Uuid
  order_id: Uuid
  chain_id: bigint
  token: TokenName
  token_amount: Digits
  to_address: Address
  amount: NanoUsd
  state: 'pending' | 'sent' | 'final' | 'cancelled'
  tx_hash: Hash | null
  place: string | null
  above_block: bigint | null
  created_at: Date
  changed_at: Date
}

/** What of a payment arrived. */
export const cameOf = ({ amount, short }: Pick<PaymentRow, 'amount' | 'short'>): bigint =>
  BigInt(amount) - BigInt(short)

/** Rows of server/migrations/0019-chain.sql and 0026-chain-short.sql. */
export const tables = (db: Db) =>
  db.withTables<{
    chain_cursor: CursorRow
    chain_block: BlockRow
    chain_quote: QuoteRow
    chain_deposit_address: DepositAddressRow
    chain_payment: PaymentRow
    chain_movement: MovementRow
    chain_refund: RefundRow
  }>()

export const idOf = (chain: { readonly id: number }): bigint => BigInt(chain.id)
