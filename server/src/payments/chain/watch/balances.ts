import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem'
import type { Uuid } from '../../../core/ids.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import { askBalance, askCall, askHeader, type BlockTag } from '../read/ask.ts'
import type { TokenName } from '../read/facts.ts'
import { type Asking, type Disagreed, hear, verdictOf } from '../read/hear.ts'
import { mapSome } from '../read/range.ts'
import type { Header } from '../read/types.ts'
import type { Address } from '../settings.ts'

/** What lies at a deposit address in one token. */
export type Place = { readonly address: Address; readonly accountId: Uuid; readonly token: TokenName }
export type Balance = Place & { readonly balance: bigint }

const abi = parseAbi(['function balanceOf(address) view returns (uint256)'])

type BalanceAsked = { readonly address: Address; readonly token: TokenName; readonly at: BlockTag }

export async function balanceOf(node: Node, { address, token, at }: BalanceAsked): Promise<bigint> {
  if (token === 'native') return askBalance(node, address, at)
  const data = encodeFunctionData({ abi, functionName: 'balanceOf', args: [address] })
  const answer = await askCall(node, token, data, at)
  if (answer === undefined || answer === '0x') throw new NodeFault('refused', `${node.host} has no token at ${token}`)
  return decodeFunctionResult({ abi, functionName: 'balanceOf', data: answer })
}

export type BalancesRead =
  | { readonly kind: 'read'; readonly balances: readonly Balance[] }
  /** The block is not there any more. */
  | { readonly kind: 'moved' }
  | Disagreed

type BalancesAsked = {
  readonly places: readonly Place[]
  readonly end: Header
  /** Those that have the same block. */
  readonly witnesses: readonly Node[]
  /** Whether a balance is such that something follows from it. */
  readonly matters: (balance: Balance) => boolean
}

/**
 * The balances of some places at the end of a range, as no other node contradicts them. Where something follows from them
 * and nobody else has confirmed the block, those that were away are asked again.
 */
export async function readBalances(asking: Asking, asked: BalancesAsked): Promise<BalancesRead> {
  const { node, nodes, others } = asking
  const { places, end } = asked
  const mine = await balancesAt(node, asked)
  if (!mine) return { kind: 'moved' }
  const balances = places.map((place, at): Balance => ({ ...place, balance: mine[at]! }))
  let { witnesses } = asked
  if (witnesses.length === 0 && balances.some(asked.matters)) {
    const heard = await hear(asking, end, others.all)
    if (heard.kind === 'disagreed') return heard
    witnesses = heard.witnesses
  }
  const told = witnesses.map(async (who) => ({ who, said: await nodes.consult(who, () => balancesAt(who, asked)) }))
  const theirs = (await Promise.all(told)).flatMap(({ who, said }) => (said ? [{ who, said }] : []))
  for (const [at, { address, token, balance }] of balances.entries()) {
    const alone = (who: Node) =>
      new NodeFault('lying', `${who.host} tells of another balance of ${address} than most nodes (${token})`)
    const against = theirs.filter(({ said }) => said[at] !== balance)
    const words = theirs.map(({ said }) => said[at]!)
    const verdict = verdictOf(balance, words)
    if (verdict === 'outvoted') throw alone(node)
    if (verdict === 'open') {
      const both = `${node.host} and ${against[0]!.who.host}`
      return { kind: 'disagreed', why: `${both} tell of different balances of ${address} (${token})` }
    }
    for (const { who } of against) nodes.distrust(who, alone(who))
  }
  return { kind: 'read', balances }
}

/** `undefined`: the node has another block there, or has changed it meanwhile. */
async function balancesAt(
  node: Node,
  { places, end }: Pick<BalancesAsked, 'places' | 'end'>,
): Promise<readonly bigint[] | undefined> {
  const isThere = async () => (await askHeader(node, end.number))?.hash === end.hash
  if (!(await isThere())) return undefined
  const found = await mapSome(places, ({ address, token }) => balanceOf(node, { address, token, at: end.number }))
  return (await isThere()) ? found : undefined
}
