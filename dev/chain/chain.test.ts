import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Hex, parseEther, parseUnits } from 'viem'
import { noReturnTokenAbi } from '../../contracts/dev/artifacts/no-return-token.ts'
import { testUSDCAbi } from '../../contracts/dev/artifacts/test-usdc.ts'
import { startDevChain } from './index.ts'

const chain = await startDevChain({ after })
const { client, addresses, accounts } = chain
const [payer, other] = accounts.payers
const somebody: Hex = `0x${'5a'.repeat(20)}`

type Answer = { status: number; allowed: string | null; body: { result?: unknown; error?: unknown } | undefined }

async function ask(method: string, params: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })
  const all = { 'content-type': 'application/json', ...headers }
  const reply = await fetch(chain.rpcUrl, { method: 'POST', headers: all, body })
  const text = await reply.text()
  return {
    status: reply.status,
    allowed: reply.headers.get('access-control-allow-origin'),
    body: text ? (JSON.parse(text) as Answer['body']) : undefined,
  }
}

const balances = async (of: Hex) => ({
  eth: await client.getBalance({ address: of }),
  usdc: await client.readContract({
    abi: testUSDCAbi,
    address: addresses.usdc,
    functionName: 'balanceOf',
    args: [of],
  }),
  usdt: await client.readContract({
    abi: noReturnTokenAbi,
    address: addresses.usdt,
    functionName: 'balanceOf',
    args: [of],
  }),
})

test('every chain has the same contracts at the same addresses', async () => {
  const twin = await startDevChain({ after })
  deepEqual(twin.addresses, addresses)
  notEqual(twin.rpcUrl, chain.rpcUrl)
  for (const address of Object.values(addresses)) {
    if (address === addresses.treasury) continue
    const code = await client.getCode({ address })
    equal(await twin.client.getCode({ address }), code)
    notEqual(code, undefined, address)
  }
  await twin.stop()
})

test('the faucet gives what it is asked for, also to many at once', async () => {
  const before = await balances(somebody)
  const gifts = await Promise.all(
    Array.from({ length: 5 }, () => chain.faucet(somebody, { eth: '0.5', usdc: '20.25', usdt: '1' })),
  )
  for (const hash of gifts.flat()) await client.settle(hash)
  deepEqual(await balances(somebody), {
    eth: before.eth + parseEther('2.5'),
    usdc: before.usdc + parseUnits('101.25', 6),
    usdt: before.usdt + parseUnits('5', 6),
  })
})

test('the faucet is a method of the chain, for curl and for the console of this machine', async () => {
  const before = await balances(payer.address)
  for (const headers of [{}, { origin: 'http://localhost:8787' }]) {
    const { body } = await ask('redpill_faucet', [payer.address, { usdc: '3' }], headers)
    const [hash] = (body?.result ?? []) as Hex[]
    await client.settle(hash!)
  }
  equal((await balances(payer.address)).usdc, before.usdc + parseUnits('6', 6))
})

test('the faucet says what it cannot read', async () => {
  for (const params of [[], ['0x1'], [somebody, { eth: 1 }], [somebody, { btc: '1' }], [somebody, { eth: '-1' }]]) {
    const { body } = await ask('redpill_faucet', params)
    match(JSON.stringify(body?.error), /"message":"[^"]+/, JSON.stringify(params))
  }
})

test('a page of another origin can neither read the chain nor move anything on it', async () => {
  for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null', 'http://10.0.0.1:8787']) {
    for (const method of ['eth_blockNumber', 'redpill_faucet', 'evm_mine', 'eth_sendTransaction']) {
      const { status, allowed } = await ask(method, [somebody], { origin })
      deepEqual([status, allowed], [403, null], `${origin} ${method}`)
    }
  }
})

test('a page of this machine may ask what a wallet asks, and not for the accounts and the clock of the node', async () => {
  const origin = 'http://127.0.0.1:4999'
  const { status, allowed, body } = await ask('eth_chainId', [], { origin })
  deepEqual([status, allowed, body?.result], [200, origin, '0x7a69'])
  for (const method of ['evm_mine', 'anvil_setBalance', 'hardhat_reset', 'eth_sendTransaction', 'eth_signTypedData_v4'])
    equal((await ask(method, [], { origin })).status, 403, method)
})

test('a name that leads here and is none of this machine is no way in', async () => {
  const { request } = await import('node:http')
  const { port } = new URL(chain.rpcUrl)
  const status = await new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method: 'POST', headers: { host: `evil.example:${port}` } })
    call.once('error', reject).once('response', (reply) => resolve(reply.statusCode))
    call.end('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}')
  })
  equal(status, 403)
})

test('a reorganisation replaces blocks, drops what was in them, and takes in what it is given', async () => {
  const recipient: Hex = `0x${'7b'.repeat(20)}`
  const request = await client.prepareTransactionRequest({ account: other, to: recipient, value: 5n })
  const raw = await other.signTransaction(request as Parameters<typeof other.signTransaction>[0])
  const { blockNumber, blockHash } = await client.settle(
    await client.sendRawTransaction({ serializedTransaction: raw }),
  )
  await chain.mine(2)
  await chain.reorg(3)
  equal(await client.getBalance({ address: recipient }), 0n, 'the transaction is gone')
  notEqual((await client.getBlock({ blockNumber })).hash, blockHash)
  equal(await client.getBlockNumber(), blockNumber + 2n)
  await chain.reorg(2, [[raw, 1]])
  equal(await client.getBalance({ address: recipient }), 5n, 'it is back, in another block')
})

test('transactions that come while blocks are replaced leave no hole in the chain', async () => {
  const sender = accounts.faucet.address
  let isOver = false
  const sending = (async () => {
    for (; !isOver; await sleep(10)) await client.sendTransaction({ account: sender, to: sender, value: 1n })
  })()
  try {
    for (let times = 0; times < 20; times++) await chain.reorg(1 + (times % 9))
  } finally {
    isOver = true
    await sending
  }
  const head = await client.getBlockNumber()
  for (let number = 1n; number <= head; number++) {
    const { parentHash } = await client.getBlock({ blockNumber: number })
    equal(parentHash, (await client.getBlock({ blockNumber: number - 1n })).hash)
  }
})

test('a snapshot is gone back to', async () => {
  const before = await balances(somebody)
  const snapshot = await chain.snapshot()
  for (const hash of await chain.faucet(somebody)) await client.settle(hash)
  notEqual((await balances(somebody)).usdc, before.usdc)
  await chain.revert(snapshot)
  deepEqual(await balances(somebody), before)
})

test('safe and finalized blocks follow the newest', async () => {
  await chain.mine(8)
  const newest = await client.getBlockNumber()
  equal((await client.getBlock({ blockTag: 'safe' })).number, newest - 2n)
  equal((await client.getBlock({ blockTag: 'finalized' })).number, newest - 4n)
})
