import { deepEqual, equal, match } from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { encodeEventTopics, type Hex } from 'viem'
import { newPayer, type QuoteAnswer } from '../../../test/support/payer.ts'
import { dead, honest, type Misbehave, startRpcProxy } from '../../../test/support/rpc-proxy.ts'
import { usd } from '../../core/money.ts'
import { eventAbi } from './read/facts.ts'
import { findCursor } from './store/cursor.ts'
import { depth, openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const payer = await newPayer(dev)
const proxies = [
  await startRpcProxy({ after }, dev.rpcUrl),
  await startRpcProxy({ after }, dev.rpcUrl),
  await startRpcProxy({ after }, dev.rpcUrl),
] as const
const [one, other, third] = proxies
const problem = async () => (await findCursor(room.database.db, BigInt(dev.chainId)))!.problem
const [paidTopic] = encodeEventTopics({ abi: eventAbi, eventName: 'Paid' })

beforeEach(async () => {
  for (const proxy of proxies) proxy.set(honest)
  await room.look()
})

type Block = { readonly number: Hex; readonly hash: Hex; readonly parentHash: Hex; readonly timestamp: Hex } | null

/** Changes the blocks that a node tells of; `undefined` leaves one as it is. */
const tellingBlocks =
  (change: (block: NonNullable<Block>) => Block | undefined): Misbehave =>
  async ({ method }, ask) => {
    const result = await ask()
    if (method !== 'eth_getBlockByNumber' || result === null) return { kind: 'result', result }
    const block = result as NonNullable<Block>
    const changed = change(block)
    return { kind: 'result', result: changed === undefined ? block : changed }
  }

const forgedHash = (hash: Hex): Hex => `0xdeadbeef${hash.slice(10)}`

const rawBlock = async (number: bigint): Promise<NonNullable<Block>> => {
  const params = [`0x${number.toString(16)}`, false]
  return dev.client.request({ method: 'eth_getBlockByNumber', params } as never)
}

/** A chain of a node's own above a block: the payment of a quote is in its first block. */
function forking(quote: QuoteAnswer, base: bigint, more: bigint): Misbehave {
  const at = base + 1n
  const txHash = `0x${'ab'.repeat(32)}`
  const hashOf = async (number: bigint): Promise<Hex> =>
    forgedHash((await dev.client.getBlock({ blockNumber: number })).hash)
  const numberText = (number: bigint): Hex => `0x${number.toString(16)}`
  const log = async () => ({
    ...{ address: room.chain.checkout, blockNumber: numberText(at), blockHash: await hashOf(at), logIndex: '0x0' },
    transactionHash: txHash,
    topics: [paidTopic, quote.order_key, `0x${'0'.repeat(63)}1`, `0x${'0'.repeat(64)}`],
    data: `0x${BigInt(quote.token_amount).toString(16).padStart(64, '0')}${usd(20).toString(16).padStart(64, '0')}`,
  })
  const blockOf = (number: bigint, template: object) => {
    const hash = (each: bigint) => numberText(each).replace(/^0x/, '0xdeadbeef').padEnd(66, '0') as Hex
    return { ...template, number: numberText(number), hash: hash(number), parentHash: hash(number - 1n) }
  }
  return async ({ method, params }, ask) => {
    const said = (result: unknown) => ({ kind: 'result', result }) as const
    if (method === 'eth_getBlockReceipts') return said([])
    if (method === 'eth_getTransactionReceipt' && params[0] === txHash)
      return said({ status: '0x1', blockHash: await hashOf(at), logs: [await log()] })
    if (method === 'eth_getLogs') {
      const [{ fromBlock, toBlock, address }] = params as [{ fromBlock: Hex; toBlock: Hex; address: Hex[] }]
      const isAsked = address.includes(room.chain.checkout) && BigInt(fromBlock) <= at && at <= BigInt(toBlock)
      return said(isAsked ? [await log()] : [])
    }
    if (method !== 'eth_getBlockByNumber') return said(await ask())
    const head = await dev.client.getBlock()
    const asked = params[0] === 'latest' ? head.number + more : BigInt(String(params[0]))
    if (asked > head.number + more) return said(null)
    if (asked > head.number) return said(blockOf(asked, await rawBlock(head.number)))
    const block = await rawBlock(asked)
    if (asked <= base) return said(block)
    const parentHash = asked > at ? forgedHash(block.parentHash) : block.parentHash
    return said({ ...block, hash: forgedHash(block.hash), parentHash })
  }
}

async function unpaid() {
  const accountId = await room.newAccount()
  const { order, quote } = await room.order(accountId, usd(20), 'ETH')
  await room.look()
  const base = await dev.client.getBlockNumber()
  const now = async () => [(await room.orderNow(order.id)).state, (await room.creditsOf(accountId)).balance]
  return { quote, base, now }
}

async function paid() {
  const { quote, now } = await unpaid()
  const hash = await payer.payNative(quote)
  await dev.client.settle(hash)
  return { hash, now }
}

for (const [which, nodes] of [
  ['first', [one, other]],
  ['second', [other, one]],
] as const) {
  test(`a payment in blocks that the ${which} of two nodes makes up is not credited, and the operator learns of it`, async () => {
    const { quote, base, now } = await unpaid()
    await dev.mine(6)
    one.set(forking(quote, base, 0n))
    const open = room.nodesAt(...nodes.map(({ url }) => url))
    for (let looks = 0; looks < 3; looks++) await room.look(open)
    deepEqual(await now(), ['created', 0n])
    match((await problem())!, /tell of different blocks \d+/)
    one.set(honest)
    await room.look(open)
    deepEqual([await now(), await problem()], [['created', 0n], null])
  })
}

test('nor is one in blocks that a node makes up where the other has none yet', async () => {
  const { quote, base, now } = await unpaid()
  await dev.mine(1)
  one.set(forking(quote, base, 40n))
  const open = room.nodesAt(one.url, other.url)
  for (let looks = 0; looks < 3; looks++) {
    await room.look(open)
    await dev.mine(1)
  }
  deepEqual((await now())[1], 0n)
})

test('nor while the other node was away a moment ago and answers again', async () => {
  const { quote, base, now } = await unpaid()
  const open = room.nodesAt(one.url, other.url)
  await dev.mine(1)
  other.set(dead)
  await room.look(open)
  match(open.nodes.states()[1]!.problem!, /did not answer/)
  other.set(honest)
  await dev.mine(6)
  one.set(forking(quote, base + 1n, 0n))
  await room.look(open)
  deepEqual(await now(), ['created', 0n])
})

test('of three nodes the one that tells of blocks of its own is left, whichever it is', async () => {
  for (const liar of [one, third]) {
    const { now } = await paid()
    liar.set(
      tellingBlocks((block) => ({ ...block, hash: forgedHash(block.hash), parentHash: forgedHash(block.parentHash) })),
    )
    const open = room.nodesAt(one.url, other.url, third.url)
    await dev.mine(depth)
    await room.look(open)
    deepEqual(await now(), ['credited', usd(20)])
    const told = open.nodes.states().map(({ problem: why }) => why !== undefined && /than most nodes/.test(why))
    deepEqual(told, [liar === one, false, liar === third])
    liar.set(honest)
  }
})

test('a node that is a block behind keeps nobody waiting', async () => {
  const { now } = await paid()
  const behind: Misbehave = async (call, ask) => {
    if (call.method !== 'eth_getBlockByNumber') return honest(call, ask)
    const last = (await dev.client.getBlockNumber()) - 1n
    const [asked] = call.params
    if (asked !== 'latest') return BigInt(String(asked)) > last ? { kind: 'result', result: null } : honest(call, ask)
    const params = [`0x${last.toString(16)}`, false]
    return { kind: 'result', result: await dev.client.request({ method: call.method, params } as never) }
  }
  other.set(behind)
  const open = room.nodesAt(one.url, other.url)
  await dev.mine(depth)
  await room.look(open)
  deepEqual([await now(), await problem()], [['credited', usd(20)], null])
})

test('nor does one of three that says that the chain is shorter than it is', async () => {
  const { now } = await paid()
  const last = (await dev.client.getBlockNumber()) - 2n
  third.set(async (call, ask) => {
    if (call.method !== 'eth_getBlockByNumber' || call.params[0] !== 'latest') return honest(call, ask)
    return { kind: 'result', result: await rawBlock(last) }
  })
  await dev.mine(depth)
  await room.look(room.nodesAt(one.url, other.url, third.url))
  deepEqual(await now(), ['credited', usd(20)])
})

test('nor does one of three that has the log and lost the receipt; of two it does, until it has it again', async () => {
  const { hash, now } = await paid()
  const forgetful: Misbehave = async (call, ask) =>
    call.method === 'eth_getTransactionReceipt' && call.params[0] === hash
      ? { kind: 'result', result: null }
      : honest(call, ask)
  other.set(forgetful)
  await dev.mine(depth)
  await room.look(room.nodesAt(one.url, other.url))
  deepEqual(await now(), ['created', 0n])
  match((await problem())!, /disagree on transaction/)
  await room.look(room.nodesAt(one.url, other.url, third.url))
  deepEqual(await now(), ['credited', usd(20)])
})

test('nor does one that stands still since long, first or second, and the operator learns of it', async () => {
  for (const nodes of [
    [one, other],
    [other, one],
  ] as const) {
    const { now } = await paid()
    const last = (await dev.client.getBlockNumber()) - 1n
    const old = (block: NonNullable<Block>) => ({
      ...block,
      timestamp: `0x${(BigInt(block.timestamp) - 600n).toString(16)}`,
    })
    other.set(async (call, ask) => {
      if (call.method !== 'eth_getBlockByNumber') return honest(call, ask)
      const [asked] = call.params
      if (asked !== 'latest' && BigInt(String(asked)) > last) return { kind: 'result', result: null }
      const params = [asked === 'latest' ? `0x${last.toString(16)}` : asked, false]
      return {
        kind: 'result',
        result: old(await dev.client.request({ method: call.method, params } as never)),
      }
    })
    const open = room.nodesAt(...nodes.map(({ url }) => url))
    await dev.mine(depth)
    await room.look(open)
    deepEqual(await now(), ['credited', usd(20)])
    const problems = open.nodes.states().map(({ problem: told = '' }) => /is behind/.test(told))
    deepEqual(problems, nodes[0] === one ? [false, true] : [true, false])
    other.set(honest)
  }
})

test('a reorganisation that one of two nodes sees first stops nothing for longer than the other needs to see it', async () => {
  const { hash, now } = await paid()
  const raw: Hex = await dev.client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never)
  await dev.mine(depth)
  const open = room.nodesAt(one.url, other.url)
  await room.look(open)
  deepEqual(await now(), ['credited', usd(20)])
  const before = new Map<string, unknown>()
  const head = await dev.client.getBlockNumber()
  for (let number = head - 8n; number <= head; number++) {
    const params = [`0x${number.toString(16)}`, false]
    before.set(params[0] as string, await dev.client.request({ method: 'eth_getBlockByNumber', params } as never))
  }
  await dev.reorg(5)
  await dev.mine(depth)
  other.set(async (call, ask) => {
    if (call.method !== 'eth_getBlockByNumber') return honest(call, ask)
    const asked = call.params[0] === 'latest' ? `0x${head.toString(16)}` : String(call.params[0])
    if (BigInt(asked) > head) return { kind: 'result', result: null }
    return before.has(asked) ? { kind: 'result', result: before.get(asked) } : honest(call, ask)
  })
  for (let looks = 0; looks < 2; looks++) await room.look(open)
  deepEqual(await now(), ['credited', usd(20)], 'nobody can say who is right')
  match((await problem())!, /has lost block \d+, which .* has/)
  other.set(honest)
  for (let looks = 0; looks < 2; looks++) await room.look(open)
  deepEqual([await now(), await problem()], [['reversed', 0n], null])
  await dev.client.sendRawTransaction({ serializedTransaction: raw })
  await dev.mine(depth)
  await room.look(open)
  deepEqual(await now(), ['credited', usd(20)])
  equal(
    open.nodes.states().every(({ problem: why }) => why === undefined),
    true,
  )
  await room.reconciles()
})
