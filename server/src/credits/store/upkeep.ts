import { sql } from 'kysely'
import type { Db } from '../../platform/database/index.ts'

export async function callFold(db: Db): Promise<number> {
  const { rows } = await sql<{ folded: bigint }>`select ledger_fold() as folded`.execute(db)
  return Number(rows[0]!.folded)
}

export async function callMakePartitions(db: Db, from: Date, to: Date): Promise<number> {
  const { rows } = await sql<{ made: number }>`select ledger_make_partitions(${from}, ${to}) as made`.execute(db)
  return rows[0]!.made
}
