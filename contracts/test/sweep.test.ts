import { equal, match, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Address, type Hex, parseEther, parseUnits, zeroAddress } from 'viem'
import { startDevChain } from '../../dev/chain/index.ts'
import { forwarderFactoryAbi } from '../artifacts/forwarder-factory.ts'
import { noReturnTokenAbi } from '../dev/artifacts/no-return-token.ts'
import { testUSDCAbi } from '../dev/artifacts/test-usdc.ts'
import { saltOf, sweep, type SweepWish } from '../tools/sweep.ts'
import { readSweepArguments } from '../tools/sweep-arguments.ts'

const chain = await startDevChain({ after })
const { client, addresses, accounts } = chain
const ids = Array.from({ length: 53 }, (_, at) => `0190a000-0000-7000-8000-0000000000${String(at).padStart(2, '0')}`)
const wish: SweepWish = {
  rpcUrl: chain.rpcUrl,
  factory: addresses.factory,
  tokens: [addresses.usdc, addresses.usdt, zeroAddress],
  accounts: ids,
  send: false,
}

const depositAddress = (id: string): Promise<Address> =>
  client.readContract({
    address: addresses.factory,
    abi: forwarderFactoryAbi,
    functionName: 'addressOf',
    args: [saltOf(id)],
  })

const usdcOf = (of: Address): Promise<bigint> =>
  client.readContract({ address: addresses.usdc, abi: testUSDCAbi, functionName: 'balanceOf', args: [of] })

async function said(changes: Partial<SweepWish>): Promise<string> {
  const lines: string[] = []
  await sweep({ ...wish, ...changes }, (line) => void lines.push(line))
  return lines.join('\n')
}

async function fund(id: string, gift: Record<string, string>): Promise<void> {
  for (const hash of await chain.faucet(await depositAddress(id), gift)) await client.settle(hash)
}

test('what lies at deposit addresses is told, and swept to the treasury only when that is said', async () => {
  const [first, second] = [ids[0]!, ids[52]!]
  await fund(first, { eth: '0.25', usdc: '12.5' })
  await fund(second, { usdc: '7.5' })
  const report = await said({})
  match(report, new RegExp(`20000000 units of ${addresses.usdc} at 2 of 53 addresses`))
  match(report, /0\.25 of the chain's coin at 1 of 53/)
  match(report, /Nothing was sent/)
  equal(await usdcOf(await depositAddress(first)), parseUnits('12.5', 6))
  const [usdc, coin] = [await usdcOf(addresses.treasury), await client.getBalance({ address: addresses.treasury })]
  match(await said({ send: true, key: accounts.relayer.key }), /success: 2 addresses/)
  equal((await usdcOf(addresses.treasury)) - usdc, parseUnits('20', 6))
  equal((await client.getBalance({ address: addresses.treasury })) - coin, parseEther('0.25'))
  match(await said({ send: true, key: accounts.relayer.key }), /There is nothing to sweep/)
})

test('more addresses than go into one transaction are swept by several', async () => {
  for (const id of ids) await fund(id, { usdc: '1' })
  const before = await usdcOf(addresses.treasury)
  const report = await said({ send: true, key: accounts.relayer.key, tokens: [addresses.usdc] })
  match(report, /success: 50 addresses[\s\S]*success: 3 addresses/)
  equal((await usdcOf(addresses.treasury)) - before, parseUnits('53', 6))
})

test('a token that fails is said to, stays where it is, and keeps no other from being swept', async () => {
  await fund(ids[1]!, { usdc: '3', usdt: '5' })
  const snapshot = await chain.snapshot()
  // Takes every question and fails every transfer: the code of a token whose issuer froze the address.
  const frozen = await client.getCode({ address: addresses.usdt })
  await client.setCode({ address: addresses.usdt, bytecode: failingTransfers(frozen!) })
  const before = await usdcOf(addresses.treasury)
  await rejects(
    said({ send: true, key: accounts.relayer.key, tokens: [addresses.usdt, addresses.usdc] }),
    /Some of it could not be swept/,
  )
  equal((await usdcOf(addresses.treasury)) - before, parseUnits('3', 6))
  await chain.revert(snapshot)
  const held = { address: addresses.usdt, abi: noReturnTokenAbi, functionName: 'balanceOf' } as const
  equal(await client.readContract({ ...held, args: [await depositAddress(ids[1]!)] }), parseUnits('5', 6))
})

test('accounts are found in any list, and what is written wrongly is refused by its name', async () => {
  const needed = ['--rpc', chain.rpcUrl, '--factory', addresses.factory, '--coin']
  const read = (args: readonly string[], input = '') => readSweepArguments(args, undefined, async () => input)
  const found = await read(needed, `Acme  active  12.5  ${ids[3]}\nOther  frozen  0  ${ids[4]}\n`)
  equal(found === 'help' ? '' : found.accounts.join(), [ids[3], ids[4]].join())
  await rejects(read(needed, 'no accounts'), /no id of an account in the input/)
  await rejects(read([...needed, '--account', '12']), /12 is no id/)
  await rejects(read(needed.slice(0, 4)), /Sweep what/)
  await rejects(read(needed.with(3, '0x1')), /--factory must be/)
  await rejects(read([...needed, '--token', 'USDC']), /--token must be/)
  await rejects(said({ send: true, accounts: [ids[1]!] }), /REDPILL_RELAYER_KEY/)
})

/** Runs the code of a token for everything but `transfer`, which it refuses. */
function failingTransfers(code: Hex): Hex {
  const selector = '63a9059cbb'
  const at = code.indexOf(selector)
  if (at < 0) throw new Error('this token has no transfer')
  // The dispatcher compares with another selector instead, and finds no function.
  return `0x${code.slice(2).replace(selector, '63ffffffff')}`
}
