import { deepEqual, equal, match } from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { encodeEventTopics } from 'viem'
import { newPayer } from '../../../test/support/payer.ts'
import { dead, honest, type Misbehave, startRpcProxy, withoutLogs } from '../../../test/support/rpc-proxy.ts'
import { usd } from '../../core/money.ts'
import { eventAbi } from './read/facts.ts'
import { findCursor } from './store/cursor.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const payer = await newPayer(dev)
const one = await startRpcProxy({ after }, dev.rpcUrl)
const other = await startRpcProxy({ after }, dev.rpcUrl)
const problem = async () => (await findCursor(room.database.db, BigInt(dev.chainId)))!.problem

beforeEach(async () => {
  one.set(honest)
  other.set(honest)
  await room.look()
})

/** An order that is paid and lies deep enough, but was not looked at yet. */
async function paidOrder() {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  await dev.client.settle(await payer.payNative(quote))
  await dev.mine(3)
  return { accountId, orderId: order.id }
}

const creditedTo = async ({ accountId }: { readonly accountId: string }) => (await room.creditsOf(accountId)).balance

test('a payment that the only node leaves out is not passed by, and is credited when the node tells of it', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url)
  one.set(withoutLogs)
  await room.look(open)
  equal(await creditedTo(paid), 0n)
  match((await problem())!, /left out logs of block \d+ that its receipts have/)
  one.set(honest)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  equal(await problem(), null)
})

test('a payment that one of two nodes leaves out is credited by the other, and the operator learns of it', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url, other.url)
  one.set(withoutLogs)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  const [first, second] = open.nodes.states()
  match(first!.problem!, /left out/)
  equal(second!.problem, undefined)
})

test('a payment that both nodes leave out is not passed by', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url, other.url)
  for (const proxy of [one, other]) proxy.set(withoutLogs)
  await room.look(open)
  equal(await creditedTo(paid), 0n)
  match((await problem())!, /left out logs of block \d+ that its receipts have/)
  for (const proxy of [one, other]) proxy.set(honest)
  await room.look(room.nodesAt(one.url, other.url))
  equal(await creditedTo(paid), usd(20))
})

test('nor is one of which a node tells the transfer, and not what it was for', async () => {
  const accountId = await room.newAccount()
  const { quote } = await room.order(accountId, usd(20), 'TestUSDC')
  await dev.client.settle(await payer.payToken(quote))
  await dev.mine(3)
  const withoutCheckout: Misbehave = async (call, ask) => {
    const [filter] = call.params as [{ address?: string | string[] }]
    const isAsked =
      call.method === 'eth_getLogs' && [filter.address].flat().includes(dev.addresses.checkout.toLowerCase())
    return isAsked ? { kind: 'result', result: [] } : honest(call, ask)
  }
  const open = room.nodesAt(one.url, other.url)
  for (const proxy of [one, other]) proxy.set(withoutCheckout)
  await room.look(open)
  equal(await creditedTo({ accountId }), 0n)
  match((await problem())!, /left out logs/)
  for (const proxy of [one, other]) proxy.set(honest)
  await room.look(room.nodesAt(one.url, other.url))
  equal(await creditedTo({ accountId }), usd(20))
})

test('a dead node keeps nobody waiting for the next one', async () => {
  const paid = await paidOrder()
  one.set(dead)
  const open = room.nodesAt(one.url, other.url)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  const asked = one.calls()
  await room.look(open)
  equal(one.calls(), asked, 'it rests')
})

test('when no node answers the chain stands still, and goes on from there', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url, other.url)
  one.set(dead)
  other.set(dead)
  await room.look(open)
  match((await problem())!, /did not answer/)
  one.set(honest)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
})

