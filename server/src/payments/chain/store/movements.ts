import { sql } from 'kysely'
import type { Db } from '../../../platform/database/index.ts'
import type { TokenName } from '../read/facts.ts'
import type { Address } from '../settings.ts'
import { type MovementRow, tables } from './rows.ts'

export const insertMovement = (db: Db, row: MovementRow) =>
  tables(db)
    .insertInto('chain_movement')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()

export const deleteMovementsAbove = (db: Db, chainId: bigint, number: bigint) =>
  tables(db).deleteFrom('chain_movement').where('chain_id', '=', chainId).where('block_number', '>', number).execute()

const total = sql<string>`coalesce(sum(amount), 0)::text`

/** How much of a token was ever swept from an address. */
export async function sweptFrom(db: Db, chainId: bigint, address: Address, token: TokenName): Promise<bigint> {
  const swept = tables(db).selectFrom('chain_movement').where('chain_id', '=', chainId).where('kind', '=', 'swept')
  const { sum } = await swept
    .where('party', '=', address)
    .where('token', '=', token)
    .select(total.as('sum'))
    .executeTakeFirstOrThrow()
  return BigInt(sum)
}

export type Moved = Readonly<Record<MovementRow['kind'], bigint>>

/** How much of a token came into the treasury, left it, and was swept to it. */
export async function sumMovements(db: Db, chainId: bigint, token: TokenName): Promise<Moved> {
  const rows = await tables(db)
    .selectFrom('chain_movement')
    .where('chain_id', '=', chainId)
    .where('token', '=', token)
    .select(['kind', total.as('sum')])
    .groupBy('kind')
    .execute()
  const sumOf = (kind: MovementRow['kind']) => BigInt(rows.find((row) => row.kind === kind)?.sum ?? 0)
  return { in: sumOf('in'), out: sumOf('out'), swept: sumOf('swept') }
}
