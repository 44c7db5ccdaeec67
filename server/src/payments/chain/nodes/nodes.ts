import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../platform/log.ts'
import { askChainId } from '../read/ask.ts'
import { type Node, NodeFault, openNode } from './node.ts'

/** How a node of a chain fares, for the operator. */
export type NodeState = {
  readonly host: string
  readonly problem: string | undefined
  readonly since: Date | undefined
}

/** The nodes beside the one that is asked. */
export type Others = {
  /** Those that do not rest. */
  readonly willing: readonly Node[]
  /** Also those that were away a moment ago; not those that were found lying. */
  readonly all: readonly Node[]
}

export type Nodes = {
  /** Does work with the first node that can; one that fails it rests, and the next one is asked. */
  readonly use: <T>(work: (node: Node, others: Others) => Promise<T>) => Promise<T>
  /** Asks another node beside the way; `undefined`: it cannot say. One that is away or lies rests. */
  readonly consult: <T>(node: Node, work: (node: Node) => Promise<T>) => Promise<T | undefined>
  /** Every node that does not rest. */
  readonly willing: () => readonly Node[]
  /** Tells that a node was found lying by another one. */
  readonly distrust: (node: Node, fault: NodeFault) => void
  readonly states: () => readonly NodeState[]
}

/** For so long a node that failed is not asked, unless none is left. */
const restMs: Readonly<Record<NodeFault['kind'], number>> = {
  away: 10_000,
  refused: 2_000,
  behind: 10_000,
  lying: 60_000,
}

type Kept = { readonly node: Node; fault: NodeFault | undefined; sinceMs: number; isOfChain: boolean }

type Options = { readonly chainId: number; readonly log: Log; readonly clock: Clock }

/** The nodes of a chain, in the order in which the operator named them. */
export function openNodes(urls: readonly string[], { chainId, log, clock }: Options): Nodes {
  const all: Kept[] = urls.map((url) => ({ node: openNode(url), fault: undefined, sinceMs: 0, isOfChain: false }))
  const rests = ({ fault, sinceMs }: Kept) => fault !== undefined && clock.monotonicMs() - sinceMs < restMs[fault.kind]
  const willing = () => {
    const able = all.filter((each) => !rests(each))
    return able.length > 0 ? able : all
  }

  function fail(kept: Kept, fault: NodeFault): void {
    if (kept.fault?.kind !== fault.kind)
      log.warn('a node of a chain failed', {
        ...{ chain: chainId, node: kept.node.host, kind: fault.kind, why: fault.message },
      })
    kept.fault = fault
    kept.sinceMs = clock.monotonicMs()
  }

  async function consult<T>(node: Node, work: (node: Node) => Promise<T>): Promise<T | undefined> {
    const kept = all.find((each) => each.node === node)!
    try {
      await requireChain(kept, chainId)
      const said = await work(node)
      if (kept.fault && (kept.fault.kind === 'away' || !rests(kept))) kept.fault = undefined
      return said
    } catch (error) {
      if (!(error instanceof NodeFault)) throw error
      if (error.kind !== 'refused') fail(kept, error)
      return undefined
    }
  }

  async function use<T>(work: (node: Node, others: Others) => Promise<T>): Promise<T> {
    let last: NodeFault | undefined
    for (const kept of willing()) {
      try {
        await requireChain(kept, chainId)
        const done = await work(kept.node, othersOf(all, kept, rests))
        if (kept.fault && !rests(kept)) kept.fault = undefined
        return done
      } catch (error) {
        if (!(error instanceof NodeFault)) throw error
        last = error
        fail(kept, error)
      }
    }
    throw last ?? new NodeFault('away', 'the chain has no node')
  }

  return {
    use,
    consult,
    willing: () => willing().map(({ node }) => node),
    distrust(node, fault) {
      const kept = all.find((each) => each.node === node)
      if (kept) fail(kept, fault)
    },
    states: () => all.map((kept) => stateOf(kept, clock)),
  }
}

function othersOf(all: readonly Kept[], kept: Kept, rests: (kept: Kept) => boolean): Others {
  const others = all.filter((each) => each !== kept)
  const nodesOf = (some: readonly Kept[]) => some.map(({ node }) => node)
  return {
    willing: nodesOf(others.filter((each) => !rests(each))),
    all: nodesOf(others.filter((each) => each.fault?.kind !== 'lying' || !rests(each))),
  }
}

const stateOf = ({ node, fault, sinceMs }: Kept, clock: Clock): NodeState => ({
  host: node.host,
  problem: fault?.message,
  since: fault && new Date(clock.nowMs() - (clock.monotonicMs() - sinceMs)),
})

/** A node of another chain would tell of another world. */
async function requireChain(kept: Kept, chainId: number): Promise<void> {
  if (kept.isOfChain) return
  const found = await askChainId(kept.node)
  if (found !== chainId) throw new NodeFault('lying', `${kept.node.host} is on chain ${found}, not ${chainId}`)
  kept.isOfChain = true
}
