import type { Reconciled } from '../rail.ts'
import { NodeFault } from './nodes/node.ts'
import type { TokenName } from './read/facts.ts'
import { mapSome } from './read/range.ts'
import type { Token } from './settings.ts'
import { findCursor } from './store/cursor.ts'
import { listUnswept, sumMovements, sumUnnamed } from './store/movements.ts'
import { sumPayments } from './store/payments.ts'
import { idOf } from './store/rows.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { balanceOf } from './watch/balances.ts'
import { amountText } from './pricing.ts'

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

/** Only what is not there is a failure: anybody may send something to a treasury. */
async function reconcileToken(tools: ChainTools, open: OpenChain, { token, at }: TokenAt): Promise<Reconciled> {
  const { chain, nodes } = open
  const name = `${chain.name}: ${token.symbol}`
  const named: TokenName = token.address ?? 'native'
  const moved = await sumMovements(tools.db, idOf(chain), named)
  const paid = await sumPayments(tools.db, idOf(chain), named)
  const notOurs = await sumUnnamed(tools.db, idOf(chain), named)
  const show = (amount: bigint) => amountText(amount, token.decimals)
  try {
    const balance = await nodes.use((node) => balanceOf(node, { address: chain.treasury, token: named, at }))
    const waiting = await compareAddresses(tools, open, { token: named, at })
    const due = paid.credited + paid.waiting - paid.deposited + moved.swept
    // Coin leaves no log where it is sent without our contracts, and the treasury may have had some before.
    const isCoin = token.address === undefined
    const lacks = [
      ...(isCoin ? [] : [due - (moved.in - notOurs), moved.in - moved.out - balance]),
      waiting.lacking,
    ].filter((lack) => lack > 0n)
    const detail = [
      `${show(paid.credited)} credited and ${show(paid.waiting)} waiting`,
      `${show(moved.in)} came into the treasury, and ${show(moved.swept)} were swept there`,
      `${show(moved.out)} left it`,
      `${show(balance)} lie in it`,
      `${show(waiting.due)} wait to be swept${waiting.isAll ? '' : ` at the ${addressesMost} addresses where the most should lie`}, and ${show(waiting.due - waiting.lacking)} of that lie there`,
      ...(notOurs > 0n ? [`not ours: ${show(notOurs)} of what came belong to no payment`] : []),
      ...lacks.map((lack) => `${show(lack)} are missing`),
    ]
    return { name, ok: lacks.length === 0, detail: detail.join('; ') }
  } catch (error) {
    if (error instanceof NodeFault) return { name, ok: false, detail: error.message }
    throw error
  }
}

/** So many addresses are asked, those where the most should lie. */
const addressesMost = 500

/** What should lie at deposit addresses, and what of it does not. */
async function compareAddresses(
  { db }: ChainTools,
  { chain, nodes }: OpenChain,
  { token, at }: { readonly token: TokenName; readonly at: bigint },
): Promise<{ readonly due: bigint; readonly lacking: bigint; readonly isAll: boolean }> {
  const unswept = await listUnswept(db, idOf(chain), token, addressesMost)
  const found = await nodes.use((node) =>
    mapSome(unswept, async ({ address, amount }) => amount - (await balanceOf(node, { address, token, at }))),
  )
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, each) => total + each, 0n)
  const due = sum(unswept.map(({ amount }) => amount))
  return { due, lacking: sum(found.filter((lack) => lack > 0n)), isAll: unswept.length < addressesMost }
}
