/** Prices that the operator signs (EIP-712) for the checkout contract: contracts/src/CreditCheckout.sol. */
import { type LocalAccount, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { JsonObject } from '../../core/json.ts'
import { add, type NanoUsd } from '../../core/money.ts'
import type { Order } from '../orders/types.ts'
import { orderKeyOf } from './addresses.ts'
import { askPrice } from './feeds.ts'
import { NodeFault } from './nodes/node.ts'
import { amountFor } from './pricing.ts'
import type { Chain, Token } from './settings.ts'
import { findQuote, keepQuote } from './store/quotes.ts'
import { idOf, type QuoteRow } from './store/rows.ts'
import type { ChainTools, OpenChain } from './tools.ts'

/** For so long a price stands. */
export const quoteMs = 15 * 60_000

export const openSigner = (key: `0x${string}`): LocalAccount => privateKeyToAccount(key)

export type Quoted =
  | { readonly kind: 'quoted'; readonly pay: JsonObject }
  /** Nothing is sold at a price that nobody vouches for. */
  | { readonly kind: 'refused'; readonly why: string }

type Asked = { readonly order: Order; readonly token: Token; readonly signer: LocalAccount }

/** The price of an order in a token, frozen and signed; the same one however often it is asked for. */
export async function quote(tools: ChainTools, open: OpenChain, { order, token, signer }: Asked): Promise<Quoted> {
  const { db, clock } = tools
  const { chain } = open
  const before = await findQuote(db, order.id)
  if (before) return { kind: 'quoted', pay: await sign(chain, before, signer) }
  const usd = add(order.amount, order.fee)
  const nowMs = clock.nowMs()
  const amount = await priced(open, { token, usd, nowMs }).catch((error: unknown) => {
    if (error instanceof NodeFault) return `The node of ${chain.name} does not answer just now.`
    throw error
  })
  if (typeof amount === 'string') return { kind: 'refused', why: amount }
  const row = await keepQuote(db, {
    ...{ order_id: order.id, chain_id: idOf(chain), order_key: orderKeyOf(order.id) },
    ...{ token: token.address ?? ('native' as const), token_amount: amount.toString(), usd },
    deadline: wholeSecond(order.expiresAt?.getTime() ?? nowMs + quoteMs),
    created_at: new Date(nowMs),
  })
  return { kind: 'quoted', pay: await sign(chain, row, signer) }
}

/** Contracts know seconds; a deadline is never after the order's own. */
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1_000) * 1_000)

type Pricing = { readonly token: Token; readonly usd: NanoUsd; readonly nowMs: number }

async function priced({ nodes }: OpenChain, { token, usd, nowMs }: Pricing): Promise<bigint | string> {
  const said = await askPrice(nodes, token, { at: 'latest', nowMs })
  return said.kind === 'price' ? amountFor(usd, token, said.price) : said.why
}

const quoteTypes = {
  Quote: [
    { name: 'orderId', type: 'bytes32' },
    { name: 'token', type: 'address' },
    { name: 'amount', type: 'uint256' },
    { name: 'usd', type: 'uint256' },
    { name: 'expiry', type: 'uint256' },
  ],
} as const

async function sign(chain: Chain, row: QuoteRow, signer: LocalAccount): Promise<JsonObject> {
  const token = row.token === 'native' ? undefined : row.token
  const deadline = row.deadline.getTime() / 1_000
  const signature = await signer.signTypedData({
    domain: { name: 'RedPill Credit Checkout', version: '1', chainId: chain.id, verifyingContract: chain.checkout },
    types: quoteTypes,
    primaryType: 'Quote',
    message: {
      orderId: row.order_key,
      token: token ?? zeroAddress,
      amount: BigInt(row.token_amount),
      usd: row.usd,
      expiry: BigInt(deadline),
    },
  })
  return {
    ...{ kind: 'quote', chain_id: chain.id, checkout_address: chain.checkout, token: token ?? null },
    ...{ token_amount: row.token_amount, order_key: row.order_key, usd_nano: row.usd.toString(), deadline, signature },
  }
}
