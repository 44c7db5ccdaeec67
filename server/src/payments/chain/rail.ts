import type { LocalAccount } from 'viem'
import type { JsonObject } from '../../core/json.ts'
import { add } from '../../core/money.ts'
import type { Order } from '../orders/types.ts'
import type { Begun, Rail, Wishes } from '../rail.ts'
import type { Agreement } from './agreement.ts'
import { NodeFault } from './nodes/node.ts'
import type { ShownPrices } from './prices.ts'
import { quote, quoteMs } from './quotes.ts'
import { reconcileChains } from './reconcile.ts'
import { askRefund } from './refunds.ts'
import type { Chain, Token } from './settings.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { depthFor } from './watch/depths.ts'

export type RailOptions = {
  readonly tools: ChainTools
  readonly chains: readonly OpenChain[]
  /** Absent: no quotes, but deposit addresses. */
  readonly signer: LocalAccount | undefined
  readonly prices: ShownPrices
  readonly agreement: Agreement
}

/** Orders that are paid at the checkout contract; whatever arrives at a deposit address has an order of its own. */
export function cryptoRail({ tools, chains, signer, prices, agreement }: RailOptions): Rail {
  return {
    name: 'crypto',
    state: () =>
      signer ? { kind: 'available' } : { kind: 'unavailable', why: 'REDPILL_QUOTE_SIGNER_KEY is not set.' },
    options: async () => ({
      chains: await Promise.all(chains.map((open) => optionOf(open, prices, agreement.known(open.chain)))),
      test_wallet: chains.some(({ chain }) => chain.testWallet),
    }),
    expiresAt: (now) => new Date(Math.floor((now.getTime() + quoteMs) / 1_000) * 1_000),
    async begin(order: Order, wishes: Wishes): Promise<Begun> {
      if (!signer) return { kind: 'refused', why: 'REDPILL_QUOTE_SIGNER_KEY is not set.' }
      const meant = meantBy(chains, wishes)
      if ('kind' in meant) return meant
      const off = await agreement.whyNot(meant.open).catch(whySilent(meant.open))
      if (off !== undefined) return { kind: 'refused', why: off, param: 'chain_id' }
      const quoted = await quote(tools, meant.open, { order, token: meant.token, signer })
      return quoted.kind === 'quoted'
        ? { kind: 'begun', pay: quoted.pay }
        : { kind: 'refused', why: quoted.why, param: 'token' }
    },
    refund: (order, asked) => askRefund(tools, order, asked),
    reconcile: () => reconcileChains(tools, chains),
  }
}

const whySilent =
  ({ chain }: OpenChain) =>
  (error: unknown) => {
    if (error instanceof NodeFault) return `The node of ${chain.name} does not answer just now.`
    throw error
  }

type Meant = { readonly open: OpenChain; readonly token: Token } | Extract<Begun, { kind: 'refused' }>

function meantBy(chains: readonly OpenChain[], { chainId, token: wished }: Wishes): Meant {
  const open = chains.find(({ chain }) => chain.id === chainId)
  if (!open) return { kind: 'refused', why: 'There is no such chain here.', param: 'chain_id' }
  const address = wished?.toLowerCase()
  const token = open.chain.tokens.find((each) => each.address === address)
  return token ? { open, token } : { kind: 'refused', why: `It is not taken on ${open.chain.name}.`, param: 'token' }
}

/** `off`: why nothing can be paid there. */
async function optionOf(open: OpenChain, prices: ShownPrices, off: string | undefined): Promise<JsonObject> {
  const { chain } = open
  return {
    ...{ id: chain.id, name: chain.name, checkout_address: chain.checkout, test_wallet: chain.testWallet },
    native_symbol: chain.tokens.find(({ kind }) => kind === 'native')?.symbol ?? 'ETH',
    confirmations: confirmationsShown(chain),
    explorer_url: chain.explorerUrl ?? null,
    rpc_url: chain.walletRpcUrl ?? null,
    tokens: await Promise.all(
      chain.tokens.map(async (token) => tokenOption(token, off ?? (await prices.whyNot(open, token)))),
    ),
  }
}

/** For the least amounts; 0 where the chain itself says when a block is safe. */
function confirmationsShown(chain: Chain): number {
  const depth = depthFor(chain, add(chain.tokens[0]!.min, chain.tokens[0]!.min))
  return typeof depth === 'number' ? depth : 0
}

const tokenOption = ({ address, domain, ...token }: Token, why: string | undefined): JsonObject => ({
  ...{ address: address ?? null, symbol: token.symbol, name: token.name, decimals: token.decimals, kind: token.kind },
  ...{ authorizations: [...token.authorizations], domain: domain ? { ...domain } : null, why: why ?? null },
})
