import { type Address, encodeDeployData, zeroAddress } from 'viem'
import { creditCheckoutAbi } from '../../contracts/artifacts/credit-checkout.ts'
import { noReturnTokenBytecode } from '../../contracts/dev/artifacts/no-return-token.ts'
import { testFeedAbi, testFeedBytecode } from '../../contracts/dev/artifacts/test-feed.ts'
import { testUSDCBytecode } from '../../contracts/dev/artifacts/test-usdc.ts'
import { create2Deployer, type Deployed, deterministic, paymentContracts } from '../../contracts/tools/deployment.ts'
import { devAccounts } from './accounts.ts'
import type { DevClient } from './client.ts'

/** A feed of the dev chain does not go stale by itself; tests make it. */
const heartbeat = 10 * 365 * 24 * 3_600

const { owner, treasury, signer } = devAccounts
const { checkout, factory } = paymentContracts({
  owner: owner.address,
  treasury: treasury.address,
  signer: signer.address,
})
const feed = (name: string, usd: bigint): Deployed =>
  deterministic(name, encodeDeployData({ abi: testFeedAbi, bytecode: testFeedBytecode, args: [8, usd * 10n ** 8n] }))

const deployed = {
  checkout,
  factory,
  usdc: deterministic('TestUSDC', testUSDCBytecode),
  usdt: deterministic('NoReturnToken', noReturnTokenBytecode),
  /** USD for one ETH, 4000 at the beginning. */
  nativeFeed: feed('TestFeed of ETH', 4_000n),
  /** USD for one TestUSDC. */
  usdcFeed: feed('TestFeed of TestUSDC', 1n),
}

type Name = keyof typeof deployed

/** Where things are; the same on every dev chain. */
export const devAddresses: Readonly<Record<Name | 'treasury', Address>> = {
  checkout: deployed.checkout.address,
  factory: deployed.factory.address,
  usdc: deployed.usdc.address,
  usdt: deployed.usdt.address,
  nativeFeed: deployed.nativeFeed.address,
  usdcFeed: deployed.usdcFeed.address,
  treasury: treasury.address,
}

/** Puts on the chain what is not there yet. */
export async function deployContracts(client: DevClient): Promise<void> {
  for (const { address, transactionData } of Object.values(deployed)) {
    if ((await client.getCode({ address })) !== undefined) continue
    await client.settle(await client.sendTransaction({ account: owner, to: create2Deployer, data: transactionData }))
  }
  const [now] = await client.readContract({
    address: checkout.address,
    abi: creditCheckoutAbi,
    functionName: 'nativeFeed',
  })
  if (now !== zeroAddress) return
  const source = {
    feed: devAddresses.nativeFeed,
    heartbeat,
    sequencer: zeroAddress,
    grace: 0,
    toleranceBps: 200,
  } as const
  await client.settle(
    await client.writeContract({
      account: owner,
      address: checkout.address,
      abi: creditCheckoutAbi,
      functionName: 'setNativeFeed',
      args: [source],
    }),
  )
}

/**
 * The file that the server takes by `REDPILL_CHAINS` (its shape: server/src/payments/chain/settings.ts).
 * @param rpcUrl where the server asks, and the console's own wallet
 */
export const chainsFileFor = (chainId: number, rpcUrl: string) => ({
  chains: [
    {
      id: chainId,
      name: 'Dev chain',
      rpcUrls: [rpcUrl],
      walletRpcUrl: rpcUrl,
      confirmations: 5 as number | 'safe' | 'finalized',
      pollSeconds: 1,
      startBlock: 0,
      checkout: devAddresses.checkout,
      factory: devAddresses.factory,
      treasury: devAddresses.treasury,
      testWallet: true,
      tokens: [
        {
          address: devAddresses.usdc as Address | null,
          symbol: 'TestUSDC',
          name: 'Test USDC',
          decimals: 6,
          kind: 'stable' as 'stable' | 'native',
          feed: { address: devAddresses.usdcFeed, heartbeat },
          authorizations: ['permit', 'transfer_with_authorization'],
          domain: { name: 'Test USDC', version: '1' },
        },
        { address: devAddresses.usdt, symbol: 'TestUSDT', name: 'Test USDT', decimals: 6, kind: 'stable' as const },
        {
          address: null,
          symbol: 'ETH',
          name: 'Test ether',
          decimals: 18,
          kind: 'native' as const,
          feed: { address: devAddresses.nativeFeed, heartbeat },
        },
      ],
    },
  ],
})

export type ChainsFile = ReturnType<typeof chainsFileFor>
