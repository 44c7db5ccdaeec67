import { inTransaction } from '../../../platform/transaction.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import type { Others } from '../nodes/nodes.ts'
import { type Fact, factOf, filtersOf, type Watched } from '../read/facts.ts'
import { readRange } from '../read/range.ts'
import type { Hash, Header } from '../read/types.ts'
import { deleteBlocksBelow, findCursor, insertBlocks, leaseChain, lockCursor, moveCursor } from '../store/cursor.ts'
import { listDepositAddresses } from '../store/deposits.ts'
import type { Chain } from '../settings.ts'
import { type CursorRow, idOf } from '../store/rows.ts'
import { listWatchedNonces } from '../store/x402.ts'
import type { ChainTools, OpenChain } from '../tools.ts'
import { askArrived, type Arrived, settleArrived } from './arrived.ts'
import { record } from './record.ts'
import { rewind } from './rewind.ts'

/** How many blocks are read at once: less where a node refuses, more where it does not. */
export type ChunkSize = { blocks: bigint }

const chunkMost = 2_000n
export const firstChunk = (): ChunkSize => ({ blocks: 500n })

/** A quarter more: a node that manages seven blocks and not eight then does so four times of five. */
const larger = (blocks: bigint): bigint => {
  const more = blocks + (blocks > 4n ? blocks / 4n : 1n)
  return more > chunkMost ? chunkMost : more
}

/** For so long a used authorization is watched for: longer than chains are reorganised. */
const nonceMs = 24 * 3_600_000

/** So many hashes are kept, that is how deep a reorganisation may be. */
const blocksKept = 512n

/** Whoever has it looks, and the others need not; one that dies keeps them waiting for so long. */
const leaseMs = 5_000

export function takeLease({ db, clock, processId }: ChainTools, chain: Chain): Promise<boolean> {
  const now = clock.nowMs()
  return leaseChain(db, idOf(chain), processId, new Date(now), new Date(now + leaseMs))
}

type Following = { readonly to: bigint; readonly size: ChunkSize }

/** Moves the cursor up to a block. Returns why it stopped before, where it did. */
export async function follow(tools: ChainTools, open: OpenChain, { to, size }: Following): Promise<string | undefined> {
  const chainId = idOf(open.chain)
  for (;;) {
    const cursor = (await findCursor(tools.db, chainId))!
    const step = await open.nodes.use((node, others) => takeStep(tools, open, { node, others, cursor, to, size }))
    if (step.kind === 'there') return undefined
    if (step.kind === 'stopped') return step.why
    await takeLease(tools, open.chain)
  }
}

type Stepping = Following & { readonly node: Node; readonly others: Others; readonly cursor: CursorRow }
type Step = { readonly kind: 'there' | 'moved' } | { readonly kind: 'stopped'; readonly why: string }

async function takeStep(tools: ChainTools, open: OpenChain, stepping: Stepping): Promise<Step> {
  const { node, others, cursor, to, size } = stepping
  if (cursor.number >= to) {
    // Nothing new; but what is there may not be there any more.
    const rewound = await rewind(tools, open, { node, others, cursor })
    return rewound.kind === 'same' ? { kind: 'there' } : rewound
  }
  const from = cursor.number + 1n
  const end = from + size.blocks - 1n < to ? from + size.blocks - 1n : to
  const watched = await watchedOf(tools, open)
  const asked = { from, to: end, parent: cursor.hash, filters: filtersOf(watched) }
  try {
    const read = await readRange({ node, others, nodes: open.nodes }, asked)
    if (read.kind === 'disagreed') return { kind: 'stopped', why: read.why }
    if (read.kind === 'reorganised') {
      const rewound = await rewind(tools, open, { node, others, cursor })
      return rewound.kind === 'same' ? { kind: 'stopped', why: `${node.host} told of blocks of two chains` } : rewound
    }
    const facts = read.logs.flatMap((log) => factOf(open.chain, log) ?? [])
    const arrived = await askArrived(tools, open, {
      asking: { node, others, nodes: open.nodes },
      witnesses: read.witnesses,
      facts,
      watched,
      end: read.headers.at(-1)!,
      isLast: end === to,
    })
    if (arrived.kind === 'disagreed') return { kind: 'stopped', why: arrived.why }
    if (arrived.kind === 'moved') throw new NodeFault('away', `block ${end} changed while balances were read`)
    await keep(tools, open, { cursor, headers: read.headers, facts, arrived, watched })
    size.blocks = larger(size.blocks)
    return { kind: 'moved' }
  } catch (error) {
    if (!(error instanceof NodeFault) || end === from) throw error
    // Too much at once shows as a refusal, or as an answer that does not come in time or is cut short.
    size.blocks = (end - from + 1n) / 2n
    if (error.kind !== 'refused') throw error
    return { kind: 'moved' }
  }
}

/** Read after the end of the range is known: whoever pays to an address knew it before, so it stands here. */
export async function watchedOf({ db, clock }: ChainTools, { chain }: OpenChain): Promise<Watched> {
  const addresses = await listDepositAddresses(db, idOf(chain))
  const nonces = await listWatchedNonces(db, idOf(chain), new Date(clock.nowMs() - nonceMs))
  return {
    chain,
    depositAddresses: new Map(addresses.map(({ address, account_id: accountId }) => [address, accountId])),
    nonces: new Set(nonces.map(({ nonce }) => nonce)),
  }
}

type Chunk = {
  readonly cursor: { readonly number: bigint; readonly hash: Hash }
  readonly headers: readonly Header[]
  readonly facts: readonly Fact[]
  readonly arrived: Arrived
  readonly watched: Watched
}

/** All of a chunk, or nothing of it: what was found, its blocks, and the cursor at its end. */
async function keep(tools: ChainTools, { chain }: OpenChain, chunk: Chunk): Promise<void> {
  const { cursor, headers, arrived } = chunk
  const chainId = idOf(chain)
  const last = headers.at(-1)!
  await inTransaction(tools.db, async (tx) => {
    const now = await lockCursor(tx, chainId, 'move')
    // A sibling was here first: it has seen the same.
    if (now?.number !== cursor.number || now.hash !== cursor.hash) return
    await record({ ...tools, db: tx }, chain, chunk)
    await settleArrived({ ...tools, db: tx }, chain, arrived)
    const newest = headers.slice(-Number(blocksKept))
    await insertBlocks(tx, chainId, newest)
    await deleteBlocksBelow(tx, chainId, last.number - blocksKept)
    await moveCursor(tx, chainId, last)
  })
}
