import { zero } from '../../../core/money.ts'
import type { Fact, Watched } from '../read/facts.ts'
import type { Asking, Disagreed } from '../read/hear.ts'
import type { Node } from '../nodes/node.ts'
import type { Header } from '../read/types.ts'
import type { Address, Chain } from '../settings.ts'
import { listDuePolls, setPolled } from '../store/deposits.ts'
import { sweptFrom, sweptFromEach } from '../store/movements.ts'
import { coinPresentAt, countAt, insertPayment, listAt, listShort, updatePayment } from '../store/payments.ts'
import { idOf, type PaymentRow } from '../store/rows.ts'
import type { ChainTools, OpenChain } from '../tools.ts'
import { type Balance, type Place, readBalances } from './balances.ts'
import { tokenNamed } from './credit.ts'
import { stateAgain } from './record.ts'
import { reverse } from './reverse.ts'
import { presentOf, share } from './share.ts'
import { settleShares } from './shortfall.ts'

/** What lies at deposit addresses at the end of a range. */
export type Arrived = {
  readonly kind: 'read'
  readonly end: Header
  readonly balances: readonly Balance[]
}

type ArrivedAsked = {
  readonly asking: Asking
  readonly witnesses: readonly Node[]
  readonly facts: readonly Fact[]
  readonly watched: Watched
  readonly end: Header
  readonly isLast: boolean
}

/** Addresses that somebody looked at within this time are asked at every look, the others once in a while. */
const awakeMs = 24 * 3_600_000
const staleMs = 600_000
/** For so long what did not arrive of a token is asked for at every look; later when more is sent to the address. */
const shortMs = 7 * 24 * 3_600_000
const shortMost = 100

/**
 * Asks for the balances that say how much really came: of tokens that were sent, some of which keep a part on the way, and
 * of the chain's own coin, which leaves no log; and again for what was sent and was not there.
 */
export async function askArrived(
  tools: ChainTools,
  { chain }: OpenChain,
  { asking, witnesses, facts, watched, end, isLast }: ArrivedAsked,
): Promise<Arrived | Disagreed | { readonly kind: 'moved' }> {
  const { db, clock } = tools
  const chainId = idOf(chain)
  const places = new Map<string, Place>()
  const add = (place: Place) => void places.set(`${place.address} ${place.token}`, place)
  for (const { address, account_id: accountId, token } of isLast
    ? await listShort(db, chainId, new Date(clock.nowMs() - shortMs), shortMost)
    : [])
    if (tokenNamed(chain, token)) add({ address, accountId, token })
  for (const fact of facts) {
    const accountId = fact.kind === 'transfer' ? watched.depositAddresses.get(fact.to) : undefined
    if (fact.kind === 'transfer' && accountId !== undefined) add({ address: fact.to, accountId, token: fact.token })
  }
  const polled = isLast ? await duePolls(tools, chain) : []
  for (const place of polled) add(place)
  if (places.size === 0) return { kind: 'read', end, balances: [] }
  const expected = await expectedCoin(tools, chain, polled, facts)
  const matters = ({ token, address, balance }: Balance) => token !== 'native' || expected(address) !== balance
  const read = await readBalances(asking, { places: [...places.values()], end, witnesses, matters })
  return read.kind === 'read' ? { ...read, end } : read
}

async function duePolls({ db, clock }: ChainTools, chain: Chain): Promise<Place[]> {
  if (!chain.tokens.some(({ kind }) => kind === 'native')) return []
  const nowMs = clock.nowMs()
  const due = await listDuePolls(db, idOf(chain), {
    awake: new Date(nowMs - awakeMs),
    stale: new Date(nowMs - staleMs),
  })
  return due.map(({ address, account_id: accountId }) => ({ address, accountId, token: 'native' }))
}

/** The coin that lies at addresses where nothing came anew. */
async function expectedCoin(
  { db }: ChainTools,
  chain: Chain,
  polled: readonly Place[],
  facts: readonly Fact[],
): Promise<(address: Address) => bigint> {
  const addresses = polled.map(({ address }) => address)
  if (addresses.length === 0) return () => 0n
  const present = await coinPresentAt(db, idOf(chain), addresses)
  const swept = await sweptFromEach(db, idOf(chain), 'native', addresses)
  const isSweptNow = (address: Address) => facts.some((fact) => fact.kind === 'swept' && fact.forwarder === address)
  // What is swept in this very range changes a balance: it is looked at as whatever else does.
  return (address) => (isSweptNow(address) ? -1n : (present.get(address) ?? 0n) - (swept.get(address) ?? 0n))
}

/** What there is and what was swept is what came, of which a part is known. */
export async function settleArrived(tools: ChainTools, chain: Chain, { end, balances }: Arrived): Promise<void> {
  const chainId = idOf(chain)
  for (const { address, accountId, token, balance } of balances) {
    const came = balance + (await sweptFrom(tools.db, chainId, address, token))
    const known = await listAt(tools.db, chainId, address, token)
    await (token === 'native'
      ? settleCoin(tools, chain, { address, accountId, came, known, end })
      : settleShares(tools, chain, { shares: share(known.filter(isStanding), came), end }))
  }
  const coins = balances.filter(({ token }) => token === 'native').map(({ address }) => address)
  if (coins.length > 0) await setPolled(tools.db, chainId, coins, new Date(tools.clock.nowMs()))
}

const isStanding = ({ state }: PaymentRow): boolean => state === 'found' || state === 'credited'

type Coin = Pick<Place, 'address' | 'accountId'> & {
  readonly came: bigint
  readonly known: readonly PaymentRow[]
  readonly end: Header
}

/** Of what came anew, what was orphaned is the same as before; the rest is a payment of its own. */
async function settleCoin(
  tools: ChainTools,
  chain: Chain,
  { address, accountId, came, known, end }: Coin,
): Promise<void> {
  const { db } = tools
  const block = { block_number: end.number, block_hash: end.hash }
  const standing = known.filter(isStanding)
  let left = came - standing.reduce((sum, row) => sum + presentOf(row), 0n)
  for (const row of known.filter(({ state }) => state === 'orphaned')) {
    if (BigInt(row.amount) <= left) {
      const state = stateAgain(row)!
      await updatePayment(db, row.id, { state, ...block })
      standing.push({ ...row, state })
      left -= BigInt(row.amount)
    } else if (row.block_number <= end.number) {
      await reverse(tools, chain, row)
    }
  }
  const shares = share(standing, came)
  await settleShares(tools, chain, { shares, end })
  if (shares.more <= 0n) return
  const chainId = idOf(chain)
  const number = (await countAt(db, chainId, address, 'native')) + 1
  await insertPayment(db, {
    ...{ id: tools.makeId(), chain_id: chainId, place: `${address}:coin:${number}`, tx_hash: null, kind: 'deposit' },
    ...{ account_id: accountId, order_id: null, address, token: 'native' },
    ...{ amount: shares.more.toString(), short: '0', missing: '0', payer: null, worth: null, ...block },
    ...{ mined_at: new Date(Number(end.timestamp) * 1_000), state: 'found', waits_for: null, times: 0 },
    ...{ received: zero, reversed: zero },
  })
}
