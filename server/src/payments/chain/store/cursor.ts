import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { Hash, Header } from '../read/types.ts'
import { type CursorRow, type StoredNode, tables } from './rows.ts'

export const findCursor = (db: Db, chainId: bigint): Promise<CursorRow | undefined> =>
  tables(db).selectFrom('chain_cursor').selectAll().where('chain_id', '=', chainId).executeTakeFirst()

/** Locks where the chain stands: for whoever moves it, or against those who do. */
export async function lockCursor(db: Db, chainId: bigint, how: 'move' | 'keep'): Promise<CursorRow | undefined> {
  const query = tables(db).selectFrom('chain_cursor').selectAll().where('chain_id', '=', chainId)
  return (how === 'move' ? query.forUpdate() : query.forShare()).executeTakeFirst()
}

export const insertCursor = (db: Db, row: Pick<CursorRow, 'chain_id' | 'number' | 'hash' | 'head' | 'checked_at'>) =>
  tables(db)
    .insertInto('chain_cursor')
    .values({ ...row, nodes: sql`'[]'` })
    .onConflict((conflict) => conflict.doNothing())
    .execute()

/** Takes or keeps the lease of a chain; `false`: another process has it. */
export async function leaseChain(db: Db, chainId: bigint, by: Uuid, now: Date, until: Date): Promise<boolean> {
  const leased = tables(db)
    .updateTable('chain_cursor')
    .set({ leased_by: by, leased_until: until })
    .where('chain_id', '=', chainId)
    .where((is) => is.or([is('leased_until', 'is', null), is('leased_until', '<', now), is('leased_by', '=', by)]))
  return ((await leased.executeTakeFirst()).numUpdatedRows ?? 0n) > 0n
}

export const releaseChain = (db: Db, chainId: bigint, by: Uuid) =>
  tables(db)
    .updateTable('chain_cursor')
    .set({ leased_until: null })
    .where('chain_id', '=', chainId)
    .where('leased_by', '=', by)
    .execute()

export const moveCursor = (db: Db, chainId: bigint, to: { readonly number: bigint; readonly hash: Hash }) =>
  tables(db)
    .updateTable('chain_cursor')
    .set({ number: to.number, hash: to.hash })
    .where('chain_id', '=', chainId)
    .execute()

export type Checked = {
  readonly head: bigint | undefined
  readonly at: Date
  readonly problem: string | undefined
  readonly nodes: readonly StoredNode[]
}

/** What a look at the chain came to; a problem keeps the time at which it began. */
export const putChecked = (db: Db, chainId: bigint, { head, at, problem, nodes }: Checked) =>
  tables(db)
    .updateTable('chain_cursor')
    .set({
      checked_at: at,
      nodes: sql`${JSON.stringify(nodes)}::jsonb`,
      problem: problem ?? null,
      problem_since: problem === undefined ? null : sql`coalesce(problem_since, ${at})`,
      ...(head !== undefined && { head: sql`greatest(number, ${head})` }),
    })
    .where('chain_id', '=', chainId)
    .execute()

export const insertBlocks = (db: Db, chainId: bigint, headers: readonly Pick<Header, 'number' | 'hash'>[]) =>
  tables(db)
    .insertInto('chain_block')
    .values(headers.map(({ number, hash }) => ({ chain_id: chainId, number, hash })))
    .execute()

export const deleteBlocksBelow = (db: Db, chainId: bigint, number: bigint) =>
  tables(db).deleteFrom('chain_block').where('chain_id', '=', chainId).where('number', '<', number).execute()

export const deleteBlocksAbove = (db: Db, chainId: bigint, number: bigint) =>
  tables(db).deleteFrom('chain_block').where('chain_id', '=', chainId).where('number', '>', number).execute()

/** Newest first. */
export const listBlocks = (db: Db, chainId: bigint, limit: number) =>
  tables(db)
    .selectFrom('chain_block')
    .selectAll()
    .where('chain_id', '=', chainId)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute()

/** Held until the transaction ends: whoever sends for the server on a chain. */
export const lockRelayer = (db: Db, chainId: bigint) =>
  sql`select pg_advisory_xact_lock(${relayerLocks}, ${Number(chainId % 2_147_483_647n)}::integer)`.execute(db)

const relayerLocks = 402_402
