import type { Provider, Wallet } from '../wallet.ts'
import { askAccount, outcomeOf, type WalletOutcome } from '../wallet.ts'

/** What a wallet is asked to pay. */
export type Payable = {
  readonly chain: {
    readonly id: number
    readonly name: string
    readonly native_symbol: string
    readonly rpc_url: string | null
    readonly explorer_url: string | null
  }
  readonly token: {
    /** Null: the chain's own coin. */
    readonly address: string | null
    readonly symbol: string
    readonly decimals: number
    readonly authorizations: readonly string[]
    readonly domain: { readonly name: string; readonly version: string } | null
  }
  readonly quote: Quote
}

/** What the operator signed; the contract takes it word for word. */
export type Quote = {
  readonly checkout_address: string
  readonly token_amount: string
  readonly order_key: string
  readonly usd_nano: string
  /** In seconds. */
  readonly deadline: number
  readonly signature: string
}

/** What the wallet is being asked for. */
export type PayStep = 'connect' | 'network' | 'allow' | 'pay' | 'sent'

/** The transaction that pays, and its end: told by the network, or undefined when it was not waited for. */
export type Paid = { readonly hash: string }

type Options = {
  readonly onStep: (step: PayStep, hash?: string) => void
  readonly signal: AbortSignal
}

/** Has a wallet pay a quote; every refusal, also the contract's, is a sentence. */
export async function payByWallet(wallet: Wallet, payable: Payable, options: Options): Promise<WalletOutcome<Paid>> {
  options.onStep('connect')
  const account = await askAccount(wallet)
  if (account.kind === 'refused') return account
  options.onStep('network')
  const network = await goToNetwork(wallet.provider, account.answer.chain_id, payable.chain)
  if (network.kind === 'refused') return network
  const { payFrom } = await import('./pay-from.ts')
  return payFrom(wallet.provider, { ...payable, from: account.answer.address }, options)
}

const hexOf = (value: number) => `0x${value.toString(16)}`

/** Wallets that do not know a network say so by this code, some of them one level deeper. */
const unknownNetwork = 4902

async function goToNetwork(
  provider: Provider,
  at: number,
  { id, name, native_symbol: symbol, rpc_url: rpcUrl, explorer_url: explorerUrl }: Payable['chain'],
): Promise<WalletOutcome<undefined>> {
  if (at === id) return { kind: 'answered', answer: undefined }
  const change = () => provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: hexOf(id) }] })
  return outcomeOf(async () => {
    try {
      await change()
    } catch (error) {
      if (codeOf(error) !== unknownNetwork) throw error
      if (rpcUrl === null)
        throw new Error(`it does not know the network ${name}: add it in the wallet first`, { cause: error })
      await provider.request({
        method: 'wallet_addEthereumChain',
        params: [
          {
            chainId: hexOf(id),
            chainName: name,
            nativeCurrency: { name: symbol, symbol, decimals: 18 },
            rpcUrls: [rpcUrl],
            ...(explorerUrl !== null && { blockExplorerUrls: [explorerUrl] }),
          },
        ],
      })
      await change()
    }
    return undefined
  })
}

function codeOf(error: unknown): unknown {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: { originalError?: { code?: unknown } } }
  return data?.originalError?.code ?? code
}
