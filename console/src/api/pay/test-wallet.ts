import { callApi } from '../client.ts'
import type { Provider, Wallet } from '../wallet.ts'

/**
 * A wallet of this page for chains of a laptop: its key is made here and kept in this browser, for coins that are worth
 * nothing. It asks the chain through the server, which lets nobody ask any other chain so: pages talk to nobody else.
 */
export const testWallet = (chainId: number): Wallet => ({
  id: `redpill-test-${chainId}`,
  name: 'Test wallet',
  provider: providerOf(chainId),
})

const keyName = 'redpill.test-wallet'

/** The key of this browser, made when it is asked for first. */
export function testKey(): `0x${string}` {
  const kept = localStorage.getItem(keyName)
  if (kept !== null && /^0x[0-9a-f]{64}$/.test(kept)) return kept as `0x${string}`
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const key = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}` as const
  localStorage.setItem(keyName, key)
  return key
}

/** What a node said no to, as wallets pass it on. */
class NodeError extends Error {
  readonly code: number
  constructor({ code, message }: { readonly code: number; readonly message: string }) {
    super(message)
    this.code = code
  }
}

/** Asks the chain, by the server. */
export async function askChain(chainId: number, method: string, params: readonly unknown[]): Promise<unknown> {
  const outcome = await callApi('POST /api/v1/payments/test-chains/{id}', {
    path: { id: String(chainId) },
    body: { method, params: [...params] },
  })
  if (!outcome.ok) throw new Error(outcome.failure.message)
  const { result, error } = outcome.answer.data
  if (error) throw new NodeError(error)
  return result
}

function providerOf(chainId: number): Provider {
  return {
    async request({ method, params = [] }) {
      if (method === 'eth_chainId') return `0x${chainId.toString(16)}`
      const own = await import('./test-account.ts')
      if (method === 'eth_requestAccounts' || method === 'eth_accounts') return [own.address()]
      if (method === 'eth_signTypedData_v4') return own.signTyped(params[1])
      if (method === 'eth_sendTransaction') return own.send(chainId, params[0])
      return askChain(chainId, method, params)
    },
  }
}
