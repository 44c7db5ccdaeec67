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

/** How much of a token was ever swept from each of some addresses. */
export async function sweptFromEach(
  db: Db,
  chainId: bigint,
  token: TokenName,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, bigint>> {
  const swept = tables(db).selectFrom('chain_movement').where('chain_id', '=', chainId).where('kind', '=', 'swept')
  const rows = await swept
    .where('token', '=', token)
    .where('party', 'in', addresses)
    .select(['party', total.as('sum')])
    .groupBy('party')
    .execute()
  return new Map(rows.map(({ party, sum }) => [party, BigInt(sum)]))
}

/** What came into the treasury beside any payment or sweep: somebody sent it, and it is nobody's here. */
export async function sumUnnamed(db: Db, chainId: bigint, token: TokenName): Promise<bigint> {
  const paid = tables(db).selectFrom('chain_payment').select('tx_hash').where('chain_id', '=', chainId)
  const swept = tables(db).selectFrom('chain_movement').select('tx_hash').where('chain_id', '=', chainId)
  const came = tables(db).selectFrom('chain_movement').where('chain_id', '=', chainId).where('kind', '=', 'in')
  const { sum } = await came
    .where('token', '=', token)
    .where(
      'tx_hash',
      'not in',
      paid.where('token', '=', token).where('kind', '!=', 'deposit').where('tx_hash', 'is not', null),
    )
    .where('tx_hash', 'not in', swept.where('token', '=', token).where('kind', '=', 'swept'))
    .select(total.as('sum'))
    .executeTakeFirstOrThrow()
  return BigInt(sum)
}

export type Unswept = { readonly address: Address; readonly amount: bigint }

/** How much of a token should still lie at each deposit address; the most first. */
export async function listUnswept(db: Db, chainId: bigint, token: TokenName, limit: number): Promise<Unswept[]> {
  const { rows } = await sql<{ address: Address; amount: string }>`
    select address, (came - coalesce(swept, 0))::text as amount
    from (
      select address, sum(amount - short) as came from chain_payment
      where chain_id = ${chainId} and token = ${token} and kind = 'deposit' and state in ('found', 'credited')
      group by address
    ) as deposited
    left join (
      select party, sum(amount) as swept from chain_movement
      where chain_id = ${chainId} and token = ${token} and kind = 'swept'
      group by party
    ) as moved on party = address
    where came > coalesce(swept, 0)
    order by came - coalesce(swept, 0) desc
    limit ${limit}`.execute(db)
  return rows.map(({ address, amount }) => ({ address, amount: BigInt(amount) }))
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
