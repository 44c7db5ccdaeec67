import type { Address, Hex } from 'viem'
import { devAccounts } from './accounts.ts'
import { startAnvilProcess } from './anvil.ts'
import { type DevClient, openClient } from './client.ts'
import { type ChainsFile, chainsFileFor, deployContracts, devAddresses } from './contracts.ts'
import { type Faucet, faucetMethod, openFaucet } from './faucet.ts'
import { type Behind, openFront } from './front.ts'
import { setPace } from './pace.ts'
import { reorganise } from './reorganise.ts'

export { type DevAccount } from './accounts.ts'
export type { ChainsFile, DevClient, Faucet }

export type DevChainOptions = {
  /** Registers what stops the chain, such as `after` of node:test. */
  readonly after?: ((stop: () => Promise<void>) => void) | undefined
  /** Any free one, unless it is said. */
  readonly port?: number | undefined
  readonly chainId?: number | undefined
  /** Seconds between blocks while somebody sends transactions (fifteen times as many when nobody does); without it every transaction makes its own block at once. */
  readonly blockTime?: number | undefined
  readonly stateFile?: string | undefined
}

export type DevChain = {
  /** Answers JSON-RPC, to programs and to pages of this machine; also `redpill_faucet`. */
  readonly rpcUrl: string
  readonly chainId: number
  readonly addresses: Readonly<
    Record<'checkout' | 'factory' | 'treasury' | 'usdc' | 'usdt' | 'nativeFeed' | 'usdcFeed', Address>
  >
  /** Keys that everybody knows: `signer` signs quotes, `relayer` pays gas, `payers` pay. */
  readonly accounts: typeof devAccounts
  /** What the server takes by `REDPILL_CHAINS`; each call makes one that may be changed. */
  readonly chainsFile: () => ChainsFile
  readonly client: DevClient
  /** Gives test money; resolves when the transactions are handed in. */
  readonly faucet: Faucet
  readonly mine: (blocks?: number) => Promise<void>
  readonly snapshot: () => Promise<Hex>
  /** Back to a snapshot, which is then used up. */
  readonly revert: (snapshot: Hex) => Promise<void>
  /**
   * Replaces the newest `depth` blocks by others of the same number. Transactions of the old ones are gone unless they are
   * named, raw, with the block (0 is the lowest) that they come in.
   */
  readonly reorg: (depth: number, transactions?: readonly (readonly [raw: Hex, block: number])[]) => Promise<void>
  /** Settles when the node has ended. */
  readonly ended: Promise<void>
  readonly stop: () => Promise<void>
}

/** A chain of its own with the contracts, test tokens, price feeds and a faucet. */
export async function startDevChain(options: DevChainOptions = {}): Promise<DevChain> {
  const { port = 0, chainId = 31_337, blockTime, stateFile } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (let last = stops.pop(); last; last = stops.pop()) await last()
  }
  // Called on what it came with: a test's context knows itself by `this`.
  options.after?.(stop)
  try {
    // The port first: whoever does not get it leaves the state of the one who has it alone.
    const behind = Promise.withResolvers<Behind>()
    const front = await openFront(port, behind.promise)
    stops.push(front.stop)
    const anvil = await startAnvilProcess({ chainId, stateFile })
    stops.push(anvil.stop)
    const client = openClient(anvil.url, chainId)
    await deployContracts(client)
    const pace = blockTime === undefined ? undefined : await makeBlocksEvery(client, blockTime)
    if (pace) stops.push(pace.stop)
    const faucet = openFaucet(client)
    behind.resolve({ nodeUrl: anvil.url, own: { redpill_faucet: faucetMethod(faucet) }, beforeSending: pace?.quicken })
    return {
      rpcUrl: front.url,
      chainId,
      addresses: devAddresses,
      accounts: devAccounts,
      chainsFile: () => chainsFileFor(chainId, front.url),
      client,
      faucet,
      ...timeMachine(client),
      ended: anvil.ended,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function timeMachine(client: DevClient): Pick<DevChain, 'mine' | 'snapshot' | 'revert' | 'reorg'> {
  return {
    mine: (blocks = 1) => client.mine({ blocks }),
    snapshot: () => client.snapshot(),
    revert: (id) => client.revert({ id }),
    reorg: (depth, transactions = []) => reorganise(client, depth, transactions),
  }
}

async function makeBlocksEvery(client: DevClient, seconds: number) {
  await client.setAutomine(false)
  const pace = setPace(client, seconds)
  await pace.quicken()
  return pace
}
