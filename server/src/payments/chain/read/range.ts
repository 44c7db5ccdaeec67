import { type Node, NodeFault } from '../nodes/node.ts'
import { askBlockReceipts, askHeader, askLogs, askReceipt, type Receipt } from './ask.ts'
import { type BloomTest, bloomTest, isEmptyBloom, matches } from './bloom.ts'
import type { Filter, Hash, Header, Log, PlacedLog } from './types.ts'

export type RangeAsked = {
  readonly from: bigint
  readonly to: bigint
  /** The hash of the block before `from`, as it was when it was read; `undefined`: nothing was read yet. */
  readonly parent: Hash | undefined
  readonly filters: readonly Filter[]
}

export type RangeRead =
  | { readonly kind: 'read'; readonly headers: readonly Header[]; readonly logs: readonly PlacedLog[] }
  /** The block before `from` is not the one that was read: the chain was reorganised below. */
  | { readonly kind: 'reorganised' }
  /** Two nodes contradict each other, and nobody can say who is right. */
  | { readonly kind: 'disagreed'; readonly why: string }

export type Asking = {
  readonly node: Node
  readonly others: readonly Node[]
  /** Hears of another node whose answers contradict each other. */
  readonly distrust: (node: Node, fault: NodeFault) => void
}

const atOnce = 8

/** Does work for each entry, a few at once, and keeps their order. */
export async function mapSome<T, R>(entries: readonly T[], work: (entry: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < entries.length; at += atOnce) {
    done.push(...(await Promise.all(entries.slice(at, at + atOnce).map(work))))
  }
  return done
}

const numbersOf = (from: bigint, to: bigint): bigint[] =>
  Array.from({ length: Number(to - from) + 1 }, (_, at) => from + BigInt(at))

/**
 * Reads the headers and logs of a range from one node, and believes them when its answers hang together: parents link,
 * logs lie in those very blocks and in the receipts of their transactions, no bloom tells of a log that was left out, and
 * another node, where there is one on the same chain, has the same logs.
 */
export async function readRange({ node, others, distrust }: Asking, asked: RangeAsked): Promise<RangeRead> {
  const { from, to, parent, filters } = asked
  const headers = await mapSome(numbersOf(from, to), (number) => askHeader(node, number))
  if (!headers.every((header) => header !== undefined))
    throw new NodeFault('away', `${node.host} lacks blocks that it told of`)
  if (parent !== undefined && headers[0]!.parentHash !== parent) return { kind: 'reorganised' }
  if (!areLinked(headers)) throw new NodeFault('away', `${node.host} told of blocks of two chains`)

  const logs = await logsOf(node, asked)
  const inHeaders = new Map(headers.map(({ number, hash }) => [number, hash]))
  if (logs.some((log) => inHeaders.get(log.blockNumber) !== log.blockHash))
    throw new NodeFault('away', `${node.host} gave logs of other blocks than it told of`)
  const witness = await witnessOf(others, headers.at(-1)!)
  const judged: Judged = witness
    ? await compare({ node, witness, distrust }, { ...asked, headers, logs })
    : { kind: 'agreed', believed: true }
  if (judged.kind === 'disagreed') return judged
  // Two nodes that both lag leave out the same logs; what the headers tell of them they cannot.
  await refuseLeftOut(node, headers, filters, logs)

  const again = await askHeader(node, to)
  if (again?.hash !== headers.at(-1)!.hash) return { kind: 'disagreed', why: `block ${to} changed while it was read` }
  const placed = await placeLogs(node, judged.believed ? witness?.node : undefined, logs)
  if (!placed) throw new NodeFault('away', 'a transaction moved while it was read')
  return { kind: 'read', headers, logs: placed }
}

const areLinked = (headers: readonly Header[]): boolean =>
  headers.every((header, at) => at === 0 || header.parentHash === headers[at - 1]!.hash)

async function logsOf(
  node: Node,
  { from, to, filters }: Pick<RangeAsked, 'from' | 'to' | 'filters'>,
): Promise<readonly Log[]> {
  const found = await mapSome(filters, (filter) => askLogs(node, from, to, filter))
  const distinct = new Map<string, Log>()
  for (const log of found.flat()) distinct.set(keyOf(log), log)
  return [...distinct.values()].toSorted(
    (a, b) => Number(a.blockNumber - b.blockNumber) || Number(a.logIndex - b.logIndex),
  )
}

const keyOf = (log: Log): string =>
  `${log.blockHash} ${log.txHash} ${log.logIndex} ${log.address} ${log.topics.join()} ${log.data}`

type Witness = { readonly node: Node }

/** Another node that has the same newest block. */
async function witnessOf(others: readonly Node[], last: Header): Promise<Witness | undefined> {
  for (const other of others) {
    const same = await askHeader(other, last.number).catch(ignoreFault)
    if (same?.hash === last.hash) return { node: other }
  }
  return undefined
}

/** A second opinion that cannot be had is none; whoever gave none was asked beside the way. */
function ignoreFault(error: unknown): undefined {
  if (error instanceof NodeFault) return undefined
  throw error
}

type Judged =
  /** `believed`: the witness has contradicted neither itself nor the node. */
  { readonly kind: 'agreed'; readonly believed: boolean } | { readonly kind: 'disagreed'; readonly why: string }

type Compared = { readonly node: Node; readonly witness: Witness; readonly distrust: Asking['distrust'] }

