import { generationId, type Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { findMovementRows, type MovementRow } from './store/statement.ts'
import type { Movement } from './types.ts'

export type MovementsOf = {
  readonly accountId: Uuid
  /** Only movements before this one; `undefined` starts with the newest. */
  readonly beforeSequence?: bigint | undefined
  readonly limit: number
}

/** The statement of an account, newest first: every movement of its posted balance, without a gap in `sequence`. */
export async function movementsOf(db: Db, { accountId, beforeSequence, limit }: MovementsOf): Promise<Movement[]> {
  const rows = await findMovementRows(db, accountId, beforeSequence ?? null, limit)
  return rows.map(movementOf)
}

const movementOf = ({ reference, note, balance_after: balanceAfter, ...row }: MovementRow): Movement => ({
  ...row,
  reference: row.kind === 'usage' ? generationId(reference) : reference,
  balanceAfter,
  note: note ?? undefined,
})
