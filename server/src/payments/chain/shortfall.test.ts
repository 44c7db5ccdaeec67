import { deepEqual, equal, match } from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { encodeFunctionData, type Hex } from 'viem'
import { testFeedAbi } from '../../../../contracts/dev/artifacts/test-feed.ts'
import { newPayer } from '../../../test/support/payer.ts'
import { honest, type Misbehave, startRpcProxy } from '../../../test/support/rpc-proxy.ts'
import type { Uuid } from '../../core/ids.ts'
import { usd } from '../../core/money.ts'
import { listOrders } from '../orders/orders.ts'
import { depositAddressesOf } from './deposits.ts'
import { reconcileChains } from './reconcile.ts'
import { findCursor } from './store/cursor.ts'
import { openChainRoom } from './test/room.ts'
import type { OpenChain } from './tools.ts'

const room = await openChainRoom({ after })
const { dev } = room
const { usdc, nativeFeed } = dev.addresses
const payer = await newPayer(dev)
const one = await startRpcProxy({ after }, dev.rpcUrl)
const other = await startRpcProxy({ after }, dev.rpcUrl)
const problem = async () => (await findCursor(room.database.db, BigInt(dev.chainId)))!.problem

beforeEach(async () => {
  one.set(honest)
  other.set(honest)
  await room.confirm()
})

async function customer() {
  const accountId = await room.newAccount()
  const [deposit] = await depositAddressesOf(room.tools, [room.open], accountId)
  return { accountId, address: deposit!.address }
}
const creditsOf = async (accountId: Uuid) => (await room.creditsOf(accountId)).balance
const waitingOf = async (accountId: Uuid) => (await depositAddressesOf(room.tools, [room.open], accountId))[0]!.waiting
const ordersOf = (accountId: Uuid) => listOrders(room.database.db, { accountId, limit: 10 })
const reviewsOf = async (accountId: Uuid) => (await ordersOf(accountId)).map(({ review = null }) => review)
const confirmAt = async (open: OpenChain) => {
  await dev.mine(4)
  await room.look(open)
}

const wordOf = (amount: bigint): string => amount.toString(16).padStart(64, '0')
const sayingCoin =
  (address: string, balance: bigint): Misbehave =>
  async (call, ask) =>
    call.method === 'eth_getBalance' && String(call.params[0]).toLowerCase() === address
      ? { kind: 'result', result: `0x${balance.toString(16)}` }
      : honest(call, ask)
const sayingToken =
  (balance: bigint): Misbehave =>
  async (call, ask) => {
    const [{ data } = { data: '' }] = call.params as [{ data?: string }?]
    const isAsked = call.method === 'eth_call' && String(data).startsWith('0x70a08231')
    return isAsked ? { kind: 'result', result: `0x${wordOf(balance)}` } : honest(call, ask)
  }

test('coin that one of two nodes says came to an address is not credited, and the operator learns of it', async () => {
  const { accountId, address } = await customer()
  one.set(sayingCoin(address, 10n ** 18n))
  const open = room.nodesAt(one.url, other.url)
  for (let looks = 0; looks < 2; looks++) await confirmAt(open)
  equal(await creditsOf(accountId), 0n)
  match((await problem())!, /tell of different balances of 0x[\da-f]{40} \(native\)/)
  one.set(honest)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await problem()], [0n, null])
})

test('nor is coin passed by that one of two nodes says never came', async () => {
  const { accountId, address } = await customer()
  await dev.client.settle(await payer.send({ to: address, value: 10n ** 16n }))
  one.set(sayingCoin(address, 0n))
  const open = room.nodesAt(one.url, other.url)
  await confirmAt(open)
  match((await problem())!, /different balances/)
  one.set(honest)
  await confirmAt(open)
  equal(await creditsOf(accountId), usd(40))
})

test('coin that was credited and is not at its address is told to the operator and fails the reconciliation; when as much comes it is not credited twice', async () => {
  const { accountId, address } = await customer()
  const open = room.nodesAt(one.url)
  one.set(sayingCoin(address, 10n ** 16n))
  await confirmAt(open)
  equal(await creditsOf(accountId), usd(40), 'one node alone is believed')
  one.set(honest)
  await confirmAt(open)
  deepEqual(await reviewsOf(accountId), [
    '0.01 ETH of the 0.01 ETH that were credited are not at the address any more.',
  ])
  const coin = async () => (await reconcileChains(room.tools, [room.open])).find(({ name }) => name.endsWith('ETH'))!
  const failed = await coin()
  equal(failed.ok, false)
  match(failed.detail, /0.01 are missing/)
  await dev.client.settle(await payer.send({ to: address, value: 15n * 10n ** 15n }))
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(60), [null, null]])
  equal((await coin()).ok, true)
  await room.reconciles()
})

