import { deepEqual, doesNotMatch, equal, match, rejects, throws } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { type Address, encodeDeployData, type Hex } from 'viem'
import { devAccounts } from '../../dev/chain/accounts.ts'
import { startAnvilProcess } from '../../dev/chain/anvil.ts'
import { openClient } from '../../dev/chain/client.ts'
import { creditCheckoutAbi } from '../artifacts/credit-checkout.ts'
import { forwarderFactoryAbi } from '../artifacts/forwarder-factory.ts'
import { testFeedAbi, testFeedBytecode } from '../dev/artifacts/test-feed.ts'
import { deploy, type DeployWish } from '../tools/deploy.ts'
import { readDeployArguments } from '../tools/deploy-arguments.ts'
import { create2Deployer, paymentContracts } from '../tools/deployment.ts'

const node = await startAnvilProcess({ chainId: 4_242 })
after(node.stop)
const client = openClient(node.url, 4_242)
const { owner, treasury, signer, relayer } = devAccounts
const roles = { owner: owner.address, treasury: treasury.address, signer: signer.address }
const { checkout, factory } = paymentContracts(roles)
const wish: DeployWish = { rpcUrl: node.url, roles, send: false }

/** What the command says, with what it refuses at the end. */
async function said(changes: Partial<DeployWish>): Promise<string> {
  const lines: string[] = []
  await deploy({ ...wish, ...changes }, (line) => void lines.push(line))
  return lines.join('\n')
}

const isThere = async (address: Address) => (await client.getCode({ address })) !== undefined
const sent = () => client.getTransactionCount({ address: relayer.address })

async function newFeed(): Promise<Address> {
  const data = encodeDeployData({ abi: testFeedAbi, bytecode: testFeedBytecode, args: [8, 250_000_000_000n] })
  const { contractAddress } = await client.settle(await client.sendTransaction({ account: treasury, data }))
  return contractAddress as Address
}

/** Runs a test on the chain as it is at the beginning. */
function onNewChain(title: string, body: () => Promise<void>): void {
  test(title, async () => {
    const snapshot = await client.snapshot()
    await body()
    await client.revert({ id: snapshot })
  })
}

