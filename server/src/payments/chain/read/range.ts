import { type Node, NodeFault } from '../nodes/node.ts'
import { askBlockReceipts, askHeader, askLogs, askReceipt, type Receipt } from './ask.ts'
import { type BloomTest, bloomTest, isEmptyBloom, matches } from './bloom.ts'
import { type Asking, type Disagreed, hear, verdictOf } from './hear.ts'
import type { Filter, Hash, Header, Log, PlacedLog } from './types.ts'

export type RangeAsked = {
  readonly from: bigint
  readonly to: bigint
  /** The hash of the block before `from`, as it was when it was read; `undefined`: nothing was read yet. */
  readonly parent: Hash | undefined
  readonly filters: readonly Filter[]
}

export type RangeRead =
  | {
      readonly kind: 'read'
      readonly headers: readonly Header[]
      readonly logs: readonly PlacedLog[]
      /** Those that have the same block at its end. */
      readonly witnesses: readonly Node[]
    }
  /** The block before `from` is not the one that was read: the chain was reorganised below. */
  | { readonly kind: 'reorganised' }
  | Disagreed

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
 * no other node contradicts it. Where there is something to believe, those that were away are asked again as well.
 */
export async function readRange(asking: Asking, asked: RangeAsked): Promise<RangeRead> {
  const { node, others } = asking
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
  const heard = await hear(asking, headers.at(-1)!, logs.length > 0 ? others.all : others.willing)
  if (heard.kind === 'disagreed') return heard
  const { witnesses } = heard
  const compared = await compare(asking, witnesses, { ...asked, logs })
  if (compared.kind === 'disagreed') return compared
  // Two nodes that both lag leave out the same logs; what the headers tell of them they cannot.
  await refuseLeftOut(node, headers, filters, logs)

  const again = await askHeader(node, to)
  if (again?.hash !== headers.at(-1)!.hash) return { kind: 'disagreed', why: `block ${to} changed while it was read` }
  const placed = await placeLogs(node, logs)
  if (!placed) throw new NodeFault('away', 'a transaction moved while it was read')
  const left = without(witnesses, compared.distrusted)
  const confirmed = await confirm(asking, left, { witness: compared.witness, logs })
  if (confirmed.kind === 'disagreed') return confirmed
  return { kind: 'read', headers, logs: placed, witnesses: without(left, confirmed.distrusted) }
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

const without = (nodes: readonly Node[], some: readonly Node[]): readonly Node[] =>
  nodes.filter((each) => !some.includes(each))

type Compared =
  /** `witness` has contradicted neither itself nor the node; absent: there is none. `distrusted`: who is none any more. */
  { readonly kind: 'agreed'; readonly witness: Node | undefined; readonly distrusted: readonly Node[] } | Disagreed

type Read = RangeAsked & { readonly logs: readonly Log[] }

/** Two nodes must have the same logs: of one that only one of them tells, their receipts say whether it is there. */
async function compare(asking: Asking, witnesses: readonly Node[], read: Read): Promise<Compared> {
  const [witness, ...rest] = witnesses
  if (!witness) return { kind: 'agreed', witness: undefined, distrusted: [] }
  const theirs = await asking.nodes.consult(witness, () => logsOf(witness, read))
  if (!theirs) {
    // It may be asked for receipts nevertheless.
    const next = await compare(asking, rest, read)
    return next.kind === 'agreed' && !next.witness ? { ...next, witness } : next
  }
  const [mine, known] = [new Set(read.logs.map(keyOf)), new Set(theirs.map(keyOf))]
  const disputed = theirs.find((log) => !mine.has(keyOf(log))) ?? read.logs.find((log) => !known.has(keyOf(log)))
  if (!disputed) return { kind: 'agreed', witness, distrusted: [] }
  const settled = await settleDispute(asking, witnesses, { log: disputed, isMine: mine.has(keyOf(disputed)) })
  if (settled.kind === 'disagreed') return settled
  const next = await compare(asking, without(witnesses, settled.distrusted), read)
  return next.kind === 'agreed' ? { ...next, distrusted: [...settled.distrusted, ...next.distrusted] } : next
}

type Confirming = { readonly witness: Node | undefined; readonly logs: readonly Log[] }

/** The receipts of a witness have what is to be believed; where they do not, the other nodes decide. */
async function confirm(asking: Asking, witnesses: readonly Node[], { witness, logs }: Confirming): Promise<Settled> {
  const denied = witness && (await firstDenied(asking.nodes, witness, logs))
  if (!denied) return { kind: 'settled', distrusted: [] }
  return settleDispute(asking, [witness, ...without(witnesses, [witness])], { log: denied, isMine: true })
}

type Disputed = { readonly log: Log; readonly isMine: boolean }
type Settled = { readonly kind: 'settled'; readonly distrusted: readonly Node[] } | Disagreed

/** Who has a log in its receipts and left it out is convicted by itself; else most of those that answer are believed. */
async function settleDispute(
  { node, nodes }: Asking,
  [witness, ...rest]: readonly Node[],
  { log, isMine }: Disputed,
): Promise<Settled> {
  const forgot = (who: Node) => new NodeFault('lying', `${who.host} left out a log of ${log.txHash}`)
  const alone = (who: Node) => new NodeFault('lying', `${who.host} says otherwise of ${log.txHash} than most nodes`)
  const ask = async (who: Node) => ({ who, has: await nodes.consult(who, () => hasLog(who, log)) })
  const mine = await hasLog(node, log)
  if (mine && !isMine) throw forgot(node)
  const { has } = await ask(witness!)
  if (has && isMine) {
    nodes.distrust(witness!, forgot(witness!))
    return { kind: 'settled', distrusted: [witness!] }
  }
  const said = [{ who: witness!, has: !isMine }, ...(await Promise.all(rest.map(ask)))]
  const heard = said.flatMap((each) => (each.has === undefined ? [] : [{ who: each.who, has: each.has }]))
  const words = heard.map((each) => each.has)
  switch (verdictOf(isMine, words)) {
    case 'upheld': {
      const distrusted = heard.flatMap((each) => (each.has === isMine ? [] : [each.who]))
      for (const who of distrusted) nodes.distrust(who, alone(who))
      return { kind: 'settled', distrusted }
    }
    case 'outvoted':
      throw alone(node)
    case 'open':
      return { kind: 'disagreed', why: `${node.host} and ${witness!.host} disagree on transaction ${log.txHash}` }
  }
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
async function placeLogs(node: Node, logs: readonly Log[]): Promise<readonly PlacedLog[] | undefined> {
  const hashes = [...new Set(logs.map(({ txHash }) => txHash))]
  const receipts = new Map(await mapSome(hashes, async (hash) => [hash, await askReceipt(node, hash)] as const))
  const placed: PlacedLog[] = []
  for (const log of logs) {
    const receipt = receipts.get(log.txHash)
    const position = receipt?.succeeded ? positionIn(receipt, log) : -1
    if (position < 0) return undefined
    placed.push({ ...log, position })
  }
  return placed
}

/** The first log that the receipts of a witness do not have; where it does not answer it has not denied any. */
async function firstDenied(
  { consult }: Asking['nodes'],
  witness: Node,
  logs: readonly Log[],
): Promise<Log | undefined> {
  const said = await mapSome(logs, (log) => consult(witness, () => hasLog(witness, log)))
  return logs.find((_, at) => said[at] === false)
}

/** What one node tells of a range that may still change: for people to see, not to be believed. */
export async function peekRange(
  node: Node,
  from: bigint,
  to: bigint,
  filters: readonly Filter[],
): Promise<readonly PlacedLog[]> {
  const logs = await logsOf(node, { from, to, filters })
  return (await placeLogs(node, logs)) ?? []
}
