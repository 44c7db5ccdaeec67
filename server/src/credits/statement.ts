import { generationId, type Uuid } from '../core/ids.ts'
import { type NanoUsd, nanoUsd, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import {
  findBalanceAt,
  findMovementRows,
  findTopUpRows,
  type MovementFilter,
  type MovementRow,
  type Span,
  sumMovements,
  type TopUpRow,
} from './store/statement.ts'
import type { Movement } from './types.ts'

export type MovementsOf = MovementFilter & {
  /** Only movements before this one; `undefined` starts with the newest. */
  readonly beforeSequence?: bigint | undefined
  readonly limit: number
}

/** The movements of an account, newest first: every one of its posted balance, without a gap in `sequence` unless filtered. */
export async function movementsOf(db: Db, { beforeSequence, limit, ...filter }: MovementsOf): Promise<Movement[]> {
  const rows = await findMovementRows(db, filter, beforeSequence ?? null, limit)
  return rows.map(movementOf)
}

const movementOf = ({ reference, note, balance_after: balanceAfter, ...row }: MovementRow): Movement => ({
  ...row,
  reference: row.kind === 'usage' ? generationId(reference) : reference,
  balanceAfter,
  note: note ?? undefined,
})

export type StatementLine = {
  /** `usage`, `grant`, `expiry`, `correction` ... */
  readonly kind: string
  readonly movements: number
  /** Positive for what came in. */
  readonly amount: NanoUsd
}

export type Statement = {
  /** As the ledger's own movements say, not computed from the lines. */
  readonly opening: NanoUsd
  readonly lines: readonly StatementLine[]
  readonly closing: NanoUsd
  /** Opening and lines less closing: nothing, or the books are wrong. */
  readonly difference: NanoUsd
}

/** An account's movements between two whole hours, added up by kind, between the balances that the ledger wrote down. */
export function statementOf(db: Db, accountId: Uuid, span: Span): Promise<Statement> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const opening = (await findBalanceAt(tx, accountId, span.from)) ?? zero
      const closing = (await findBalanceAt(tx, accountId, span.to)) ?? zero
      const rows = await sumMovements(tx, accountId, span)
      const lines = rows.map((row) => ({
        kind: row.kind,
        movements: Number(row.movements),
        amount: nanoUsd(row.is_in ? row.amount : 0n - row.amount),
      }))
      const difference = lines.reduce((sum, line) => sum + line.amount, opening - closing)
      return { opening, lines, closing, difference: nanoUsd(difference) }
    })
}

/** Credits that came in. */
export type TopUp = {
  readonly id: Uuid
  readonly sequence: bigint
  readonly kind: string
  readonly reference: string
  readonly amount: NanoUsd
  readonly note: string | undefined
  readonly at: Date
  readonly lot: { readonly kind: string; readonly refundable: boolean } | undefined
  readonly expiresAt: Date | undefined
  readonly heldUntil: Date | undefined
  /** By corrections, refunds ... */
  readonly takenBack: NanoUsd
  readonly expired: NanoUsd
}

export type TopUpsOf = Pick<MovementsOf, 'accountId' | 'beforeSequence' | 'limit'>

/** What came in by grants, payments and the like, newest first. */
export async function topUpsOf(db: Db, { accountId, beforeSequence, limit }: TopUpsOf): Promise<TopUp[]> {
  return (await findTopUpRows(db, accountId, beforeSequence ?? null, limit)).map(topUpOf)
}

const topUpOf = (row: TopUpRow): TopUp => ({
  id: row.id,
  sequence: row.sequence,
  kind: row.kind,
  reference: row.reference,
  amount: row.amount,
  note: row.note ?? undefined,
  at: row.created_at,
  lot: row.lot_kind === null ? undefined : { kind: row.lot_kind, refundable: row.refundable ?? false },
  expiresAt: row.expires_at ?? undefined,
  heldUntil: row.held_until ?? undefined,
  takenBack: row.taken_back,
  expired: row.expired,
})