/**
 * Two nodes must have the same logs. Where one tells of a log that the other denies, in its receipts too, the other's own
 * header decides: a bloom that has the log convicts who denies it, one that has not who made it up.
 */
async function compare(
  { node, witness: { node: witness }, distrust }: Compared,
  { headers, logs, ...asked }: RangeAsked & { readonly headers: readonly Header[]; readonly logs: readonly Log[] },
): Promise<Judged> {
  const theirs = await logsOf(witness, asked).catch(ignoreFault)
  if (!theirs) return { kind: 'agreed', believed: false }
  const mine = new Set(logs.map(keyOf))
  const known = new Set(theirs.map(keyOf))
  const disagree = (log: Log): Judged => ({
    kind: 'disagreed',
    why: `${node.host} and ${witness.host} disagree on transaction ${log.txHash}`,
  })
  const madeUp = (who: Node, log: Log) => new NodeFault('lying', `${who.host} tells of ${log.txHash}, which never was`)
  const forgot = (who: Node, log: Log) => new NodeFault('lying', `${who.host} left out a log of ${log.txHash}`)

  const onlyThere = theirs.find((log) => !mine.has(keyOf(log)))
  if (onlyThere) {
    const verdict = await convict(
      node,
      onlyThere,
      headers.find(({ number }) => number === onlyThere.blockNumber),
    )
    if (verdict === 'left-out') throw forgot(node, onlyThere)
    if (verdict === 'unknown') return disagree(onlyThere)
    distrust(witness, madeUp(witness, onlyThere))
    return { kind: 'agreed', believed: false }
  }
  const onlyHere = logs.find((log) => !known.has(keyOf(log)))
  if (!onlyHere) return { kind: 'agreed', believed: true }
  const verdict = await convict(witness, onlyHere, await askHeader(witness, onlyHere.blockNumber))
  if (verdict === 'made-up') throw madeUp(node, onlyHere)
  if (verdict === 'unknown') return disagree(onlyHere)
  distrust(witness, forgot(witness, onlyHere))
  return { kind: 'agreed', believed: false }
}

/** What the node that denies a log says of it elsewhere. */
async function convict(node: Node, log: Log, header: Header | undefined): Promise<'left-out' | 'made-up' | 'unknown'> {
  if (await hasLog(node, log)) return 'left-out'
  if (!header || header.hash !== log.blockHash) return 'unknown'
  if (!header.transactions.includes(log.txHash)) return 'made-up'
  if (isEmptyBloom(header.bloom)) return 'unknown'
  return bloomTest({ addresses: [log.address], topics: log.topics })(header.bloom) ? 'left-out' : 'made-up'
}

const hasLog = async (node: Node, log: Log): Promise<boolean> => {
  const receipt = await askReceipt(node, log.txHash)
  return receipt !== undefined && receipt.blockHash === log.blockHash && positionIn(receipt, log) >= 0
}

/** The receipts of each block whose bloom may tell of a log for us say whether one was left out, beside others or alone. */
async function refuseLeftOut(
  node: Node,
  headers: readonly Header[],
  filters: readonly Filter[],
  logs: readonly Log[],
): Promise<void> {
  const tests = filters.map(bloomTest)
  const told = new Set(logs.map(keyOf))
  const suspicious = headers.filter((header) => isSuspicious(header, tests))
  await mapSome(suspicious, async ({ number, hash }) => {
    const receipts = await askBlockReceipts(node, number)
    const inside = receipts.flatMap((receipt) => (receipt.succeeded ? receipt.logs : []))
    const ours = inside.filter((log) => log.blockHash === hash && filters.some((filter) => matches(filter, log)))
    if (ours.some((log) => !told.has(keyOf(log))))
      throw new NodeFault('lying', `${node.host} left out logs of block ${number} that its receipts have`)
  })
}

/** Some chains keep no blooms: there every block with transactions may have something. */
const isSuspicious = ({ bloom, transactions }: Header, tests: readonly BloomTest[]): boolean =>
  isEmptyBloom(bloom) ? transactions.length > 0 : tests.some((test) => test(bloom))

const positionIn = ({ logs }: Receipt, log: Log): number => logs.findIndex((each) => keyOf(each) === keyOf(log))

/** Finds each log in the receipt of its transaction; `undefined` when one is not where it was. */
async function placeLogs(
  node: Node,
  witness: Node | undefined,
  logs: readonly Log[],
): Promise<readonly PlacedLog[] | undefined> {
  const hashes = [...new Set(logs.map(({ txHash }) => txHash))]
  const receipts = new Map(await mapSome(hashes, async (hash) => [hash, await askReceipt(node, hash)] as const))
  const placed: PlacedLog[] = []
  for (const log of logs) {
    const receipt = receipts.get(log.txHash)
    const position = receipt?.succeeded ? positionIn(receipt, log) : -1
    if (position < 0) return undefined
    placed.push({ ...log, position })
  }
  if (!witness) return placed
  const agreed = await mapSome(placed, (log) =>
    hasLog(witness, log).catch((error: unknown) => ignoreFault(error) ?? true),
  )
  return agreed.every(Boolean) ? placed : undefined
}

/** What one node tells of a range that may still change: for people to see, not to be believed. */
export async function peekRange(
  node: Node,
  from: bigint,
  to: bigint,
  filters: readonly Filter[],
): Promise<readonly PlacedLog[]> {
  const logs = await logsOf(node, { from, to, filters })
  return (await placeLogs(node, undefined, logs)) ?? []
}
