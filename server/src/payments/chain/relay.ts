import { type LocalAccount, serializeTransaction } from 'viem'
import { inTransaction } from '../../platform/transaction.ts'
import { NodeFault } from './nodes/node.ts'
import type { Node } from './nodes/node.ts'
import { askQuantity } from './read/ask.ts'
import type { Hash } from './read/types.ts'
import type { Address } from './settings.ts'
import { lockRelayer } from './store/cursor.ts'
import { idOf } from './store/rows.ts'
import type { ChainTools, OpenChain } from './tools.ts'

export type Relayed =
  | { readonly kind: 'sent'; readonly txHash: Hash }
  /** The call would fail, now. */
  | { readonly kind: 'reverts'; readonly why: string }

export type RelayCall = { readonly relayer: LocalAccount; readonly to: Address; readonly data: Hash }

/** Sends a call that costs nothing but gas; one at a time over all processes, so that each has a number of its own. */
export function relay({ db }: ChainTools, { chain, nodes }: OpenChain, call: RelayCall): Promise<Relayed> {
  return inTransaction(db, async (tx) => {
    await lockRelayer(tx, idOf(chain))
    return nodes.use((node) => send(node, chain.id, call))
  })
}

async function send(node: Node, chainId: number, { relayer, to, data }: RelayCall): Promise<Relayed> {
  const from = relayer.address
  const gas = await askQuantity(node, 'eth_estimateGas', [{ from, to, data }]).catch(revertOf)
  if (typeof gas !== 'bigint') return gas
  const [nonce, gasPrice] = [
    await askQuantity(node, 'eth_getTransactionCount', [from, 'pending']),
    await askQuantity(node, 'eth_gasPrice', []),
  ]
  const transaction = {
    ...({ type: 'eip1559', chainId, to, data, nonce: Number(nonce), gas: (gas * 13n) / 10n } as const),
    ...{ maxFeePerGas: gasPrice * 2n, maxPriorityFeePerGas: gasPrice / 10n },
  }
  const signed = await relayer.signTransaction(transaction, { serializer: serializeTransaction })
  const txHash = await node.ask('eth_sendRawTransaction', [signed])
  if (typeof txHash !== 'string') throw new NodeFault('lying', `${node.host} gave no hash of a transaction`)
  return { kind: 'sent', txHash: txHash.toLowerCase() as Hash }
}

function revertOf(error: unknown): Relayed {
  if (error instanceof NodeFault && error.kind === 'refused' && /revert/i.test(error.message))
    return { kind: 'reverts', why: error.message }
  throw error
}
