import { zeroAddress } from 'viem'
import { inTransaction } from '../../platform/transaction.ts'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { lockOrder } from '../orders/orders.ts'
import { settleByHand } from '../orders/refunds.ts'
import { listRefundRows } from '../orders/store.ts'
import type { Order } from '../orders/types.ts'
import type { RefundAnswer, RefundAsked } from '../rail.ts'
import { findCursor, lockCursor } from './store/cursor.ts'
import { listPaymentsOf } from './store/payments.ts'
import {
  findRefund,
  insertRefund,
  isTaken,
  listOpenRefunds,
  listRefundsOf,
  listUnmatched,
  lockRefund,
  updateRefund,
} from './store/refunds.ts'
import { cameOf, idOf, type PaymentRow, type RefundRow } from './store/rows.ts'
import type { Hash } from './read/types.ts'
import { NodeFault } from './nodes/node.ts'
import { askReceipt, askTransfer } from './read/ask.ts'
import type { Address, Chain } from './settings.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { agreedDepths, limitFor } from './watch/depths.ts'
import { tokenNamed } from './watch/credit.ts'

/**
 * Writes down what is to be sent back: in the token that came, to the address that it came from, at the rate at which it
 * was credited. The key of the treasury is in no process of the server: the operator sends it.
 */
export async function askRefund(
  { db, clock }: ChainTools,
  order: Order,
  { id, amount }: RefundAsked,
): Promise<RefundAnswer> {
  const payments = (await listPaymentsOf(db, order.id)).filter(({ state }) => state === 'credited')
  const [first] = payments
  if (!first) return refused('Nothing that was paid for it stands on a chain.')
  const { payer, token } = first
  if (payer === null)
    return refused('Nobody knows who sent it: coin leaves no sender. Agree on an address and credit it.')
  if (payer === zeroAddress)
    return refused('It was minted to the address, as bridges do: nobody sent it. Agree on an address and credit it.')
  if (!payments.every((each) => each.payer === payer && each.token === token))
    return refused('It was paid in parts that came from several addresses.')
  const now = new Date(clock.nowMs())
  // What left the treasury before is something else.
  const above = (await findCursor(db, first.chain_id))?.head ?? null
  await insertRefund(db, {
    ...{ id, order_id: order.id, chain_id: first.chain_id, token, token_amount: shareOf(payments, amount).toString() },
    ...{ to_address: payer, amount, state: 'pending', tx_hash: null, place: null, above_block: above },
    ...{ created_at: now, changed_at: now },
  })
  return { kind: 'by_hand' }
}

const refused = (why: string): RefundAnswer => ({ kind: 'refused', why })

/** The part of the tokens that stands for an amount of their worth, rounded down. */
function shareOf(payments: readonly PaymentRow[], amount: NanoUsd): bigint {
  const tokens = payments.reduce((sum, each) => sum + cameOf(each), 0n)
  const worth = payments.reduce((sum, { received, reversed }) => sum + received - reversed, 0n)
  return amount >= worth ? tokens : (tokens * amount) / worth
}

/**
 * Finds refunds that the operator has sent among what left the treasury, each once, and tells their orders. One of which
 * nothing can be found out now does not keep the others waiting.
 */
export async function settleRefunds(tools: ChainTools, open: OpenChain): Promise<void> {
  const chainId = idOf(open.chain)
  for (const { id } of await listOpenRefunds(tools.db, chainId)) {
    const looked = inTransaction(tools.db, async (tx) => {
      const within = { ...tools, db: tx }
      await lockCursor(tx, chainId, 'keep')
      const refund = await lockRefund(tx, id)
      if (refund && isOpen(refund)) await settle(within, open, refund)
    })
    await looked.catch((error: unknown) => {
      const level = error instanceof NodeFault ? 'warn' : 'error'
      tools.log[level]('a refund could not be looked at', { chain: open.chain.id, refund: id, error: String(error) })
    })
  }
}

const isOpen = ({ state }: RefundRow): boolean => state === 'pending' || state === 'sent'