onNewChain('a dry run says what would be sent and what it costs, and sends nothing', async () => {
  const report = await said({ key: relayer.key })
  match(report, new RegExp(`CreditCheckout +${checkout.address}`))
  match(report, new RegExp(`ForwarderFactory +${factory.address}`))
  match(report, /CreditCheckout +about \d{7} gas/)
  match(report, /together about 0\.\d+ of the chain's coin/)
  match(report, /Nothing was sent/)
  match(report, new RegExp(`"checkout": "${checkout.address}"`))
  deepEqual([await isThere(checkout.address), await isThere(factory.address), await sent()], [false, false, 0])
})

onNewChain('what is deployed has the roles that were wished, and deposit addresses that follow them', async () => {
  await said({ key: relayer.key, send: true })
  const at = { address: checkout.address, abi: creditCheckoutAbi } as const
  for (const role of ['owner', 'treasury', 'signer'] as const)
    equal(await client.readContract({ ...at, functionName: role }), roles[role])
  const source = await client.readContract({
    address: factory.address,
    abi: forwarderFactoryAbi,
    functionName: 'treasurySource',
  })
  equal(source, checkout.address)
})

onNewChain('a run that was cut off is run again, and one that is done sends nothing more', async () => {
  const data = checkout.transactionData
  await client.settle(await client.sendTransaction({ account: treasury, to: create2Deployer, data }))
  match(await said({ key: relayer.key, send: true }), /CreditCheckout.*\(is there\)/)
  deepEqual([await isThere(factory.address), await sent()], [true, 1])
  match(await said({ key: relayer.key, send: true }), /There is nothing to do/)
  equal(await sent(), 1)
})

onNewChain(
  'the owner sets the feed with the same command; anybody else is told what the owner has to send',
  async () => {
    const feed = { feed: await newFeed(), heartbeat: 3_600, sequencer: noSequencer, grace: 0, toleranceBps: 100 }
    const report = await said({ key: relayer.key, send: true, feed })
    match(report, /2500, \d+ s old, heartbeat 3600 s/)
    const data = /this transaction to (0x\w+):\n {2}(0x\w+)/.exec(report)
    equal(data?.[1], checkout.address)
    await client.settle(await client.sendTransaction({ account: owner, to: checkout.address, data: data?.[2] as Hex }))
    const price = () =>
      client.readContract({
        address: checkout.address,
        abi: creditCheckoutAbi,
        functionName: 'nativeAmount',
        args: [2_500_000_000_000n],
      })
    equal(await price(), 10n ** 18n)
    await said({ key: owner.key, send: true, feed: { ...feed, feed: await newFeed() } })
    equal(await price(), 10n ** 18n)
  },
)

onNewChain('a feed without a fresh price is not set', async () => {
  const feed = { feed: await newFeed(), heartbeat: 3_600, sequencer: noSequencer, grace: 0, toleranceBps: 100 }
  await client.increaseTime({ seconds: 4_000 })
  await client.mine({ blocks: 1 })
  await rejects(said({ key: relayer.key, send: true, feed }), /no price, or one older than its heartbeat/)
  equal(await sent(), 0)
})

onNewChain('the key on the server may neither own the contract nor hold the money', async () => {
  await rejects(said({ roles: { ...roles, signer: roles.owner } }), /signer must not be the owner/)
  await rejects(said({ roles: { ...roles, signer: roles.treasury } }), /signer must not be the treasury/)
})

onNewChain('a chain without the deployer, and a send without a key, are refused before anything is sent', async () => {
  await rejects(said({ send: true }), /REDPILL_DEPLOYER_KEY/)
  await client.setCode({ address: create2Deployer, bytecode: '0x' })
  await rejects(said({ key: relayer.key, send: true }), /has no deployer/)
  equal(await sent(), 0)
})

onNewChain('a contract whose roles have changed since is told apart from what was wished', async () => {
  await said({ key: relayer.key, send: true })
  const change = {
    address: checkout.address,
    abi: creditCheckoutAbi,
    account: owner,
    functionName: 'setSigner',
  } as const
  await client.settle(await client.writeContract({ ...change, args: [relayer.address] }))
  await rejects(said({ key: relayer.key, send: true }), /signer of 0x\w+ has been changed/)
})

const needed = ['--rpc', node.url, '--owner', roles.owner, '--treasury', roles.treasury, '--signer', roles.signer]

test('what is written wrongly is refused by its name', () => {
  const wrong: [args: string[], why: RegExp][] = [
    [needed.slice(2), /--rpc must be/],
    [needed.with(1, 'node'), /--rpc must be/],
    [needed.with(3, '0x12'), /--owner must be an address/],
    [needed.with(5, '0x0000000000000000000000000000000000000000'), /--treasury must be/],
    [needed.with(7, '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92267'), /--signer must be/],
    [[...needed, '--feed', roles.owner], /--heartbeat must be/],
    [[...needed, '--heartbeat', '60'], /belong to a --feed/],
    [[...needed, '--feed', roles.owner, '--heartbeat', '60', '--tolerance-bps', '10000'], /--tolerance-bps must be/],
    [[...needed, '--sned'], /--sned/],
  ]
  for (const [args, why] of wrong) throws(() => readDeployArguments(args, undefined), why)
  throws(() => readDeployArguments(needed, '0x12'), /REDPILL_DEPLOYER_KEY must be/)
})

test('the command never says the URL of the node, which often holds a key', async () => {
  const rpc = 'http://127.0.0.1:1/v2/secret-of-the-node'
  const program = join(import.meta.dirname, '..', 'tools', 'main.ts')
  const env = { ...process.env, REDPILL_DEPLOYER_KEY: relayer.key }
  const child = spawn(process.execPath, [program, 'deploy', ...needed.with(1, rpc)], { env, stdio: 'pipe' })
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)])
  match(complaint, /\S/)
  for (const secret of ['secret-of-the-node', relayer.key.slice(2)])
    doesNotMatch(out + complaint, new RegExp(secret), out + complaint)
})

const noSequencer: Address = '0x0000000000000000000000000000000000000000'
