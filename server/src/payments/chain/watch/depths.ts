import type { NanoUsd } from '../../../core/money.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import { askHeader, isCurrent } from '../read/ask.ts'
import type { Header } from '../read/types.ts'
import type { Chain, Depth } from '../settings.ts'
import type { OpenChain } from '../tools.ts'

/** The newest block, and up to which block each depth is reached. */
export type Depths = { readonly head: Header; readonly limits: ReadonlyMap<Depth, bigint> }

/** A block has one confirmation when it is the newest. */
export const confirmationsOf = (head: bigint, block: bigint): bigint => head - block + 1n

async function askDepths(node: Node, { confirmations }: Chain): Promise<Depths> {
  const head = await askHeader(node, 'latest')
  if (!head) throw new NodeFault('away', `${node.host} has no block yet`)
  const limits = new Map<Depth, bigint>()
  for (const { depth } of confirmations) limits.set(depth, await limitOf(node, depth, head.number))
  return { head, limits }
}

/** What counts is what most nodes say that answer and are not behind: none alone makes a chain longer than it is. */
export function agreedDepths({ chain, nodes }: OpenChain, nowMs: number): Promise<Depths> {
  return nodes.use(async (node, { willing }) => {
    const mine = await askDepths(node, chain)
    const asked = willing.map(async (other) => {
      const said = await nodes.consult(other, () => askDepths(other, chain))
      return said && { other, ...said }
    })
    const theirs = (await Promise.all(asked)).filter((each) => each !== undefined)
    const current = theirs.filter(({ head }) => isCurrent(head, nowMs))
    const behind = (who: Node, { number }: Header) =>
      new NodeFault('behind', `${who.host} is behind: its newest block is ${number}`)
    if (!isCurrent(mine.head, nowMs)) {
      if (theirs.some(({ head }) => head.number > mine.head.number)) throw behind(node, mine.head)
      return reachedByMost([mine, ...current])
    }
    for (const { other, head } of theirs) if (!isCurrent(head, nowMs)) nodes.distrust(other, behind(other, head))
    return reachedByMost([mine, ...current])
  })
}

/** What most of them have reached: of two the lesser, of three the middle one. */
function reachedByMost(all: readonly Depths[]): Depths {
  const at = Math.floor(all.length / 2)
  const heads = all.map(({ head }) => head).toSorted((a, b) => Number(b.number - a.number))
  const limitOfMost = (depth: Depth) =>
    all.map(({ limits }) => limits.get(depth)!).toSorted((a, b) => Number(b - a))[at]!
  const depths = [...all[0]!.limits.keys()]
  return { head: heads[at]!, limits: new Map(depths.map((depth) => [depth, limitOfMost(depth)])) }
}

/** -1 where no block is so deep yet. */
async function limitOf(node: Node, depth: Depth, head: bigint): Promise<bigint> {
  if (typeof depth === 'number') return head - BigInt(depth) + 1n
  const header = await askHeader(node, depth)
  return header ? header.number : -1n
}

export const depthFor = ({ confirmations }: Chain, worth: NanoUsd): Depth =>
  confirmations.find(({ upTo }) => upTo === undefined || worth <= upTo)!.depth

/** Up to which block payments of this worth count. */
export const limitFor = (chain: Chain, { limits }: Depths, worth: NanoUsd): bigint =>
  limits.get(depthFor(chain, worth))!

/** Up to which block some payments count. */
export const shallowest = ({ limits }: Depths): bigint =>
  [...limits.values()].reduce((most, each) => (each > most ? each : most), -1n)
