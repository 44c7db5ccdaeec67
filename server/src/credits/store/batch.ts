import type { Uuid } from '../../core/ids.ts'

/** What a batch needs of a connection that the lane took out of the pool. */
export type Connection = {
  readonly query: (statement: Statement) => Promise<{ rows: ResultRow[] }>
  readonly release: (destroy: boolean) => void
}

type Statement = { name: string; text: string; values: unknown[]; rowMode: 'array'; query_timeout: number }

/** One batch as `ledger_apply` takes it: JSON texts of arrays of operations, `null` for none. */
export type BatchCall = {
  readonly processId: Uuid
  /** The time of the batch; `null` for the database's own. */
  readonly now: Date | null
  readonly reserves: string | null
  readonly grows: string | null
  readonly settles: string | null
  readonly checkpoints: string | null
}

/** [n, outcome, amount, other, balance]; see `ledger_result` in server/migrations/0002-ledger-functions.sql. */
export type ResultRow = [
  n: number,
  outcome: string,
  amount: bigint | null,
  other: bigint | null,
  balance: bigint | null,
]

/** Applies a batch in a transaction of its own: when this resolves it is committed. */
export async function applyBatch(connection: Connection, batch: BatchCall, timeoutMs: number): Promise<ResultRow[]> {
  const { processId, now, reserves, grows, settles, checkpoints } = batch
  const { rows } = await connection.query({
    name: 'ledger_apply',
    text: 'select * from ledger_apply($1, $2, $3, $4, $5, $6)',
    values: [processId, now, reserves, grows, settles, checkpoints],
    rowMode: 'array',
    query_timeout: timeoutMs,
  })
  return rows
}