async function settle(tools: ChainTools, open: OpenChain, refund: RefundRow): Promise<void> {
  const { db, clock, log } = tools
  const changedAt = { changed_at: new Date(clock.nowMs()) }
  const asked = (await listRefundRows(db, [refund.order_id])).find(({ id }) => id === refund.id)
  if (asked?.state === 'refused') return void (await updateRefund(db, refund.id, { state: 'cancelled', ...changedAt }))
  const [sent] = await listUnmatched(db, refund)
  const place = sent?.place ?? (await coinSent(open, refund, clock.nowMs()))
  if (place === undefined) {
    // The operator said that it was sent, and by what need not be found.
    if (asked?.state === 'sent') await updateRefund(db, refund.id, { state: 'final', ...changedAt })
    return
  }
  if (!sent && (await isTaken(db, refund, { place }))) {
    log.error('two refunds were told the same transaction: one of them is to be sent', { refund: refund.id })
    return void (await updateRefund(db, refund.id, { state: 'pending', tx_hash: null, ...changedAt }))
  }
  const txHash = sent?.tx_hash ?? refund.tx_hash
  await updateRefund(db, refund.id, { state: 'final', place, tx_hash: txHash, ...changedAt })
  const rest = (await listRefundsOf(db, refund.order_id)).filter(isOpen)
  const order = rest.length === 0 ? await lockOrder(db, refund.order_id) : undefined
  if (order) await settleByHand(db, order, { kind: 'sent' }, tools)
}

/** Coin leaves no log: the transaction that the operator named must be it, from the treasury, deep enough. */
async function coinSent(open: OpenChain, refund: RefundRow, nowMs: number): Promise<string | undefined> {
  const { chain, nodes } = open
  const { token, tx_hash: txHash, to_address: to, token_amount: amount } = refund
  if (token !== 'native' || txHash === null) return undefined
  const depths = await agreedDepths(open, nowMs)
  return nodes.use(async (node) => {
    const sent = await askTransfer(node, txHash)
    const isIt = sent?.from === chain.treasury && sent.to === to && sent.value === BigInt(amount)
    if (!isIt || sent.blockNumber > limitFor(chain, depths, refund.amount)) return undefined
    return (await askReceipt(node, txHash))?.succeeded ? `${txHash}:coin` : undefined
  })
}

export type OpenRefund = {
  readonly id: Uuid
  readonly orderId: Uuid
  readonly chain: Chain
  readonly symbol: string
  readonly decimals: number
  readonly tokenAddress: Address | undefined
  readonly tokenAmount: bigint
  readonly to: Address
  readonly amount: NanoUsd
  readonly state: 'pending' | 'sent'
  readonly txHash: string | null
  readonly createdAt: Date
}

/** What the operator has to send, to whom. */
export async function openRefunds({ db }: ChainTools, chains: readonly OpenChain[]): Promise<readonly OpenRefund[]> {
  const rows = await listOpenRefunds(db)
  if (rows.length === 0) return []
  const asked = await listRefundRows(
    db,
    rows.map((row) => row.order_id),
  )
  // What the operator has said of the payment itself ends it before the watcher does.
  const ended = new Set(asked.filter(({ state }) => state === 'sent' || state === 'refused').map(({ id }) => id))
  const waiting = rows.filter(({ id }) => !ended.has(id))
  return waiting.flatMap((row): OpenRefund[] => {
    const chain = chains.find((each) => idOf(each.chain) === row.chain_id)?.chain
    const token = chain && tokenNamed(chain, row.token)
    if (!chain || !token) return []
    const { symbol, decimals, address: tokenAddress } = token
    const what = { symbol, decimals, tokenAddress, tokenAmount: BigInt(row.token_amount), to: row.to_address }
    const state = row.state === 'sent' ? 'sent' : 'pending'
    const told = { amount: row.amount, state, txHash: row.tx_hash, createdAt: row.created_at } as const
    return [{ id: row.id, orderId: row.order_id, chain, ...what, ...told }]
  })
}

export type RefundTold =
  | { readonly kind: 'told'; readonly orderId: Uuid }
  /** There is no such refund that is open. */
  | { readonly kind: 'unknown' }
  /** Another refund in coin was sent by this transaction: it has one receiver. */
  | { readonly kind: 'taken' }

/** The operator names the transaction, in a transaction of ours; what it is worth is for the chain to say. */
export async function tellRefund(
  tx: Db,
  { clock }: Pick<ChainTools, 'clock'>,
  { id, txHash }: { readonly id: Uuid; readonly txHash: Hash },
): Promise<RefundTold> {
  const named = await findRefund(tx, id)
  if (!named) return { kind: 'unknown' }
  // One after the other, and not while they are looked for.
  await lockCursor(tx, named.chain_id, 'move')
  const refund = await lockRefund(tx, id)
  if (!refund || !isOpen(refund)) return { kind: 'unknown' }
  if (refund.token === 'native' && (await isTaken(tx, refund, { txHash }))) return { kind: 'taken' }
  await updateRefund(tx, id, { state: 'sent', tx_hash: txHash, changed_at: new Date(clock.nowMs()) })
  return { kind: 'told', orderId: refund.order_id }
}
