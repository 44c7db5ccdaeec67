import { decodeEventLog, encodeEventTopics, padHex, parseAbi, zeroAddress } from 'viem'
import type { Uuid } from '../../../core/ids.ts'
import type { Address, Chain } from '../settings.ts'
import type { Filter, Hash, PlacedLog } from './types.ts'

export const eventAbi = parseAbi([
  'event Paid(bytes32 indexed orderId, address indexed payer, address indexed token, uint256 amount, uint256 usd)',
  'event Swept(bytes32 indexed salt, address indexed forwarder, address indexed token, uint256 amount)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)',
])

const topicOf = (eventName: 'Paid' | 'Swept' | 'Transfer' | 'AuthorizationUsed'): Hash =>
  encodeEventTopics({ abi: eventAbi, eventName })[0]
const topics = {
  paid: topicOf('Paid'),
  swept: topicOf('Swept'),
  transfer: topicOf('Transfer'),
  authorized: topicOf('AuthorizationUsed'),
}

/** What of a chain is ours. */
export type Watched = {
  readonly chain: Chain
  readonly depositAddresses: ReadonlyMap<Address, Uuid>
  /** Nonces of authorizations that were brought or are about to be. */
  readonly nonces: ReadonlySet<Hash>
}

/** More in one question than nodes take. */
const topicsAtOnce = 400

/** The address of a topic's last 20 bytes, and back. */
const topicOfAddress = (address: Address): Hash => padHex(address, { size: 32 })

/** Only what our contracts and the tokens that are taken say is heard: look-alikes are never asked for. */
export function filtersOf({ chain, depositAddresses, nonces }: Watched): readonly Filter[] {
  const tokens = tokensOf(chain)
  const ours: Filter[] = [{ addresses: [chain.checkout, chain.factory], topics: [[topics.paid, topics.swept]] }]
  if (tokens.length === 0) return ours
  const recipients = [...depositAddresses.keys(), chain.treasury].map(topicOfAddress)
  return [
    ...ours,
    ...pieces(recipients).map((to): Filter => ({ addresses: tokens, topics: [topics.transfer, null, to] })),
    { addresses: tokens, topics: [topics.transfer, topicOfAddress(chain.treasury)] },
    ...pieces([...nonces]).map((some): Filter => ({ addresses: tokens, topics: [topics.authorized, null, some] })),
  ]
}

function pieces<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / topicsAtOnce)
  return Array.from({ length: count }, (_, at) => all.slice(at * topicsAtOnce, (at + 1) * topicsAtOnce))
}

const tokensOf = ({ tokens }: Chain): readonly Address[] => tokens.flatMap(({ address }) => address ?? [])

/** `native`, or the token's address: how tokens are named in the database. */
export type TokenName = Address | 'native'

const nameOf = (token: Address): TokenName => (token === zeroAddress ? 'native' : token)

/** One thing that happened and is for us. `place` stays when its transaction is mined again. */
export type Fact = {
  readonly place: string
  readonly txHash: Hash
  readonly blockNumber: bigint
  readonly blockHash: Hash
} & (
  | {
      readonly kind: 'paid'
      readonly orderKey: Hash
      readonly payer: Address
      readonly token: TokenName
      readonly amount: bigint
      readonly usd: bigint
    }
  | {
      readonly kind: 'transfer'
      readonly from: Address
      readonly to: Address
      readonly token: TokenName
      readonly amount: bigint
    }
  | { readonly kind: 'swept'; readonly forwarder: Address; readonly token: TokenName; readonly amount: bigint }
  | { readonly kind: 'authorized'; readonly payer: Address; readonly nonce: Hash; readonly token: TokenName }
)

/** Reads a log by who said it: what an address may say is not what another may. */
export function factOf(chain: Chain, log: PlacedLog): Fact | undefined {
  const at = {
    ...{ place: `${log.txHash}:${log.position}`, txHash: log.txHash },
    ...{ blockNumber: log.blockNumber, blockHash: log.blockHash },
  }
  const said = decoded(log)
  if (!said) return undefined
  if (log.address === chain.checkout) {
    if (said.eventName !== 'Paid') return undefined
    const { orderId: orderKey, payer, token, amount, usd } = said.args
    return { ...at, kind: 'paid', orderKey, payer: lower(payer), token: nameOf(lower(token)), amount, usd }
  }
  if (log.address === chain.factory) {
    if (said.eventName !== 'Swept') return undefined
    const { forwarder, token, amount } = said.args
    return { ...at, kind: 'swept', forwarder: lower(forwarder), token: nameOf(lower(token)), amount }
  }
  if (!tokensOf(chain).includes(log.address)) return undefined
  if (said.eventName === 'Transfer') {
    const { from, to, value } = said.args
    return { ...at, kind: 'transfer', from: lower(from), to: lower(to), token: log.address, amount: value }
  }
  if (said.eventName === 'AuthorizationUsed') {
    const { authorizer, nonce } = said.args
    return { ...at, kind: 'authorized', payer: lower(authorizer), nonce, token: log.address }
  }
  return undefined
}

const lower = (address: string): Address => address.toLowerCase() as Address

/** A log of another shape than its name has says nothing to us. */
function decoded({ topics: [first, ...rest], data }: PlacedLog) {
  try {
    return decodeEventLog({ abi: eventAbi, topics: [first!, ...rest], data, strict: true })
  } catch {
    return undefined
  }
}