/** Tells of a payment that never was, in logs and in a receipt. */
function inventing(orderKey: string): Misbehave {
  let template: Record<string, unknown> | undefined
  return async ({ method, params }, ask) => {
    const result = await ask()
    if (method === 'eth_getLogs') {
      const [{ toBlock, address }] = params as [{ toBlock: string; address: string[] }]
      if (!address.includes(room.chain.checkout)) return { kind: 'result', result }
      const block = (await dev.client.request({
        method: 'eth_getBlockByNumber',
        params: [toBlock, false],
      } as never)) as {
        hash: string
      }
      template = {
        ...{
          address: room.chain.checkout,
          blockNumber: toBlock,
          blockHash: block.hash,
          logIndex: '0x0',
          removed: false,
        },
        transactionHash: `0x${'ab'.repeat(32)}`,
        topics: [paidTopic, orderKey, `0x${'0'.repeat(63)}1`, `0x${'0'.repeat(64)}`],
        data: `0x${(5n * 10n ** 15n).toString(16).padStart(64, '0')}${usd(20).toString(16).padStart(64, '0')}`,
      }
      return { kind: 'result', result: [...(result as unknown[]), template] }
    }
    if (method === 'eth_getTransactionReceipt' && params[0] === template?.['transactionHash'])
      return { kind: 'result', result: { status: '0x1', blockHash: template!['blockHash'], logs: [template] } }
    return { kind: 'result', result }
  }
}
const [paidTopic] = encodeEventTopics({ abi: eventAbi, eventName: 'Paid' })

test('a payment that one of two nodes makes up is not credited', async () => {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  await dev.mine(3)
  one.set(inventing(quote.order_key))
  const open = room.nodesAt(one.url, other.url)
  await room.look(open)
  deepEqual([(await room.orderNow(order.id)).state, await creditedTo({ accountId })], ['created', 0n])
  match((await problem())!, /disagree on transaction 0x(ab){32}/)
})

test('one node alone does not undo a payment that another still has', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url, other.url)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  one.set(async ({ method }, ask) => {
    const result = (await ask()) as Record<string, unknown> | null
    if (method !== 'eth_getBlockByNumber' || result === null) return { kind: 'result', result }
    const forked = (hash: unknown) => String(hash).replace(/^0x..../, '0xdead')
    return {
      kind: 'result',
      result: { ...result, hash: forked(result['hash']), parentHash: forked(result['parentHash']) },
    }
  })
  await dev.mine(4)
  await room.look(open)
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  equal((await room.orderNow(paid.orderId)).state, 'credited')
})

test('a node that is behind is left for one that is not, and a head that goes back moves nothing', async () => {
  const paid = await paidOrder()
  const head = await dev.client.getBlockNumber()
  one.set(async ({ method, params }, ask) => {
    if (method === 'eth_getBlockByNumber' && params[0] !== 'latest' && BigInt(String(params[0])) > head - 40n)
      return { kind: 'result', result: null }
    return { kind: 'result', result: await ask() }
  })
  await room.look(room.nodesAt(one.url, other.url))
  equal(await creditedTo(paid), usd(20))
})

test('ranges that a node refuses are asked for in smaller pieces', async () => {
  const paid = await paidOrder()
  await dev.mine(60)
  const open = room.nodesAt(one.url)
  one.set(async ({ method, params }, ask) => {
    const [range] = params as [{ fromBlock: string; toBlock: string }]
    const isLong = method === 'eth_getLogs' && BigInt(range.toBlock) - BigInt(range.fromBlock) > 9n
    return isLong ? { kind: 'error', message: 'query exceeds max block range 10' } : honest({ method, params }, ask)
  })
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  await room.reconciles()
})

test('a node that loses one question in four for a moment is asked again and trusted on', async () => {
  const paid = await paidOrder()
  const open = room.nodesAt(one.url)
  let calls = 0
  one.set(async (call, ask) => (calls++ % 4 === 0 ? { kind: 'hang-up' } : honest(call, ask)))
  await room.look(open)
  equal(await creditedTo(paid), usd(20))
  equal(open.nodes.states()[0]!.problem, undefined)
})

test('a node that does not manage long ranges is asked for shorter ones', async () => {
  const paid = await paidOrder()
  await dev.mine(20)
  const open = room.nodesAt(one.url)
  one.set(async (call, ask) => {
    const [range] = call.params as [{ fromBlock: string; toBlock: string }]
    const isLong = call.method === 'eth_getLogs' && Number(range.toBlock) - Number(range.fromBlock) > 4
    return isLong ? { kind: 'hang-up' } : honest(call, ask)
  })
  for (let looks = 0; looks < 8; looks++) await room.look(open)
  equal(await creditedTo(paid), usd(20))
})
