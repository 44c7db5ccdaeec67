/** Price feeds in the shape of Chainlink's AggregatorV3Interface, asked with suspicion: every doubt is a refusal. */
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem'
import type { Node } from './nodes/node.ts'
import type { Nodes } from './nodes/nodes.ts'
import { isPegged, type Price, priceOf } from './pricing.ts'
import { askCall, askHeader, type BlockTag, isCurrent } from './read/ask.ts'
import type { Address, Feed, Token } from './settings.ts'

const abi = parseAbi([
  'function decimals() view returns (uint8)',
  'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)',
])

/** For so many seconds after a sequencer came back its prices are not believed. */
const sequencerGrace = 3_600n

export type Asked = { readonly node: Node; readonly at: BlockTag; readonly nowMs: number }

export type PriceSaid =
  | { readonly kind: 'price'; readonly price: Price }
  /** Nothing may be sold or credited for it now. */
  | { readonly kind: 'unsure'; readonly why: string }

const unsure = (why: string): PriceSaid => ({ kind: 'unsure', why })

type PriceAsked = { readonly at: BlockTag; readonly nowMs: number }

/**
 * What one unit of a token is worth at a block by most of the nodes that answer, or why nobody can say: no node alone
 * makes a price while others say another one.
 */
export function askPrice(nodes: Pick<Nodes, 'use' | 'consult'>, token: Token, asked: PriceAsked): Promise<PriceSaid> {
  return nodes.use(async (node, { all }) => {
    const mine = await askNode(token, { ...asked, node })
    if (!token.feed) return mine
    const others = all.map((other) =>
      nodes.consult(other, async () =>
        (await knows({ ...asked, node: other })) ? askNode(token, { ...asked, node: other }) : undefined,
      ),
    )
    return weigh(token.symbol, [mine, ...(await Promise.all(others)).filter((said) => said !== undefined)])
  })
}

/** Who is minutes behind, or has the block not yet, knows no price of it. */
async function knows({ node, at, nowMs }: Asked): Promise<boolean> {
  const header = await askHeader(node, at)
  return header !== undefined && (typeof at === 'bigint' || isCurrent(header, nowMs))
}

/** Two feeds of one chain may be a round apart. */
const apartPercent = 2n

/** The middle one of what was said, where most are close to it; the lower of two. Pure. */
export function weigh(symbol: string, said: readonly PriceSaid[]): PriceSaid {
  const [first] = said
  if (said.length === 1) return first!
  const prices = said.flatMap((each) => (each.kind === 'price' ? [each.price] : []))
  if (prices.length * 2 <= said.length) return said.find(({ kind }) => kind === 'unsure')!
  const sorted = prices.toSorted((a, b) => Number(scaled(a) - scaled(b)))
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]!
  const close = sorted.filter((price) => isClose(scaled(price), scaled(middle)))
  if (close.length * 2 > said.length) return { kind: 'price', price: middle }
  return unsure(`The nodes of the chain do not agree on the price of ${symbol}.`)
}

/** Feeds have 8 or 18. */
const decimalsMost = 36

const scaled = ({ answer, decimals }: Price): bigint => answer * 10n ** BigInt(decimalsMost - decimals)

const isClose = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) * 100n <= b * apartPercent

/** What one node says of it. */
async function askNode(token: Token, asked: Asked): Promise<PriceSaid> {
  const { feed, symbol, kind } = token
  if (!feed) return { kind: 'price', price: priceOf(token, undefined)! }
  const header = await askHeader(asked.node, asked.at)
  if (!header) return unsure(`The block at which ${symbol} was to be priced is not there.`)
  const wallSeconds = BigInt(Math.floor(asked.nowMs / 1_000))
  const now = header.timestamp > wallSeconds ? header.timestamp : wallSeconds
  const sequencer = feed.sequencer && (await whySequencer(feed.sequencer, asked, now))
  if (sequencer !== undefined) return unsure(sequencer)
  const said = await askFeed(feed, asked, now)
  if (said.kind === 'unsure') return unsure(`The price of ${symbol} is not known: ${said.why}`)
  if (kind === 'stable' && !isPegged(said.price))
    return unsure(`${symbol} is worth less than 0.98 USD at the moment, so it is not taken.`)
  return { kind: 'price', price: priceOf(token, said.price)! }
}

type Round = { readonly answer: bigint; readonly startedAt: bigint; readonly updatedAt: bigint }

async function askRound(address: Address, { node, at }: Asked): Promise<Round | undefined> {
  const data = encodeFunctionData({ abi, functionName: 'latestRoundData' })
  const answer = await askCall(node, address, data, at)
  if (answer === undefined || answer === '0x') return undefined
  const [, value, startedAt, updatedAt] = decodeFunctionResult({ abi, functionName: 'latestRoundData', data: answer })
  return { answer: value, startedAt, updatedAt }
}

async function whySequencer(address: Address, asked: Asked, now: bigint): Promise<string | undefined> {
  const round = await askRound(address, asked)
  if (!round || round.answer !== 0n || round.startedAt === 0n) return 'The sequencer of the chain is down.'
  return now - round.startedAt <= sequencerGrace ? 'The sequencer of the chain was down until a moment ago.' : undefined
}

async function askFeed({ address, heartbeat }: Feed, asked: Asked, now: bigint): Promise<PriceSaid> {
  const round = await askRound(address, asked)
  const data = encodeFunctionData({ abi, functionName: 'decimals' })
  const decimals = await askCall(asked.node, address, data, asked.at)
  if (!round || decimals === undefined || decimals === '0x') return unsure('its feed does not answer.')
  if (round.answer <= 0n) return unsure('its feed gives no price.')
  if (round.updatedAt > now) return unsure('its feed gives a price of the future.')
  if (now - round.updatedAt > BigInt(heartbeat))
    return unsure(`its feed has not moved for ${now - round.updatedAt} seconds, longer than its heartbeat.`)
  const price = {
    answer: round.answer,
    decimals: decodeFunctionResult({ abi, functionName: 'decimals', data: decimals }),
  }
  return price.decimals > decimalsMost ? unsure('its feed has too many decimals.') : { kind: 'price', price }
}
