import { createPublicClient, http, type Hex } from 'viem'
import { startAnvilProcess } from '../../../dev/chain/anvil.ts'
import { atEnd, type Scope } from './scope.ts'

export type Anvil = {
  readonly url: string
  readonly chainId: number
  /** Puts a contract on the chain by its creation code; gives its address. */
  readonly deploy: (creation: Hex) => Promise<Hex>
  /** What the node is asked, by method. */
  readonly call: (method: string, params: readonly unknown[]) => Promise<unknown>
}

/** Starts a chain of its own, on any free port; it ends with the scope. */
export async function startAnvil(scope: Scope, { chainId = 31_337 } = {}): Promise<Anvil> {
  const { url, stop } = await startAnvilProcess({ chainId })
  atEnd(scope, stop)
  const client = createPublicClient({ transport: http(url, { retryCount: 0 }) })
  const call: Anvil['call'] = (method, params) => client.request({ method, params } as never)
  const [sender] = (await call('eth_accounts', [])) as Hex[]
  return {
    url,
    chainId,
    call,
    async deploy(creation) {
      const hash = (await call('eth_sendTransaction', [{ from: sender, data: creation, gas: '0x1000000' }])) as Hex
      const { contractAddress } = await client.waitForTransactionReceipt({ hash })
      if (!contractAddress) throw new Error('nothing was deployed')
      return contractAddress
    },
  }
}

const strip = (address: Hex): string => address.slice(2).toLowerCase()

/**
 * Creation code of a wallet that is a contract (ERC-1271): `isValidSignature(hash, signature)` gives its magic value when
 * `ecrecover` finds the owner, and zeros when not. `salt` makes another contract of the same owner.
 */
export function walletCreation(owner: Hex): Hex {
  const runtime = [
    '600435600052', // memory[0] = hash
    '60a43560f81c602052', // memory[32] = v
    '606435604052', // memory[64] = r
    '608435606052', // memory[96] = s
    '602060806080600060015afa50', // ecrecover -> memory[128]
    `60805173${strip(owner)}14`, // is it the owner?
    '631626ba7e60e01b02', // then the magic value, left-aligned
    '60005260206000f3',
  ].join('')
  const size = (runtime.length / 2).toString(16).padStart(4, '0')
  return `0x61${size}80600c6000396000f3${runtime}`
}

/** Where everybody may put a contract at an address that follows from its code (CREATE2); anvil has it from the start. */
export const create2Deployer: Hex = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
