import {
  createTestClient,
  defineChain,
  type Hex,
  http,
  publicActions,
  type TransactionReceipt,
  walletActions,
} from 'viem'

/** Asks a dev chain everything: as anybody, as each of its accounts, and as the one who makes its blocks. */
export function openClient(url: string, chainId: number) {
  const chain = defineChain({
    id: chainId,
    name: 'Dev chain',
    nativeCurrency: { name: 'Test ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  return createTestClient({
    mode: 'anvil',
    chain,
    transport: http(url, { retryCount: 0 }),
    pollingInterval: 50,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions)
    .extend((client) => ({
      /** Waits until a transaction is in a block, and insists that it did what it was for. */
      async settle(hash: Hex): Promise<TransactionReceipt> {
        const receipt = await client.waitForTransactionReceipt({ hash })
        if (receipt.status !== 'success') throw new Error(`transaction ${hash} was reverted`)
        return receipt
      },
    }))
}

export type DevClient = ReturnType<typeof openClient>
