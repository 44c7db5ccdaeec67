import { inTransaction } from '../../../platform/transaction.ts'
import { advance } from '../../orders/orders.ts'
import type { Chain } from '../settings.ts'
import { lockCursor } from '../store/cursor.ts'
import { listOrphans, lockPayments, toldOf, updatePayment } from '../store/payments.ts'
import { idOf, type PaymentRow } from '../store/rows.ts'
import { updateX402 } from '../store/x402.ts'
import { type ChainTools, explorerUrlOf } from '../tools.ts'

/** Undoes payments that were credited and are in no block any more, once the chain was read beyond where they were. */
export async function reverseOrphans(tools: ChainTools, chain: Chain): Promise<void> {
  const chainId = idOf(chain)
  const cursor = await inTransaction(tools.db, (tx) => lockCursor(tx, chainId, 'keep'))
  for (const { id } of cursor ? await listOrphans(tools.db, chainId, cursor.number) : []) {
    await inTransaction(tools.db, async (tx) => {
      const now = await lockCursor(tx, chainId, 'keep')
      const [row] = await lockPayments(tx, [id])
      if (row?.state === 'orphaned' && now && row.block_number <= now.number)
        await reverse({ ...tools, db: tx }, chain, row)
    })
  }
}

/** In a transaction that holds the chain and the payment. */
export async function reverse(tools: ChainTools, chain: Chain, row: PaymentRow): Promise<void> {
  const { db, clock, log } = tools
  const at = new Date(clock.nowMs())
  await updatePayment(db, row.id, { state: 'lost', reversed: row.received })
  if (row.order_id === null) return
  const fields = { chain: chain.id, order: row.order_id, place: row.place, nano_usd: row.received.toString() }
  log.error('a credited payment was undone by its chain', fields)
  // Its authorization is unused again: it is brought once more while it is valid.
  if (row.kind === 'x402') await updateX402(db, row.order_id, { state: 'reserved', changed_at: at })
  const { reversed } = await toldOf(db, row.order_id)
  const data = { chain_id: chain.id, tx_hash: row.tx_hash, explorer_url: explorerUrlOf(chain, row.tx_hash) ?? null }
  const key = `reversed:${row.place}:${row.times}`
  await advance(db, row.order_id, { kind: 'reversed', key, at, amount: reversed, data }, tools)
}
