import { NodeFault } from '../nodes/node.ts'
import { findCursor, insertBlocks, insertCursor, putChecked, releaseChain } from '../store/cursor.ts'
import { type CursorRow, idOf, type StoredNode } from '../store/rows.ts'
import type { Agreement } from '../agreement.ts'
import type { ChainTools, OpenChain } from '../tools.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { askHeader } from '../read/ask.ts'
import { hear } from '../read/hear.ts'
import { type ChunkSize, follow, takeLease } from './follow.ts'
import { creditDue } from './credit.ts'
import { agreedDepths, type Depths, shallowest } from './depths.ts'
import { reverseOrphans } from './reverse.ts'
import { tellSeen, type Told } from './seen.ts'

/** What a process remembers of a chain between two looks; losing it costs nothing but time. */
export type Memory = {
  readonly chunk: ChunkSize
  readonly told: Told
  /** Whether the contracts are those of the settings. */
  readonly agreement: Agreement
}

/**
 * One look at a chain: reads what is deep enough to be believed, credits it, undoes what a reorganisation took away, and
 * tells of what is on its way. Safe in any number of processes, and to be killed at any point.
 */
export async function watchChain(tools: ChainTools, open: OpenChain, memory: Memory): Promise<void> {
  const { db, clock, processId } = tools
  const { chain } = open
  const chainId = idOf(chain)
  const first = (await findCursor(db, chainId)) ?? (await begin(tools, open))
  if (!first) return
  if (!(await takeLease(tools, chain))) return
  let head: bigint | undefined
  let problem: string | undefined
  try {
    const depths = await agreedDepths(open, clock.nowMs())
    head = depths.head.number
    problem = await lookAt(tools, open, { depths, memory })
  } catch (error) {
    if (!(error instanceof NodeFault)) throw error
    problem = error.message
  } finally {
    await putChecked(db, chainId, { head, at: new Date(clock.nowMs()), problem, nodes: statesOf(open) })
    await releaseChain(db, chainId, processId)
  }
}

type Look = { readonly depths: Depths; readonly memory: Memory }

/** Returns what the operator has to look at: why the chain does not move, or cannot be paid on. */
async function lookAt(tools: ChainTools, open: OpenChain, { depths, memory }: Look): Promise<string | undefined> {
  const followed = await follow(tools, open, { to: shallowest(depths), size: memory.chunk })
  // While nodes contradict each other nothing is credited, taken back or told.
  if (followed !== undefined) return followed
  await reverseOrphans(tools, open.chain)
  await creditDue(tools, open, depths)
  await tellSeen(tools, open, { depths, told: memory.told })
  return memory.agreement.whyNot(open)
}

/** The first look: from the block that the operator named, or from where payments would count now. */
async function begin({ db, clock, log }: ChainTools, open: OpenChain): Promise<CursorRow | undefined> {
  const { chain, nodes } = open
  const depths = await agreedDepths(open, clock.nowMs())
  const number = chain.startBlock === undefined ? shallowest(depths) : chain.startBlock - 1n
  const start = await nodes.use(async (node, others) => {
    const header = await askHeader(node, number < 0n ? 0n : number)
    const heard = header && (await hear({ node, others, nodes }, header, others.all))
    if (heard?.kind !== 'disagreed') return header
    log.error('a chain cannot be read: its nodes contradict each other', { chain: chain.id, why: heard.why })
    return undefined
  })
  if (!start) return undefined
  const chainId = idOf(chain)
  const at = { number: start.number, hash: start.hash }
  await inTransaction(db, async (tx) => {
    if (await findCursor(tx, chainId)) return
    await insertCursor(tx, { chain_id: chainId, ...at, head: start.number, checked_at: new Date(clock.nowMs()) })
    await insertBlocks(tx, chainId, [at])
  })
  return findCursor(db, chainId)
}

const statesOf = ({ nodes }: OpenChain): StoredNode[] =>
  nodes.states().map(({ host, problem = null, since }) => ({ host, problem, since: since?.toISOString() ?? null }))
