/** The few questions that are asked of nodes (Ethereum JSON-RPC), and what a sane answer looks like. */
import { isObject, type JsonObject } from '../../../core/json.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import type { Address } from '../settings.ts'
import type { Filter, Hash, Header, Log } from './types.ts'

export type BlockTag = bigint | 'latest' | 'safe' | 'finalized'

const quantity = (value: bigint): Hash => `0x${value.toString(16)}`
const tagText = (tag: BlockTag): string => (typeof tag === 'bigint' ? quantity(tag) : tag)

const nonsense = (node: Node, what: string): never => {
  throw new NodeFault('lying', `${node.host} gave ${what} that is none`)
}

const isHexText = (value: unknown): value is Hash => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value)

function hexIn(node: Node, from: JsonObject, name: string): Hash {
  const value = from[name]
  return isHexText(value) ? (value.toLowerCase() as Hash) : nonsense(node, `a ${name}`)
}

const numberIn = (node: Node, from: JsonObject, name: string): bigint => {
  const text = hexIn(node, from, name)
  return text === '0x' ? nonsense(node, `a ${name}`) : BigInt(text)
}

function hashesIn(node: Node, { transactions }: JsonObject): readonly Hash[] {
  if (!Array.isArray(transactions) || !transactions.every(isHexText)) return nonsense(node, 'transactions')
  return transactions.map((hash) => hash.toLowerCase() as Hash)
}

/** `undefined`: there is no such block. */
export async function askHeader(node: Node, tag: BlockTag): Promise<Header | undefined> {
  const block = await node.ask('eth_getBlockByNumber', [tagText(tag), false])
  if (block === null) return undefined
  if (!isObject(block)) return nonsense(node, 'a block')
  const number = numberIn(node, block, 'number')
  if (typeof tag === 'bigint' && number !== tag) return nonsense(node, `block ${tag}`)
  return {
    number,
    hash: hexIn(node, block, 'hash'),
    parentHash: hexIn(node, block, 'parentHash'),
    bloom: hexIn(node, block, 'logsBloom'),
    timestamp: numberIn(node, block, 'timestamp'),
    transactions: hashesIn(node, block),
  }
}

/** A node whose newest block is older is behind. */
const currentMs = 120_000
export const isCurrent = ({ timestamp }: Header, nowMs: number): boolean =>
  Number(timestamp) * 1_000 + currentMs >= nowMs

function readLog(node: Node, log: unknown): Log {
  if (!isObject(log)) return nonsense(node, 'a log')
  const given = log
  const topics = given['topics']
  if (!Array.isArray(topics) || !topics.every(isHexText)) return nonsense(node, 'topics')
  return {
    address: hexIn(node, given, 'address'),
    topics: topics.map((topic) => topic.toLowerCase() as Hash),
    data: hexIn(node, given, 'data'),
    blockNumber: numberIn(node, given, 'blockNumber'),
    blockHash: hexIn(node, given, 'blockHash'),
    txHash: hexIn(node, given, 'transactionHash'),
    logIndex: numberIn(node, given, 'logIndex'),
  }
}

export async function askLogs(node: Node, from: bigint, to: bigint, filter: Filter): Promise<readonly Log[]> {
  const range = { fromBlock: quantity(from), toBlock: quantity(to) }
  const logs = await node.ask('eth_getLogs', [{ ...range, address: filter.addresses, topics: filter.topics }])
  if (!Array.isArray(logs)) return nonsense(node, 'logs')
  return logs.map((log) => readLog(node, log))
}

export type Receipt = { readonly blockHash: Hash; readonly succeeded: boolean; readonly logs: readonly Log[] }

function readReceipt(node: Node, receipt: JsonObject): Receipt {
  const logs = receipt['logs']
  if (!Array.isArray(logs)) return nonsense(node, 'a receipt')
  return {
    blockHash: hexIn(node, receipt, 'blockHash'),
    succeeded: numberIn(node, receipt, 'status') === 1n,
    logs: logs.map((log) => readLog(node, log)),
  }
}

export async function askReceipt(node: Node, txHash: Hash): Promise<Receipt | undefined> {
  const receipt = await node.ask('eth_getTransactionReceipt', [txHash])
  if (receipt === null) return undefined
  return isObject(receipt) ? readReceipt(node, receipt) : nonsense(node, 'a receipt')
}

/** The receipts of every transaction of a block. */
export async function askBlockReceipts(node: Node, number: bigint): Promise<readonly Receipt[]> {
  const receipts = await node.ask('eth_getBlockReceipts', [quantity(number)])
  if (!Array.isArray(receipts)) return nonsense(node, 'the receipts of a block')
  return receipts.map((each) => readReceipt(node, each as JsonObject))
}

/** What a contract answers at a block; `undefined`: it reverts. */
export async function askCall(node: Node, to: Address, data: Hash, at: BlockTag): Promise<Hash | undefined> {
  try {
    const answer = await node.ask('eth_call', [{ to, data }, tagText(at)])
    return isHexText(answer) ? (answer.toLowerCase() as Hash) : nonsense(node, 'the answer of a contract')
  } catch (error) {
    if (error instanceof NodeFault && error.kind === 'refused' && /revert/i.test(error.message)) return undefined
    throw error
  }
}

export async function askBalance(node: Node, address: Address, at: BlockTag): Promise<bigint> {
  const answer = await node.ask('eth_getBalance', [address, tagText(at)])
  return isHexText(answer) && answer !== '0x' ? BigInt(answer) : nonsense(node, 'a balance')
}

export async function askChainId(node: Node): Promise<number> {
  const answer = await node.ask('eth_chainId', [])
  return isHexText(answer) ? Number(BigInt(answer)) : nonsense(node, 'a chain id')
}

export async function askQuantity(node: Node, method: string, params: readonly unknown[]): Promise<bigint> {
  const answer = await node.ask(method, params)
  return isHexText(answer) && answer !== '0x' ? BigInt(answer) : nonsense(node, `an answer to ${method}`)
}

/** A transaction that is in a block: who sent how much of the chain's coin to whom. */
export type CoinTransfer = {
  readonly from: Address
  readonly to: Address | undefined
  readonly value: bigint
  readonly blockNumber: bigint
}

export async function askTransfer(node: Node, txHash: Hash): Promise<CoinTransfer | undefined> {
  const found = await node.ask('eth_getTransactionByHash', [txHash])
  if (!isObject(found) || found['blockNumber'] === null) return undefined
  const transaction = found
  return {
    from: hexIn(node, transaction, 'from'),
    to: transaction['to'] === null ? undefined : hexIn(node, transaction, 'to'),
    value: numberIn(node, transaction, 'value'),
    blockNumber: numberIn(node, transaction, 'blockNumber'),
  }
}