test('coin that is not credited yet and proves not to be there is withdrawn', async () => {
  const set = async (ageSeconds: bigint) => {
    const { timestamp } = await dev.client.getBlock()
    const args = [400_000_000_000n, timestamp - ageSeconds] as const
    const data = encodeFunctionData({ abi: testFeedAbi, functionName: 'set', args })
    await dev.client.settle(await payer.send({ to: nativeFeed, data }))
  }
  await set(20n * 365n * 24n * 3_600n)
  const { accountId, address } = await customer()
  const open = room.nodesAt(one.url)
  one.set(sayingCoin(address, 10n ** 16n))
  await confirmAt(open)
  deepEqual(
    (await waitingOf(accountId)).map(({ amount }) => amount),
    [10n ** 16n],
  )
  one.set(honest)
  await confirmAt(open)
  await set(0n)
  await confirmAt(open)
  deepEqual([await waitingOf(accountId), await creditsOf(accountId)], [[], 0n])
})

async function sendTokens(to: Hex, amount: bigint) {
  await dev.client.settle(await payer.transfer(usdc, to, amount))
}

test('a token that one of two nodes says is not there is credited as soon as they agree', async () => {
  const { accountId, address } = await customer()
  await sendTokens(address, 50_000_000n)
  one.set(sayingToken(0n))
  const open = room.nodesAt(one.url, other.url)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [0n, []])
  match((await problem())!, /different balances/)
  one.set(honest)
  await confirmAt(open)
  equal(await creditsOf(accountId), usd(50))
})

test('a token that was sent and is not there waits, its payer and the operator read why, and it is credited when it is there', async () => {
  const { accountId, address } = await customer()
  await sendTokens(address, 50_000_000n)
  const open = room.nodesAt(one.url)
  one.set(sayingToken(0n))
  await confirmAt(open)
  const why = '50 TestUSDC of the 50 TestUSDC that were sent did not arrive.'
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [0n, [why]])
  deepEqual(
    (await waitingOf(accountId)).map((each) => each.why),
    ['Less is at the address than was sent to it.'],
  )
  const [order] = await ordersOf(accountId)
  equal((await room.kindsOf(order!.id)).includes('doubted'), true)
  await confirmAt(open)
  equal((await reviewsOf(accountId)).length, 1)
  one.set(honest)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(50), [null]])
  deepEqual((await room.kindsOf(order!.id)).slice(-3), ['cleared', 'received', 'credited'])
  await room.reconciles()
})

test('of one of which a part is not there the part that is there is credited, and the rest when it is there', async () => {
  const { accountId, address } = await customer()
  await sendTokens(address, 50_000_000n)
  const open = room.nodesAt(one.url)
  one.set(sayingToken(45_000_000n))
  await confirmAt(open)
  const why = '5 TestUSDC of the 50 TestUSDC that were sent did not arrive.'
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(45), [why]])
  one.set(honest)
  await confirmAt(open)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(50), [null]])
  equal((await ordersOf(accountId)).length, 1)
  await room.reconciles()
})

test('the rest of one is credited too when its block is replaced before that', async () => {
  const { accountId, address } = await customer()
  const hash = await payer.transfer(usdc, address, 50_000_000n)
  const { blockNumber } = await dev.client.settle(hash)
  const raw: Hex = await dev.client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never)
  const open = room.nodesAt(one.url)
  one.set(sayingToken(45_000_000n))
  await confirmAt(open)
  equal(await creditsOf(accountId), usd(45))
  // Nobody can say what it is worth when the rest is there.
  const { timestamp } = await dev.client.getBlock()
  const args = [100_000_000n, timestamp - 20n * 365n * 24n * 3_600n] as const
  const data = encodeFunctionData({ abi: testFeedAbi, functionName: 'set', args })
  await dev.client.settle(await payer.send({ to: dev.addresses.usdcFeed, data }))
  one.set(honest)
  await confirmAt(open)
  await confirmAt(open)
  equal(await creditsOf(accountId), usd(45))
  const blocks = Number((await dev.client.getBlockNumber()) - blockNumber) + 1
  await dev.reorg(blocks, [[raw, 1]])
  await confirmAt(open)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(50), [null]])
  await room.reconciles()
})

test('the little that is there of one is credited under the order that was told of the rest, and of no other', async () => {
  const { accountId, address } = await customer()
  const open = room.nodesAt(one.url)
  await sendTokens(address, 50_000_000n)
  one.set(sayingToken(500_000n))
  await confirmAt(open)
  await sendTokens(address, 600_000n)
  one.set(sayingToken(1_100_000n))
  await confirmAt(open)
  await confirmAt(open)
  const [order, ...others] = await ordersOf(accountId)
  deepEqual([await creditsOf(accountId), others], [usd(1) / 2n, []])
  one.set(honest)
  await confirmAt(open)
  await confirmAt(open)
  deepEqual([await creditsOf(accountId), await reviewsOf(accountId)], [usd(50), [null]])
  deepEqual((await room.kindsOf(order!.id)).slice(-3), ['cleared', 'received', 'credited'])
})
