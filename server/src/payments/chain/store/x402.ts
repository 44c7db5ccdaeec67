import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { TokenName } from '../read/facts.ts'
import type { Hash } from '../read/types.ts'
import type { Address } from '../settings.ts'
import type { Digits } from './rows.ts'

export type X402Row = {
  chain_id: bigint
  token: TokenName
  payer: Address
  nonce: Hash
  order_id: Uuid
  amount: Digits
  authorization_sealed: string
  valid_before: Date
  state: 'reserved' | 'sent' | 'settled' | 'failed'
  tx_hash: Hash | null
  claim_hash: string | null
  key_id: Uuid | null
  created_at: Date
  changed_at: Date
}

export type X402Id = Pick<X402Row, 'chain_id' | 'token' | 'payer' | 'nonce'>

const tables = (db: Db) => db.withTables<{ x402_payment: X402Row }>()

/** `false`: this authorization was reserved before. */
export async function reserveNonce(db: Db, row: X402Row): Promise<boolean> {
  const inserted = tables(db).insertInto('x402_payment').values(row)
  const done = await inserted.onConflict((conflict) => conflict.doNothing()).executeTakeFirst()
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const findX402 = (db: Db, id: X402Id) =>
  tables(db)
    .selectFrom('x402_payment')
    .selectAll()
    .where('chain_id', '=', id.chain_id)
    .where('token', '=', id.token)
    .where('payer', '=', id.payer)
    .where('nonce', '=', id.nonce)
    .executeTakeFirst()

type Payer = Pick<X402Id, 'chain_id' | 'token' | 'payer'>

/** Held until the transaction ends: whoever reserves for a payer. */
export const lockPayer = (db: Db, { chain_id: chainId, token, payer }: Payer) =>
  sql`select pg_advisory_xact_lock(hashtext('redpill-x402'), hashtext(${`${chainId} ${token} ${payer}`}))`.execute(db)

/** What a payer has promised and not paid. */
export const listOpenOf = (db: Db, { chain_id: chainId, token, payer }: Payer) =>
  tables(db)
    .selectFrom('x402_payment')
    .select(['nonce', 'amount'])
    .where('chain_id', '=', chainId)
    .where('token', '=', token)
    .where('payer', '=', payer)
    .where('state', 'in', ['reserved', 'sent'])
    .execute()

export const updateX402 = (db: Db, orderId: Uuid, change: Partial<Omit<X402Row, keyof X402Id | 'order_id'>>) =>
  tables(db).updateTable('x402_payment').set(change).where('order_id', '=', orderId).execute()

/** Nonces whose use is watched for: of payments that may still come, and of those that a reorganisation may undo. */
export const listWatchedNonces = (db: Db, chainId: bigint, since: Date) =>
  tables(db)
    .selectFrom('x402_payment')
    .select('nonce')
    .where('chain_id', '=', chainId)
    .where((is) => is.or([is('state', 'in', ['reserved', 'sent']), is('changed_at', '>', since)]))
    .execute()

/** Brought or about to be, and not settled. */
export const listUnsettled = (db: Db, chainId: bigint, limit: number) =>
  tables(db)
    .selectFrom('x402_payment')
    .selectAll()
    .where('chain_id', '=', chainId)
    .where('state', 'in', ['reserved', 'sent'])
    .orderBy('created_at')
    .limit(limit)
    .execute()

/** Payments that are in no block any more: their authorizations are unused again, and are brought once more. */
export const reopenX402 = (db: Db, chainId: bigint, at: Date) => {
  type Payments = { chain_payment: { order_id: Uuid | null; kind: string; state: string } }
  const paid = db.withTables<Payments>().selectFrom('chain_payment').select('order_id').where('kind', '=', 'x402')
  return tables(db)
    .updateTable('x402_payment')
    .set({ state: 'reserved', changed_at: at })
    .where('chain_id', '=', chainId)
    .where('state', '=', 'settled')
    .where('order_id', 'in', paid.where('state', '=', 'lost'))
    .where('order_id', 'not in', paid.where('state', 'in', ['found', 'credited', 'orphaned']))
    .execute()
}

export const lockX402 = (db: Db, orderId: Uuid) =>
  tables(db).selectFrom('x402_payment').selectAll().where('order_id', '=', orderId).forUpdate().executeTakeFirst()

/** Whether a key was given for a payment, and so has the limit of what was paid. */
export const isKeyOfX402 = async (db: Db, keyId: Uuid): Promise<boolean> =>
  (await tables(db).selectFrom('x402_payment').select('nonce').where('key_id', '=', keyId).executeTakeFirst()) !==
  undefined
