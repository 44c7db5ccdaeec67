import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeFunctionData, erc20Abi, type Hex } from 'viem'
import { newPayer } from '../../../test/support/payer.ts'
import type { Uuid } from '../../core/ids.ts'
import { usd } from '../../core/money.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { lockOrder } from '../orders/orders.ts'
import { beginRefund, sendRefund, settleByHand } from '../orders/refunds.ts'
import type { Rail } from '../rail.ts'
import { askRefund, openRefunds, settleRefunds, tellRefund } from './refunds.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev, tools } = room
const { db } = room.database
const { treasury } = dev.accounts
const rail: Pick<Rail, 'refund'> = { refund: (order, asked) => askRefund(tools, order, asked) }
const toSend = async () => (await openRefunds(tools, [room.open])).map(({ orderId }) => orderId)
const refundedOf = async (orderId: Uuid) => (await room.orderNow(orderId)).facts.refunded

for (const hash of await dev.faucet(treasury.address, { usdc: '100' })) await dev.client.settle(hash)

/** An order of 20 USD that is paid, and the wallet that paid. */
async function paid(symbol: string) {
  const payer = await newPayer(dev)
  const { order, quote } = await room.order(await room.newAccount(), usd(20), symbol)
  await dev.client.settle(await (symbol === 'ETH' ? payer.payNative(quote) : payer.payToken(quote)))
  await room.confirm()
  return { payer, orderId: order.id }
}

/** Asks for all of it back. Returns which refund it is. */
async function refund(orderId: Uuid): Promise<Uuid> {
  const rules = { days: 30, rail, now: new Date(tools.clock.nowMs()), byOperator: false }
  const nobody = { personId: undefined, amount: undefined, key: undefined, onAsked: () => Promise.resolve() }
  const begun = await beginRefund(db, { orderId, rules, ...nobody }, tools)
  if (begun.kind !== 'begun') throw new Error(begun.kind)
  await sendRefund(db, rail, begun.refundId, tools)
  return begun.refundId
}

async function sendToken(to: Hex, amount: bigint): Promise<void> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] })
  const hash = await dev.client.sendTransaction({ account: treasury, to: dev.addresses.usdc, data })
  await dev.client.settle(hash)
}

async function look(): Promise<void> {
  await room.confirm()
  await settleRefunds(tools, room.open)
}
const tell = (id: Uuid, txHash: Hex) => inTransaction(db, (tx) => tellRefund(tx, tools, { id, txHash }))

test('what left the treasury for a payer before they asked for a refund is not it', async () => {
  const { payer, orderId } = await paid('TestUSDC')
  await sendToken(payer.address, 20_000_000n)
  await room.look()
  await refund(orderId)
  await look()
  deepEqual([await toSend(), await refundedOf(orderId)], [[orderId], 0n])
  await sendToken(payer.address, 20_000_000n)
  await look()
  deepEqual([await toSend(), await refundedOf(orderId)], [[], usd(20)])
})

test('a transaction in coin is one refund: told for a second one it is refused, and each is done by its own', async () => {
  const payments = [await paid('ETH'), await paid('ETH')]
  const [one, other] = [await refund(payments[0]!.orderId), await refund(payments[1]!.orderId)]
  const open = await openRefunds(tools, [room.open])
  const send = (id: Uuid) => {
    const { to, tokenAmount: value } = open.find((each) => each.id === id)!
    return dev.client.sendTransaction({ account: treasury, to, value })
  }
  const first = await send(one)
  await dev.client.settle(first)
  equal((await tell(one, first)).kind, 'told')
  equal((await tell(other, first)).kind, 'taken')
  await look()
  deepEqual(await toSend(), [payments[1]!.orderId])
  equal((await tell(other, first)).kind, 'taken')
  const second = await send(other)
  await dev.client.settle(second)
  equal((await tell(other, second)).kind, 'told')
  await look()
  deepEqual(await toSend(), [])
  equal((await tell(other, second)).kind, 'unknown')
})

test('two refunds that were told the same transaction before that was refused end as one sent and one to be sent', async () => {
  const payments = [await paid('ETH'), await paid('TestUSDC')]
  const [, last] = payments
  const one = await refund(payments[0]!.orderId)
  const again = await paid('ETH')
  const other = await refund(again.orderId)
  const token = await refund(last!.orderId)
  const { to, tokenAmount: value } = (await openRefunds(tools, [room.open])).find(({ id }) => id === one)!
  const hash = await dev.client.sendTransaction({ account: treasury, to, value })
  await dev.client.settle(hash)
  await tell(one, hash)
  type Tables = {
    chain_refund: { id: string; state: string; tx_hash: string; to_address: string; token_amount: string }
  }
  await db
    .withTables<Tables>()
    .updateTable('chain_refund')
    .set({ state: 'sent', tx_hash: hash, to_address: to, token_amount: value.toString() })
    .where('id', '=', other)
    .execute()
  await sendToken(last!.payer.address, 20_000_000n)
  await look()
  const left = await openRefunds(tools, [room.open])
  deepEqual(
    left.map(({ id, state, txHash }) => [id, state, txHash]),
    [[other, 'pending', null]],
  )
  equal(await refundedOf(last!.orderId), usd(20), `${token} is not kept waiting`)
})

test('a refund of which the operator said that it was sent is not to be sent any more', async () => {
  const before = await toSend()
  const { orderId } = await paid('TestUSDC')
  await refund(orderId)
  await inTransaction(db, async (tx) => settleByHand(tx, (await lockOrder(tx, orderId))!, { kind: 'sent' }, tools))
  deepEqual(await toSend(), before)
  await look()
  deepEqual([await toSend(), await refundedOf(orderId)], [before, usd(20)])
})
