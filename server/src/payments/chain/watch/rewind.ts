import { inTransaction } from '../../../platform/transaction.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import type { Others } from '../nodes/nodes.ts'
import { askHeader } from '../read/ask.ts'
import { headersOf } from '../read/hear.ts'
import { deleteBlocksAbove, insertBlocks, listBlocks, lockCursor, moveCursor } from '../store/cursor.ts'
import { forgetPolls } from '../store/deposits.ts'
import { deleteMovementsAbove } from '../store/movements.ts'
import { orphanPayments } from '../store/payments.ts'
import { unsendRefunds } from '../store/refunds.ts'
import { type BlockRow, type CursorRow, idOf } from '../store/rows.ts'
import { reopenX402 } from '../store/x402.ts'
import type { ChainTools, OpenChain } from '../tools.ts'

export type Rewinding = { readonly node: Node; readonly others: Others; readonly cursor: CursorRow }

export type Rewound =
  /** The chain still has the block up to which it was read. */
  { readonly kind: 'same' } | { readonly kind: 'moved' } | { readonly kind: 'stopped'; readonly why: string }

const blocksKeptMost = 1_024

/**
 * Finds out whether the block up to which a chain was read is still there; if not, goes back to the last block that is.
 * What was found above it is orphaned: found again it is the same payment, else it is undone. No node undoes payments
 * where another says otherwise, unless most say so.
 */
export async function rewind(
  tools: ChainTools,
  open: OpenChain,
  { node, others, cursor }: Rewinding,
): Promise<Rewound> {
  const here = await askHeader(node, cursor.number)
  if (!here) throw new NodeFault('away', `${node.host} is behind: it does not have block ${cursor.number}`)
  if (here.hash === cursor.hash) return { kind: 'same' }
  const said = await headersOf({ node, others, nodes: open.nodes }, cursor.number, others.all)
  const keeping = said.filter(({ header }) => header.hash === cursor.hash)
  const [lost, kept] = [said.length - keeping.length + 1, keeping.length]
  if (kept > lost) throw new NodeFault('lying', `${node.host} tells of another block ${cursor.number} than most nodes`)
  if (kept === lost)
    return { kind: 'stopped', why: `${node.host} has lost block ${cursor.number}, which ${keeping[0]!.node.host} has` }
  const blocks = await listBlocks(tools.db, idOf(open.chain), blocksKeptMost)
  const ancestor = await commonAncestor(node, blocks)
  if (!ancestor) return startAnew(tools, open, { node, cursor })
  await goBack(tools, open, { cursor, ancestor })
  return { kind: 'moved' }
}

async function commonAncestor(node: Node, newestFirst: readonly BlockRow[]): Promise<BlockRow | undefined> {
  for (const block of newestFirst) {
    const header = await askHeader(node, block.number)
    if (header?.hash === block.hash) return block
  }
  return undefined
}

type Back = { readonly cursor: CursorRow; readonly ancestor: BlockRow }

async function goBack({ db, clock, log }: ChainTools, { chain }: OpenChain, { cursor, ancestor }: Back): Promise<void> {
  const chainId = idOf(chain)
  await inTransaction(db, async (tx) => {
    const now = await lockCursor(tx, chainId, 'move')
    if (now?.number !== cursor.number || now.hash !== cursor.hash) return
    const { credited, found } = await orphanPayments(tx, chainId, ancestor.number)
    await reopenX402(tx, chainId, new Date(clock.nowMs()))
    await unsendRefunds(tx, chainId, ancestor.number)
    await deleteMovementsAbove(tx, chainId, ancestor.number)
    await deleteBlocksAbove(tx, chainId, ancestor.number)
    await forgetPolls(tx, chainId)
    await moveCursor(tx, chainId, ancestor)
    const depth = (cursor.number - ancestor.number).toString()
    const fields = { chain: chain.id, depth, from: cursor.hash, to: ancestor.hash, credited, found }
    if (credited > 0) log.error('a chain was reorganised below credited payments', fields)
    else log.warn('a chain was reorganised below the blocks that were read', fields)
  })
}

/**
 * Not one block of those that are kept is there. On a laptop's chain that means that it was started anew, and so is the
 * cursor; payments of before stay. On any other the operator has to look.
 */
async function startAnew(
  { db, log }: ChainTools,
  { chain }: OpenChain,
  { node, cursor }: Pick<Rewinding, 'node' | 'cursor'>,
): Promise<Rewound> {
  const why = `${node.host} knows none of the blocks that were read: it is another chain, or was reorganised deeper than is kept`
  const genesis = chain.testWallet ? await askHeader(node, 0n) : undefined
  if (!genesis) return { kind: 'stopped', why }
  const chainId = idOf(chain)
  await inTransaction(db, async (tx) => {
    const now = await lockCursor(tx, chainId, 'move')
    if (now?.number !== cursor.number || now.hash !== cursor.hash) return
    await deleteBlocksAbove(tx, chainId, -1n)
    await insertBlocks(tx, chainId, [genesis])
    await moveCursor(tx, chainId, genesis)
    log.warn('a chain was started anew; it is read from its beginning', { chain: chain.id })
  })
  return { kind: 'moved' }
}
