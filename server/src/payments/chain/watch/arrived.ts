import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem'
import type { Uuid } from '../../../core/ids.ts'
import { zero } from '../../../core/money.ts'
import { type Node, NodeFault } from '../nodes/node.ts'
import { askBalance, askCall, askHeader, type BlockTag } from '../read/ask.ts'
import type { Fact, TokenName, Watched } from '../read/facts.ts'
import { mapSome } from '../read/range.ts'
import type { Header } from '../read/types.ts'
import type { Address, Chain } from '../settings.ts'
import { listDuePolls, setPolled } from '../store/deposits.ts'
import { sweptFrom } from '../store/movements.ts'
import { countAt, insertPayment, listAt, updatePayment } from '../store/payments.ts'
import { idOf, type PaymentRow } from '../store/rows.ts'
import type { ChainTools, OpenChain } from '../tools.ts'
import { reverse } from './reverse.ts'

/** What lies at deposit addresses at the end of a range. */
export type Arrived = {
  readonly end: Header
  readonly balances: readonly Balance[]
}

type Balance = {
  readonly address: Address
  readonly accountId: Uuid
  readonly token: TokenName
  readonly balance: bigint
}

type ArrivedAsked = {
  readonly node: Node
  readonly facts: readonly Fact[]
  readonly watched: Watched
  readonly end: Header
  readonly isLast: boolean
}

/** Addresses that somebody looked at within this time are asked at every look, the others once in a while. */
const awakeMs = 24 * 3_600_000
const staleMs = 600_000

/**
 * Asks for the balances that say how much really came: of tokens that were sent, some of which keep a part on the way, and
 * of the chain's own coin, which leaves no log. `undefined`: the chain changed meanwhile.
 */
export async function askArrived(
  tools: ChainTools,
  { chain }: OpenChain,
  { node, facts, watched, end, isLast }: ArrivedAsked,
): Promise<Arrived | undefined> {
  const sent = new Map<string, { address: Address; token: Address }>()
  for (const fact of facts) {
    if (fact.kind === 'transfer' && fact.token !== 'native' && watched.depositAddresses.has(fact.to))
      sent.set(`${fact.to} ${fact.token}`, { address: fact.to, token: fact.token })
  }
  const nowMs = tools.clock.nowMs()
  const isNativeTaken = isLast && chain.tokens.some(({ kind }) => kind === 'native')
  const due = { awake: new Date(nowMs - awakeMs), stale: new Date(nowMs - staleMs) }
  const polled = isNativeTaken ? await listDuePolls(tools.db, idOf(chain), due) : []
  if (sent.size === 0 && polled.length === 0) return { end, balances: [] }
  const ofTokens = await mapSome([...sent.values()], async ({ address, token }): Promise<Balance> => {
    const accountId = watched.depositAddresses.get(address)!
    return { address, accountId, token, balance: await tokenBalance(node, { address, token, at: end.number }) }
  })
  const ofCoin = await mapSome(polled, async ({ address, account_id: accountId }): Promise<Balance> => {
    return { address, accountId, token: 'native', balance: await askBalance(node, address, end.number) }
  })
  const again = await askHeader(node, end.number)
  return again?.hash === end.hash ? { end, balances: [...ofTokens, ...ofCoin] } : undefined
}

const abi = parseAbi(['function balanceOf(address) view returns (uint256)'])

type BalanceAsked = { readonly address: Address; readonly token: Address; readonly at: BlockTag }

export async function tokenBalance(node: Node, { address, token, at }: BalanceAsked): Promise<bigint> {
  const data = encodeFunctionData({ abi, functionName: 'balanceOf', args: [address] })
  const answer = await askCall(node, token, data, at)
  if (answer === undefined || answer === '0x') throw new NodeFault('refused', `${node.host} has no token at ${token}`)
  return decodeFunctionResult({ abi, functionName: 'balanceOf', data: answer })
}

/** What there is and what was swept is what came, of which a part is known. */
export async function settleArrived(tools: ChainTools, chain: Chain, { end, balances }: Arrived): Promise<void> {
  const chainId = idOf(chain)
  for (const { address, accountId, token, balance } of balances) {
    const came = balance + (await sweptFrom(tools.db, chainId, address, token))
    const known = await listAt(tools.db, chainId, address, token)
    await (token === 'native'
      ? settleCoin(tools, chain, { address, accountId, came, known, end })
      : settleToken(tools, { came, known }))
  }
  const coins = balances.filter(({ token }) => token === 'native').map(({ address }) => address)
  if (coins.length > 0) await setPolled(tools.db, chainId, coins, new Date(tools.clock.nowMs()))
}

const isStanding = ({ state }: PaymentRow): boolean => state === 'found' || state === 'credited'
const sumOf = (rows: readonly PaymentRow[]): bigint => rows.reduce((sum, { amount }) => sum + BigInt(amount), 0n)

type Settling = { readonly came: bigint; readonly known: readonly PaymentRow[] }

/** Less came than was said: the newest payments are what really came of them. */
async function settleToken({ db, log }: ChainTools, { came, known }: Settling): Promise<void> {
  const standing = known.filter(isStanding)
  let short = sumOf(standing) - came
  for (const row of standing.filter(({ state }) => state === 'found').toReversed()) {
    if (short <= 0n) return
    const amount = BigInt(row.amount)
    const cut = short < amount ? short : amount
    log.warn('less of a token came than was sent', { tx: row.tx_hash, token: row.token, short: cut.toString() })
    await updatePayment(db, row.id, cut === amount ? { state: 'lost' } : { amount: (amount - cut).toString() })
    short -= cut
  }
}

type Coin = Settling & { readonly address: Address; readonly accountId: Uuid; readonly end: Header }

/** Of what came anew, what was orphaned is the same as before; the rest is a payment of its own. */
async function settleCoin(
  tools: ChainTools,
  chain: Chain,
  { address, accountId, came, known, end }: Coin,
): Promise<void> {
  const { db } = tools
  const block = { block_number: end.number, block_hash: end.hash }
  let more = came - sumOf(known.filter(isStanding))
  for (const row of known.filter(({ state }) => state === 'orphaned')) {
    if (BigInt(row.amount) <= more) {
      await updatePayment(db, row.id, { state: 'credited', ...block })
      more -= BigInt(row.amount)
    } else if (row.block_number <= end.number) {
      await reverse(tools, chain, row)
    }
  }
  if (more <= 0n) return
  const chainId = idOf(chain)
  const number = (await countAt(db, chainId, address, 'native')) + 1
  await insertPayment(db, {
    ...{ id: tools.makeId(), chain_id: chainId, place: `${address}:coin:${number}`, tx_hash: null, kind: 'deposit' },
    ...{ account_id: accountId, order_id: null, address, token: 'native' },
    ...{ amount: more.toString(), payer: null, worth: null, ...block },
    ...{ mined_at: new Date(Number(end.timestamp) * 1_000), state: 'found', waits_for: null, times: 0 },
    ...{ received: zero, reversed: zero },
  })
}
