import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { NanoUsd } from '../../../core/money.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { TokenName } from '../read/facts.ts'
import type { Address } from '../settings.ts'
import { type PaymentRow, tables } from './rows.ts'

/** `false`: there is one of that place. */
export async function insertPayment(db: Db, row: PaymentRow): Promise<boolean> {
  const inserted = tables(db).insertInto('chain_payment').values(row)
  const done = await inserted
    .onConflict((conflict) => conflict.columns(['chain_id', 'place']).doNothing())
    .executeTakeFirst()
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const lockPaymentAt = (db: Db, chainId: bigint, place: string) =>
  tables(db)
    .selectFrom('chain_payment')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('place', '=', place)
    .forUpdate()
    .executeTakeFirst()

export const lockPayments = (db: Db, ids: readonly Uuid[]) =>
  tables(db).selectFrom('chain_payment').selectAll().where('id', 'in', ids).orderBy('id').forUpdate().execute()

export const updatePayment = (db: Db, id: Uuid, change: Partial<Omit<PaymentRow, 'id' | 'chain_id' | 'place'>>) =>
  tables(db).updateTable('chain_payment').set(change).where('id', '=', id).execute()

/** What is in a block and not credited, oldest first. */
export const listFound = (db: Db, chainId: bigint, upTo: bigint) =>
  tables(db)
    .selectFrom('chain_payment')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('state', '=', 'found')
    .where('block_number', '<=', upTo)
    .orderBy('block_number')
    .orderBy('id')
    .execute()

/** Credited payments whose block is gone, and which are not in any block up to the cursor; of a chain's own coin see `listAt`. */
export const listOrphans = (db: Db, chainId: bigint, upTo: bigint) =>
  tables(db)
    .selectFrom('chain_payment')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('state', '=', 'orphaned')
    .where((is) => is.not(is.and([is('kind', '=', 'deposit'), is('token', '=', 'native')])))
    .where('block_number', '<=', upTo)
    .orderBy('id')
    .execute()

/** Blocks above a number are gone: what was credited may turn up again, what was not is nowhere. Returns how many of each. */
export async function orphanPayments(
  db: Db,
  chainId: bigint,
  above: bigint,
): Promise<{ credited: number; found: number }> {
  const orphan = (
    from: 'credited' | 'found',
    to: Pick<Partial<PaymentRow>, 'state' | 'waits_for'>,
    only: RawBuilder<boolean> = sql`true`,
  ) =>
    tables(db)
      .updateTable('chain_payment')
      .set(to)
      .where('chain_id', '=', chainId)
      .where('block_number', '>', above)
      .where('state', '=', from)
      .where(only)
      .executeTakeFirst()
  const credited = await orphan('credited', { state: 'orphaned' })
  // Credited in part, and the rest of it came later: mined again, it still waits for that (see `stateAgain`).
  const rest = 'The rest of it is not credited yet.'
  await orphan('found', { state: 'orphaned', waits_for: rest }, sql<boolean>`received > reversed`)
  const found = await orphan('found', { state: 'lost' })
  return { credited: Number(credited.numUpdatedRows), found: Number(found.numUpdatedRows) }
}

/** What an order was told of all of its payments. */
export async function toldOf(db: Db, orderId: Uuid): Promise<{ received: NanoUsd; reversed: NanoUsd }> {
  const sum = (column: 'received' | 'reversed') => sql<NanoUsd>`coalesce(sum(${sql.ref(column)}), 0)::bigint`
  const told = tables(db).selectFrom('chain_payment').where('order_id', '=', orderId)
  return told.select([sum('received').as('received'), sum('reversed').as('reversed')]).executeTakeFirstOrThrow()
}

/** Everything at an address in one token that is in a block, or that is orphaned, oldest first. */
export const listAt = (db: Db, chainId: bigint, address: Address, token: TokenName) =>
  tables(db)
    .selectFrom('chain_payment')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('address', '=', address)
    .where('token', '=', token)
    .where('state', '!=', 'lost')
    .orderBy('id')
    .execute()

/** What of the chain's own coin came to addresses and was not found missing since. */
export async function coinPresentAt(
  db: Db,
  chainId: bigint,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, bigint>> {
  const standing = sql<string>`sum(amount - short - missing)::text`
  const rows = await tables(db)
    .selectFrom('chain_payment')
    .where('chain_id', '=', chainId)
    .where('token', '=', 'native')
    .where('address', 'in', addresses)
    .where('state', 'in', ['found', 'credited'])
    .select(['address', standing.as('sum')])
    .groupBy('address')
    .execute()
  return new Map(rows.map(({ address, sum }) => [address, BigInt(sum)]))
}

export type ShortAt = Pick<PaymentRow, 'address' | 'account_id' | 'token'>

/** Addresses and tokens of which less came since a moment than was sent, or less is there than was credited: newest first. */
export const listShort = (db: Db, chainId: bigint, since: Date, limit: number): Promise<ShortAt[]> =>
  tables(db)
    .selectFrom('chain_payment')
    .select(['address', 'account_id', 'token'])
    .where('chain_id', '=', chainId)
    .where((is) => is.or([is('short', '>', '0'), is('missing', '>', '0')]))
    .where('state', 'in', ['found', 'credited'])
    .where('token', '!=', 'native')
    .where('mined_at', '>', since)
    .groupBy(['address', 'account_id', 'token'])
    .orderBy((each) => each.fn.max('block_number'), 'desc')
    .limit(limit)
    .execute()

/** How many payments there ever were at an address in one token. */
export async function countAt(db: Db, chainId: bigint, address: Address, token: TokenName): Promise<number> {
  const all = tables(db).selectFrom('chain_payment').where('chain_id', '=', chainId).where('address', '=', address)
  const { count } = await all
    .where('token', '=', token)
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export const listPaymentsOf = (db: Db, orderId: Uuid) =>
  tables(db).selectFrom('chain_payment').selectAll().where('order_id', '=', orderId).orderBy('id').execute()

/** What waits at the deposit addresses of an account. */
export const listWaitingOf = (db: Db, accountId: Uuid) =>
  tables(db)
    .selectFrom('chain_payment')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('kind', '=', 'deposit')
    .where('state', '=', 'found')
    .orderBy('id')
    .execute()

export type PaymentSums = Readonly<Record<'credited' | 'waiting' | 'deposited', bigint>>

/** How much of a token came for orders, and how much of it to deposit addresses. */
export async function sumPayments(db: Db, chainId: bigint, token: TokenName): Promise<PaymentSums> {
  const sumWhere = (condition: RawBuilder<boolean>) =>
    sql<string>`coalesce(sum(amount - short) filter (where ${condition}), 0)::text`
  const sums = await tables(db)
    .selectFrom('chain_payment')
    .where('chain_id', '=', chainId)
    .where('token', '=', token)
    .select([
      sumWhere(sql`state = 'credited'`).as('credited'),
      sumWhere(sql`state = 'found'`).as('waiting'),
      sumWhere(sql`state in ('credited', 'found') and kind = 'deposit'`).as('deposited'),
    ])
    .executeTakeFirstOrThrow()
  const { credited, waiting, deposited } = sums
  return { credited: BigInt(credited), waiting: BigInt(waiting), deposited: BigInt(deposited) }
}
