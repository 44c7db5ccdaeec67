import type { Reconciled } from '../rail.ts'
import { NodeFault } from './nodes/node.ts'
import { askBalance } from './read/ask.ts'
import type { TokenName } from './read/facts.ts'
import type { Token } from './settings.ts'
import { findCursor } from './store/cursor.ts'
import { sumMovements } from './store/movements.ts'
import { sumPayments } from './store/payments.ts'
import { idOf } from './store/rows.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { tokenBalance } from './watch/arrived.ts'

/** Compares what lies in the treasuries with what is known to have come and gone. */
export async function reconcileChains(tools: ChainTools, chains: readonly OpenChain[]): Promise<readonly Reconciled[]> {
  const found = await Promise.all(chains.map((open) => reconcileChain(tools, open)))
  return found.flat()
}

async function reconcileChain(tools: ChainTools, open: OpenChain): Promise<Reconciled[]> {
  const { chain } = open
  const cursor = await findCursor(tools.db, idOf(chain))
  if (!cursor) return [{ name: `${chain.name}: watcher`, ok: false, detail: 'The chain was not read yet.' }]
  const watcher: Reconciled = {
    name: `${chain.name}: watcher`,
    ok: cursor.problem === null,
    detail: cursor.problem ?? `read up to block ${cursor.number} of ${cursor.head}`,
  }
  const nodes = cursor.nodes.map(({ host, problem }): Reconciled => {
    return { name: `${chain.name}: node ${host}`, ok: problem === null, detail: problem ?? 'answers' }
  })
  const tokens = await Promise.all(
    chain.tokens.map((token) => reconcileToken(tools, open, { token, at: cursor.number })),
  )
  return [watcher, ...nodes, ...tokens]
}

type TokenAt = { readonly token: Token; readonly at: bigint }

async function reconcileToken(
  tools: ChainTools,
  { chain, nodes }: OpenChain,
  { token, at }: TokenAt,
): Promise<Reconciled> {
  const name = `${chain.name}: ${token.symbol}`
  const named: TokenName = token.address ?? 'native'
  const moved = await sumMovements(tools.db, idOf(chain), named)
  const paid = await sumPayments(tools.db, idOf(chain), named)
  const show = (amount: bigint) => amountText(amount, token.decimals)
  try {
    const { address } = token
    const balance = await nodes.use((node) =>
      address
        ? tokenBalance(node, { address: chain.treasury, token: address, at })
        : askBalance(node, chain.treasury, at),
    )
    const detail =
      `${show(paid.credited)} credited and ${show(paid.waiting)} waiting; ${show(moved.in)} came into the treasury, of ` +
      `which ${show(moved.swept)} were swept there; ${show(moved.out)} left it; ${show(balance)} lie in it`
    // Coin leaves no log where it is sent without our contracts, and the treasury may have had some before.
    if (!address) return { name, ok: true, detail }
    const unswept = paid.deposited - moved.swept
    const unnamed = moved.in - (paid.credited + paid.waiting - unswept)
    const isWhole = balance >= moved.in - moved.out && unnamed === 0n
    const more = unnamed === 0n ? '' : `; ${show(unnamed)} of what came belong to no payment`
    return { name, ok: isWhole, detail: `${detail}; ${show(unswept)} wait to be swept${more}` }
  } catch (error) {
    if (error instanceof NodeFault) return { name, ok: false, detail: error.message }
    throw error
  }
}

function amountText(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)]
  const rest = part.replace(/0+$/, '')
  return `${amount < 0n ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
}
