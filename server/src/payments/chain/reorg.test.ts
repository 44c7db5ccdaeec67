import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Hex } from 'viem'
import { newPayer } from '../../../test/support/payer.ts'
import { usd } from '../../core/money.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const payer = await newPayer(dev)

/** The transaction as it was signed, to be handed in again. */
const rawOf = (hash: Hex): Promise<Hex> =>
  dev.client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never)

const heightOf = async (hash: Hex): Promise<number> => {
  const { blockNumber } = await dev.client.settle(hash)
  return Number((await dev.client.getBlockNumber()) - blockNumber) + 1
}

test('a payment that a reorganisation takes away before it counts is never credited', async () => {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  const hash = await payer.payNative(quote)
  const raw = await rawOf(hash)
  await room.look()
  await dev.reorg(await heightOf(hash))
  await room.confirm()
  equal((await room.orderNow(order.id)).state, 'pending')
  deepEqual(await room.creditsOf(accountId), { balance: 0n, owed: 0n })
  // The very same transaction in another block.
  await dev.client.sendRawTransaction({ serializedTransaction: raw })
  await room.confirm()
  await room.confirm()
  equal((await room.orderNow(order.id)).state, 'credited')
  deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
})

test('the same transaction that is mined again in another block after the credit is credited once', async () => {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  const hash = await payer.payNative(quote)
  const raw = await rawOf(hash)
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
  const deep = await heightOf(hash)
  await dev.reorg(deep, [[raw, deep - 1]])
  await room.confirm()
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
  deepEqual(await room.kindsOf(order.id), ['created', 'received', 'credited'])
  await room.reconciles()
})

test('a credited payment that a reorganisation takes away is taken back, and credited again when it is paid again', async () => {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  const hash = await payer.payNative(quote)
  const raw = await rawOf(hash)
  await room.confirm()
  await dev.reorg(await heightOf(hash))
  await room.confirm()
  await room.confirm()
  equal((await room.orderNow(order.id)).state, 'reversed')
  deepEqual(await room.creditsOf(accountId), { balance: 0n, owed: 0n })
  await dev.client.sendRawTransaction({ serializedTransaction: raw })
  await room.confirm()
  await room.look()
  equal((await room.orderNow(order.id)).state, 'credited')
  deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
  await room.reconciles()
})

test('credits that were spent before a reorganisation took their payment away are owed', async () => {
  const accountId = await room.newAccount()
  const { quote } = await room.order(accountId, usd(20), 'ETH')
  const hash = await payer.payNative(quote)
  await room.confirm()
  await room.spend(accountId, usd(15))
  await dev.reorg(await heightOf(hash))
  await room.confirm()
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: 0n, owed: usd(15) })
  await room.reconciles()
})
