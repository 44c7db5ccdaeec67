import type { Uuid } from '../../../core/ids.ts'
import { add, type NanoUsd } from '../../../core/money.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { advance, findOrder } from '../../orders/orders.ts'
import { priceOf, worthOf } from '../pricing.ts'
import { type Fact, factOf, filtersOf, type Watched } from '../read/facts.ts'
import { peekRange } from '../read/range.ts'
import type { Chain } from '../settings.ts'
import { findCursor } from '../store/cursor.ts'
import { listFound } from '../store/payments.ts'
import { findQuoteByKey } from '../store/quotes.ts'
import { idOf } from '../store/rows.ts'
import { findX402 } from '../store/x402.ts'
import { type ChainTools, explorerUrlOf, type OpenChain } from '../tools.ts'
import { depositOrder, tokenNamed } from './credit.ts'
import { confirmationsOf, depthFor, type Depths } from './depths.ts'
import { watchedOf } from './follow.ts'

/** What was told lately, so that it is not told again at every look. */
export type Told = Set<string>

const toldMost = 10_000
/** Further above the cursor nothing is looked for: it will come. */
const blocksMost = 2_000n

type Seeing = { readonly depths: Depths; readonly told: Told }

/** Tells payers of what is in a block and does not count yet. Only the timeline changes: it may still vanish. */
export async function tellSeen(tools: ChainTools, open: OpenChain, { depths, told }: Seeing): Promise<void> {
  const { chain, nodes } = open
  const head = depths.head.number
  const cursor = (await findCursor(tools.db, idOf(chain)))!
  if (told.size > toldMost) told.clear()
  for (const row of await listFound(tools.db, idOf(chain), head)) {
    if (row.order_id !== null) {
      const worth = row.worth ?? undefined
      const seen = { orderId: row.order_id, place: row.place, txHash: row.tx_hash, block: row.block_number, worth }
      await tell(tools, chain, { ...seen, head, told })
    }
  }
  if (head <= cursor.number || head - cursor.number > blocksMost) return
  const watched = await watchedOf(tools, open)
  const logs = await nodes.use((node) => peekRange(node, cursor.number + 1n, head, filtersOf(watched)))
  for (const fact of logs.flatMap((log) => factOf(chain, log) ?? [])) {
    const order = await orderOf(tools, { chain, watched }, fact)
    if (!order) continue
    const seen = { orderId: order.id, place: fact.place, txHash: fact.txHash, block: fact.blockNumber }
    await tell(tools, chain, { ...seen, worth: order.worth, head, told })
  }
}

type SeenOrder = { readonly id: Uuid; readonly worth: NanoUsd }

/** Which order a fact is for; deposits that are worth one get theirs when they are seen. */
async function orderOf(
  tools: ChainTools,
  { chain, watched }: { readonly chain: Chain; readonly watched: Watched },
  fact: Fact,
): Promise<SeenOrder | undefined> {
  const chainId = idOf(chain)
  switch (fact.kind) {
    case 'paid': {
      const quote = await findQuoteByKey(tools.db, chainId, fact.orderKey)
      return quote && { id: quote.order_id, worth: quote.usd }
    }
    case 'authorized': {
      const { payer, nonce, token } = fact
      const reserved = await findX402(tools.db, { chain_id: chainId, token, payer, nonce })
      const order = reserved && (await findOrder(tools.db, reserved.order_id))
      return order && { id: order.id, worth: add(order.amount, order.fee) }
    }
    case 'transfer': {
      const token = tokenNamed(chain, fact.token)
      const accountId = watched.depositAddresses.get(fact.to)
      const price = token && priceOf(token, undefined)
      const worth = token && price ? worthOf(fact.amount, token, price) : undefined
      if (accountId === undefined || !token || worth === undefined || worth < token.min) return undefined
      const made = inTransaction(tools.db, (tx) =>
        depositOrder({ ...tools, db: tx }, chain, { account_id: accountId, place: fact.place }),
      )
      return { id: await made, worth }
    }
    case 'swept':
      return undefined
  }
}

type Seen = {
  readonly orderId: Uuid
  readonly place: string
  readonly txHash: string | null
  readonly block: bigint
  readonly worth: NanoUsd | undefined
  readonly head: bigint
  readonly told: Told
}

/** Told at 1, 2, 4, 8 ... confirmations: often enough to see it move, seldom enough to be read. */
async function tell(tools: ChainTools, chain: Chain, seen: Seen): Promise<void> {
  const { orderId, place, txHash, block, worth, head, told } = seen
  const confirmations = Number(confirmationsOf(head, block))
  if (confirmations < 1) return
  const stage = 2 ** Math.floor(Math.log2(confirmations))
  const key = `seen:${place}:${block}:${stage}`
  if (told.has(key)) return
  told.add(key)
  const depth = worth === undefined ? undefined : depthFor(chain, worth)
  const data = {
    ...{ chain_id: chain.id, tx_hash: txHash, explorer_url: explorerUrlOf(chain, txHash) ?? null, confirmations },
    confirmations_needed: typeof depth === 'number' ? depth : null,
    ...(typeof depth === 'string' && { waits_until: depth }),
  }
  await advance(tools.db, orderId, { kind: 'seen', key, at: new Date(tools.clock.nowMs()), data }, tools)
}
