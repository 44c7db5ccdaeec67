import { useEffect, useState } from 'react'

/** Wallets of this browser: found by EIP-6963, asked by EIP-1193, signing by EIP-191 (`personal_sign`). */

export type Provider = {
  readonly request: (question: { readonly method: string; readonly params?: readonly unknown[] }) => Promise<unknown>
}

export type Wallet = { readonly id: string; readonly name: string; readonly provider: Provider }

export type WalletOutcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly why: string }

type Announcement = CustomEvent<{
  readonly info: { readonly uuid: string; readonly name: string }
  readonly provider: Provider
}>

/** The wallets that announce themselves; a new one appears when its extension wakes up. */
export function useWallets(): readonly Wallet[] {
  const [wallets, setWallets] = useState<readonly Wallet[]>([])
  useEffect(() => {
    const hear = (event: Event) => {
      const { info, provider } = (event as Announcement).detail
      const wallet = { id: info.uuid, name: info.name, provider }
      setWallets((known) => (known.some(({ id }) => id === wallet.id) ? known : [...known, wallet]))
    }
    window.addEventListener('eip6963:announceProvider', hear)
    window.dispatchEvent(new Event('eip6963:requestProvider'))
    return () => window.removeEventListener('eip6963:announceProvider', hear)
  }, [])
  return wallets
}

/** The account that the wallet lets us see, and the chain it is on. */
export const askAccount = ({
  provider,
}: Wallet): Promise<WalletOutcome<{ readonly address: string; readonly chain_id: number }>> =>
  outcomeOf(async () => {
    const accounts = await provider.request({ method: 'eth_requestAccounts' })
    const chain = await provider.request({ method: 'eth_chainId' })
    const address: unknown = Array.isArray(accounts) ? accounts[0] : undefined
    if (typeof address !== 'string' || typeof chain !== 'string') throw new Error('it showed no account')
    return { address, chain_id: Number(chain) }
  })

/** The wallet's signature under a message, word for word. */
export const askSignature = ({ provider }: Wallet, message: string, address: string): Promise<WalletOutcome<string>> =>
  outcomeOf(async () => {
    const bytes = new TextEncoder().encode(message)
    const hex = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
    const signature = await provider.request({ method: 'personal_sign', params: [hex, address] })
    if (typeof signature !== 'string') throw new Error('it gave no signature')
    return signature
  })

const userRefused = 4001

/** What a wallet did, or its refusal as a sentence. */
export async function outcomeOf<Answer>(ask: () => Promise<Answer>): Promise<WalletOutcome<Answer>> {
  try {
    return { kind: 'answered', answer: await ask() }
  } catch (error) {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
    if (code === userRefused) return { kind: 'refused', why: 'You declined in the wallet. Nothing was done.' }
    return {
      kind: 'refused',
      why: `The wallet did not do it: ${typeof message === 'string' ? message : 'no reason given'}.`,
    }
  }
}
