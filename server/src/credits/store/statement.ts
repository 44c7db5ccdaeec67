import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'

export type MovementRow = {
  readonly sequence: bigint
  readonly at: Date
  readonly kind: string
  /** The call's id for usage. */
  readonly reference: string
  readonly amount: NanoUsd
  readonly balance_after: NanoUsd
  readonly note: string | null
}

/** Charges and transfers of an account below a sequence, newest first. */
export async function findMovementRows(
  db: Db,
  accountId: Uuid,
  beforeSequence: bigint | null,
  limit: number,
): Promise<MovementRow[]> {
  const { rows } = await sql<MovementRow>`
    (select sequence, settled_at as at, 'usage' as kind, call_id::text as reference, -charged as amount, balance_after,
        null as note
      from charge
      where account_id = ${accountId} and sequence is not null
        and sequence < coalesce(${beforeSequence}::bigint, 9223372036854775807)
      order by sequence desc limit ${limit})
    union all
    (select sequence, created_at, kind, reference, case when credit_account = account_id then amount else -amount end,
        balance_after, note
      from transfer
      where account_id = ${accountId} and sequence < coalesce(${beforeSequence}::bigint, 9223372036854775807)
      order by sequence desc limit ${limit})
    order by sequence desc limit ${limit}`.execute(db)
  return rows
}
