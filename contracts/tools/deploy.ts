import {
  type Address,
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  formatEther,
  formatUnits,
  type Hex,
  http,
  isAddressEqual,
  parseAbi,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { creditCheckoutAbi } from '../artifacts/credit-checkout.ts'
import { Refusal } from './refusal.ts'
import { create2Deployer, type Deployed, paymentContracts, type Roles } from './deployment.ts'

export type FeedWish = {
  readonly feed: Address
  readonly heartbeat: number
  readonly sequencer: Address
  readonly grace: number
  readonly toleranceBps: number
}

export type DeployWish = {
  readonly rpcUrl: string
  readonly roles: Roles
  /** With which feed the contract compares prices of the chain's own coin. */
  readonly feed?: FeedWish | undefined
  /** Who pays for the deployment; needed to send, not to see what would be sent. */
  readonly key?: Hex | undefined
  /** Without it nothing is sent. */
  readonly send: boolean
}

const feedAbi = parseAbi([
  'function decimals() view returns (uint8)',
  'function description() view returns (string)',
  'function latestRoundData() view returns (uint80, int256, uint256, uint256, uint80)',
])

const open = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl) })
type Reader = ReturnType<typeof open>
type Say = (line: string) => void
type Call = { readonly name: string; readonly to: Address; readonly data: Hex }

/**
 * Puts the contracts on a chain, or says what that would do and cost. What is there already is left alone, so that a run
 * that was cut off is run again.
 */
export async function deploy(wish: DeployWish, say: Say): Promise<void> {
  checkRoles(wish.roles)
  const reader = open(wish.rpcUrl)
  const id = await reader.getChainId()
  const { checkout, factory } = paymentContracts(wish.roles)
  say(`Chain ${id}, block ${await reader.getBlockNumber()}`)
  for (const [role, address] of Object.entries(wish.roles))
    say(`  ${role.padEnd(8)} ${address} (${(await hasCode(reader, address)) ? 'a contract' : 'a key'})`)
  if (!(await hasCode(reader, create2Deployer)))
    throw new Refusal(`This chain has no deployer at ${create2Deployer}; see docs/contracts.md`)
  const missing = await missingOf(reader, [checkout, factory], say)
  const calls: Call[] = missing.map(({ name, transactionData }) => ({
    name,
    to: create2Deployer,
    data: transactionData,
  }))
  const setFeed = wish.feed && (await feedCall(reader, checkout, wish.feed, say))
  const sender = wish.key && privateKeyToAccount(wish.key)
  if (setFeed && (!sender || !isAddressEqual(sender.address, wish.roles.owner))) {
    say(`\nThe owner sets the feed itself, by this transaction to ${setFeed.to}:\n  ${setFeed.data}`)
  } else if (setFeed) calls.push(setFeed)
  await sayCosts(reader, calls, sender?.address ?? wish.roles.owner, say)
  if (wish.send) await sendAll(wish, reader, chainOf(id, wish.rpcUrl), calls, say)
  else if (calls.length > 0) say('\nNothing was sent. With --send it is.')
  if (wish.send || missing.length === 0) await readBack(reader, wish.roles, checkout)
  sayFile(id, checkout, factory, wish.roles, say)
}

/** The signer's key lies on a server that the internet can reach. */
function checkRoles({ owner, treasury, signer }: Roles): void {
  if (isAddressEqual(signer, owner))
    throw new Refusal('The signer must not be the owner: its key lies on the server, and the owner names treasuries.')
  if (isAddressEqual(signer, treasury))
    throw new Refusal(
      'The signer must not be the treasury: its key lies on the server, and the treasury has the money.',
    )
}

const hasCode = async (reader: Reader, address: Address): Promise<boolean> =>
  (await reader.getCode({ address })) !== undefined

async function missingOf(reader: Reader, contracts: readonly Deployed[], say: Say): Promise<readonly Deployed[]> {
  const missing: Deployed[] = []
  for (const contract of contracts) {
    const isThere = await hasCode(reader, contract.address)
    if (!isThere) missing.push(contract)
    say(`  ${contract.name.padEnd(17)} ${contract.address}${isThere ? ' (is there)' : ''}`)
  }
  return missing
}

/** Asks the feed before the contract does: a wrong address or heartbeat shows itself here. */
async function feedCall(reader: Reader, checkout: Deployed, source: FeedWish, say: Say): Promise<Call> {
  const feed = { address: source.feed, abi: feedAbi } as const
  const [decimals, description, [, answer, , updatedAt], { timestamp }] = await Promise.all([
    reader.readContract({ ...feed, functionName: 'decimals' }),
    reader.readContract({ ...feed, functionName: 'description' }).catch(() => 'a feed without a description'),
    reader.readContract({ ...feed, functionName: 'latestRoundData' }),
    reader.getBlock(),
  ])
  const age = timestamp - updatedAt
  say(`  ${description}: ${formatUnits(answer, decimals)}, ${age} s old, heartbeat ${source.heartbeat} s`)
  if (answer <= 0n || age > BigInt(source.heartbeat))
    throw new Refusal('The feed has no price, or one older than its heartbeat: is this the right feed and heartbeat?')
  const data = encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'setNativeFeed', args: [source] })
  return { name: 'setNativeFeed', to: checkout.address, data }
}

async function sayCosts(reader: Reader, calls: readonly Call[], from: Address, say: Say): Promise<void> {
  if (calls.length === 0) return say('\nThere is nothing to do.')
  const price = await reader.getGasPrice()
  let total = 0n
  say('')
  for (const { name, to, data } of calls) {
    // A contract that is not there yet cannot be asked what calling it costs.
    const canAsk = to === create2Deployer || (await hasCode(reader, to))
    const gas = canAsk ? await reader.estimateGas({ account: from, to, data }) : 120_000n
    total += gas
    say(`  ${name.padEnd(17)} about ${gas} gas`)
  }
  say(`  together about ${formatEther(total * price)} of the chain's coin at its price of this moment`)
}

const chainOf = (id: number, rpcUrl: string): Chain =>
  defineChain({
    id,
    name: String(id),
    nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })

async function sendAll(wish: DeployWish, reader: Reader, chain: Chain, calls: readonly Call[], say: Say) {
  if (!wish.key) throw new Refusal('To send, name the key that pays for it in REDPILL_DEPLOYER_KEY.')
  const wallet = createWalletClient({ account: privateKeyToAccount(wish.key), chain, transport: http(wish.rpcUrl) })
  say('')
  for (const { name, to, data } of calls) {
    const hash = await wallet.sendTransaction({ to, data })
    say(`  ${name.padEnd(17)} ${hash}`)
    const { status } = await reader.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Refusal(`${name} failed on the chain; nothing after it was sent`)
  }
}

/** What stands there says of itself what was wished. */
async function readBack(reader: Reader, roles: Roles, { address }: Deployed): Promise<void> {
  for (const role of ['owner', 'treasury', 'signer'] as const) {
    const actual = await reader.readContract({ address, abi: creditCheckoutAbi, functionName: role })
    if (!isAddressEqual(actual, roles[role]))
      throw new Refusal(`The ${role} of ${address} has been changed since: it is ${actual}`)
  }
}

function sayFile(id: number, checkout: Deployed, factory: Deployed, { treasury }: Roles, say: Say): void {
  const chain = { id, checkout: checkout.address, factory: factory.address, treasury }
  say(`\nIn the file that REDPILL_CHAINS names, this chain has:\n${JSON.stringify(chain, undefined, 2)}`)
}
