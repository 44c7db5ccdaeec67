import {
  type Address,
  concat,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  erc20Abi,
  formatEther,
  getCreate2Address,
  type Hex,
  http,
  keccak256,
  padHex,
  zeroAddress,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { creditCheckoutAbi } from '../artifacts/credit-checkout.ts'
import { forwarderFactoryAbi } from '../artifacts/forwarder-factory.ts'
import { Refusal } from './refusal.ts'

export type SweepWish = {
  readonly rpcUrl: string
  readonly factory: Address
  /** The zero address is the chain's own coin. */
  readonly tokens: readonly Address[]
  /** Ids of the accounts whose deposit addresses are looked at. */
  readonly accounts: readonly string[]
  /** Who pays the gas; needed to send, not to see what lies there. */
  readonly key?: Hex | undefined
  /** Without it nothing is sent. */
  readonly send: boolean
}

type Say = (line: string) => void
type Found = { readonly token: Address; readonly salts: readonly Hex[]; readonly total: bigint }

/** So many addresses in one transaction; each costs at most 110,000 gas. */
const addressesMax = 50

// Questions of one moment go to the node in one request.
const open = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl, { batch: { batchSize: 100 } }) })
type Reader = ReturnType<typeof open>

/** As the server makes it of an account (server/src/payments/chain/addresses.ts). */
export const saltOf = (accountId: string): Hex =>
  padHex(`0x${accountId.replaceAll('-', '').toLowerCase()}`, { size: 32, dir: 'right' })

/** Sends what lies at deposit addresses to the treasury, token by token, or says what lies there. */
export async function sweep(wish: SweepWish, say: Say): Promise<void> {
  const reader = open(wish.rpcUrl)
  const factory = { address: wish.factory, abi: forwarderFactoryAbi } as const
  const [implementation, source] = await Promise.all([
    reader.readContract({ ...factory, functionName: 'implementation' }),
    reader.readContract({ ...factory, functionName: 'treasurySource' }),
  ])
  const treasury = await reader.readContract({ address: source, abi: creditCheckoutAbi, functionName: 'treasury' })
  say(`Chain ${await reader.getChainId()}, treasury ${treasury}`)
  const salts = [...new Set(wish.accounts.map(saltOf))]
  const addressOf = addressesOf(wish.factory, implementation)
  const found: Found[] = []
  for (const token of wish.tokens) found.push(await look(reader, token, salts, addressOf))
  for (const { token, salts: there, total } of found) {
    const unit = token === zeroAddress ? `${formatEther(total)} of the chain's coin` : `${total} units of ${token}`
    say(`  ${unit} at ${there.length} of ${salts.length} addresses`)
  }
  if (found.every(({ total }) => total === 0n)) return say('There is nothing to sweep.')
  if (!wish.send) return say('Nothing was sent. With --send it is.')
  if (!wish.key) throw new Refusal('To send, name the key that pays the gas in REDPILL_RELAYER_KEY.')
  let failures = 0
  for (const { token, salts: there } of found) {
    for (let at = 0; at < there.length; at += addressesMax)
      if (!(await send(wish, reader, token, there.slice(at, at + addressesMax), wish.key, say))) failures++
  }
  if (failures > 0) throw new Refusal('Some of it could not be swept (above); it stays where it is.')
}

/** Where the factory puts the clone of a salt (ERC-1167, CREATE2). */
function addressesOf(factory: Address, implementation: Address): (salt: Hex) => Address {
  const code = concat([
    '0x3d602d80600a3d3981f3363d3d373d3d3d363d73',
    implementation,
    '0x5af43d82803e903d91602b57fd5bf3',
  ])
  const bytecodeHash = keccak256(code)
  return (salt) => getCreate2Address({ from: factory, salt, bytecodeHash })
}

async function look(reader: Reader, token: Address, salts: readonly Hex[], addressOf: (salt: Hex) => Address) {
  const balances = await Promise.all(
    salts.map(async (salt) => {
      const address = addressOf(salt)
      if (token === zeroAddress) return reader.getBalance({ address })
      return reader.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [address] })
    }),
  )
  const there = salts.filter((_, at) => (balances[at] ?? 0n) > 0n)
  return { token, salts: there, total: balances.reduce((sum, balance) => sum + balance, 0n) }
}

/** One token at a time, so that one that fails keeps no other. */
async function send(wish: SweepWish, reader: Reader, token: Address, salts: readonly Hex[], key: Hex, say: Say) {
  const account = privateKeyToAccount(key)
  const data = encodeFunctionData({ abi: forwarderFactoryAbi, functionName: 'sweep', args: [salts, [token]] })
  try {
    await reader.estimateGas({ account, to: wish.factory, data })
  } catch {
    say(`  ${token}: its transfer fails for these ${salts.length} addresses`)
    return false
  }
  const wallet = createWalletClient({ account, transport: http(wish.rpcUrl) })
  const hash = await wallet.sendTransaction({ chain: null, to: wish.factory, data })
  const { status, gasUsed } = await reader.waitForTransactionReceipt({ hash })
  say(`  ${hash} ${status}: ${salts.length} addresses, ${gasUsed} gas`)
  return status === 'success'
}
