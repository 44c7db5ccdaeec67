import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  keccak256,
  maxUint256,
  parseEther,
  parseEventLogs,
  parseSignature,
  stringToHex,
  type TransactionReceipt,
  zeroAddress,
} from 'viem'
import { startDevChain } from '../../dev/chain/index.ts'
import { creditCheckoutAbi } from '../artifacts/credit-checkout.ts'
import { forwarderFactoryAbi } from '../artifacts/forwarder-factory.ts'
import { noReturnTokenAbi } from '../dev/artifacts/no-return-token.ts'
import { testFeedAbi } from '../dev/artifacts/test-feed.ts'
import { testUSDCAbi } from '../dev/artifacts/test-usdc.ts'

/** The contracts on a real node, asked and signed for as the server and wallets do it, by viem. */
const chain = await startDevChain({ after })
const { client, addresses, accounts } = chain
const [payer, stranger] = accounts.payers
for (const hash of await chain.faucet(payer.address)) await client.settle(hash)

const checkout = { address: addresses.checkout, abi: creditCheckoutAbi } as const
const factory = { address: addresses.factory, abi: forwarderFactoryAbi } as const
const usdc = { address: addresses.usdc, abi: testUSDCAbi } as const
const usdt = { address: addresses.usdt, abi: noReturnTokenAbi } as const
const twenty = 20_000_000n
const tokenDomain = { name: 'Test USDC', version: '1', chainId: chain.chainId, verifyingContract: addresses.usdc }

type Quote = { orderId: Hex; token: Address; amount: bigint; usd: bigint; expiry: bigint }

let orders = 0
async function quoteFor(token: Address, amount: bigint, more: Partial<Quote> = {}): Promise<Quote> {
  const { timestamp } = await client.getBlock()
  const orderId = keccak256(stringToHex(`order ${++orders}`))
  return { orderId, token, amount, usd: 20_000_000_000n, expiry: timestamp + 900n, ...more }
}

const sign = (quote: Quote, { by = accounts.signer, chainId = chain.chainId } = {}): Promise<Hex> =>
  by.signTypedData({
    domain: { name: 'RedPill Credit Checkout', version: '1', chainId, verifyingContract: addresses.checkout },
    types: {
      Quote: [
        { name: 'orderId', type: 'bytes32' },
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
        { name: 'usd', type: 'uint256' },
        { name: 'expiry', type: 'uint256' },
      ],
    },
    primaryType: 'Quote',
    message: quote,
  })

function paidBy(receipt: TransactionReceipt): unknown[] {
  return parseEventLogs({ abi: creditCheckoutAbi, eventName: 'Paid', logs: receipt.logs })
    .filter(({ address }) => address.toLowerCase() === addresses.checkout.toLowerCase())
    .map(({ args }) => args)
}

const held = (token: typeof usdc | typeof usdt, of: Address): Promise<bigint> =>
  client.readContract({ address: token.address, abi: testUSDCAbi, functionName: 'balanceOf', args: [of] })

async function refusedAs(errorName: string, attempt: Promise<unknown>): Promise<void> {
  await rejects(attempt, (error) => {
    const reverted = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionRevertedError)
    equal(reverted instanceof ContractFunctionRevertedError ? reverted.data?.errorName : String(error), errorName)
    return true
  })
}

test('a token pays: the treasury has it, the event tells of it, the checkout holds nothing', async (t) => {
  for (const token of [usdc, usdt]) {
    const approve = { address: token.address, abi: testUSDCAbi, account: payer, functionName: 'approve' } as const
    await client.settle(await client.writeContract({ ...approve, args: [checkout.address, twenty] }))
    const before = await held(token, addresses.treasury)
    const quote = await quoteFor(token.address, twenty)
    const args = [quote, await sign(quote)] as const
    const hash = await client.writeContract({ ...checkout, account: payer, functionName: 'payToken', args })
    const receipt = await client.settle(hash)
    t.diagnostic(`payToken: ${receipt.gasUsed} gas`)
    const { orderId, amount, usd } = quote
    deepEqual(paidBy(receipt), [{ orderId, payer: payer.address, token: token.address, amount, usd }])
    equal((await held(token, addresses.treasury)) - before, twenty)
    equal(await held(token, addresses.checkout), 0n)
    equal(await client.readContract({ ...checkout, functionName: 'paid', args: [orderId] }), true)
    await refusedAs(
      'AlreadyPaid',
      client.simulateContract({ ...checkout, account: payer, functionName: 'payToken', args }),
    )
  }
})

test('a permit pays in one transaction, also when somebody redeemed it first', async (t) => {
  for (const isFrontRun of [false, true]) {
    const quote = await quoteFor(usdc.address, twenty)
    const nonce = await client.readContract({ ...usdc, functionName: 'nonces', args: [payer.address] })
    const deadline = quote.expiry
    const permit = await payer.signTypedData({
      domain: tokenDomain,
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner: payer.address, spender: checkout.address, value: twenty, nonce, deadline },
    })
    const { v, r, s } = readSignature(permit)
    if (isFrontRun) {
      const args = [payer.address, checkout.address, twenty, deadline, v, r, s] as const
      await client.settle(await client.writeContract({ ...usdc, account: stranger, functionName: 'permit', args }))
    }
    const args = [quote, await sign(quote), deadline, v, r, s] as const
    const functionName = 'payTokenWithPermit'
    const receipt = await client.settle(await client.writeContract({ ...checkout, account: payer, functionName, args }))
    t.diagnostic(`payTokenWithPermit: ${receipt.gasUsed} gas`)
    equal(paidBy(receipt).length, 1)
  }
})

test('an authorization pays by whoever brings it, and costs the payer no coin', async (t) => {
  const quote = await quoteFor(usdc.address, twenty)
  const message = {
    from: payer.address,
    to: checkout.address,
    value: quote.amount,
    validAfter: 0n,
    validBefore: quote.expiry,
    nonce: quote.orderId,
  }
  const signature = await payer.signTypedData({
    domain: tokenDomain,
    types: { ReceiveWithAuthorization: authorizationFields },
    primaryType: 'ReceiveWithAuthorization',
    message,
  })
  const coin = await client.getBalance({ address: payer.address })
  const { validAfter, validBefore } = message
  const given = { payer: payer.address, validAfter, validBefore, ...readSignature(signature) }
  const args = [quote, await sign(quote), given] as const
  const functionName = 'payWithAuthorization'
  const receipt = await client.settle(
    await client.writeContract({ ...checkout, account: accounts.relayer, functionName, args }),
  )
  t.diagnostic(`payWithAuthorization: ${receipt.gasUsed} gas`)
  const { orderId, amount, usd } = quote
  deepEqual(paidBy(receipt), [{ orderId, payer: payer.address, token: usdc.address, amount, usd }])
  equal(await client.getBalance({ address: payer.address }), coin)
})

test('coin pays what the feed says, and no longer when the price has fallen', async (t) => {
  const wei = await client.readContract({ ...checkout, functionName: 'nativeAmount', args: [20_000_000_000n] })
  equal(wei, parseEther('0.005'), '20 USD at 4000 USD')
  const pay = async (quote: Quote) => {
    const args = [quote, await sign(quote)] as const
    const call = { ...checkout, account: payer, functionName: 'payNative', args, value: quote.amount } as const
    await client.simulateContract(call)
    return client.settle(await client.writeContract(call))
  }
  const before = await client.getBalance({ address: addresses.treasury })
  const receipt = await pay(await quoteFor(zeroAddress, wei))
  t.diagnostic(`payNative: ${receipt.gasUsed} gas`)
  equal((await client.getBalance({ address: addresses.treasury })) - before, wei)
  const snapshot = await chain.snapshot()
  const { timestamp } = await client.getBlock()
  const set = { address: addresses.nativeFeed, abi: testFeedAbi, account: stranger, functionName: 'set' } as const
  await client.settle(await client.writeContract({ ...set, args: [3_000n * 10n ** 8n, timestamp] }))
  await refusedAs('PriceMoved', pay(await quoteFor(zeroAddress, wei)))
  await client.settle(await client.writeContract({ ...set, args: [4_000n * 10n ** 8n, 1n] }))
  await refusedAs('StalePrice', pay(await quoteFor(zeroAddress, wei)))
  await chain.revert(snapshot)
})

test('forged, changed, late and foreign quotes are refused with a reason that a wallet can show', async () => {
  const quote = await quoteFor(usdc.address, twenty)
  const attempt = (given: Quote, signature: Hex) =>
    client.simulateContract({ ...checkout, account: payer, functionName: 'payToken', args: [given, signature] })
  await refusedAs('BadQuote', attempt(quote, await sign(quote, { by: stranger })))
  await refusedAs('BadQuote', attempt(quote, await sign(quote, { chainId: 1 })))
  await refusedAs('BadQuote', attempt({ ...quote, amount: 1n }, await sign(quote)))
  await refusedAs('BadQuote', attempt(quote, '0x'))
  const late = await quoteFor(usdc.address, twenty, { expiry: 1n })
  await refusedAs('Expired', attempt(late, await sign(late)))
  const coin = await quoteFor(zeroAddress, twenty)
  await refusedAs('WrongCurrency', attempt(coin, await sign(coin)))
})

test('a deposit address is known to the server before it is on the chain, and sweeps to the treasury alone', async (t) => {
  const salt = keccak256(stringToHex('account 1'))
  const implementation = await client.readContract({ ...factory, functionName: 'implementation' })
  const forwarder = getContractAddress({
    opcode: 'CREATE2',
    from: factory.address,
    salt,
    bytecode: `0x3d602d80600a3d3981f3363d3d373d3d3d363d73${implementation.slice(2)}5af43d82803e903d91602b57fd5bf3`,
  })
  equal(await client.readContract({ ...factory, functionName: 'addressOf', args: [salt] }), forwarder)
  for (const round of ['first', 'second']) {
    for (const hash of await chain.faucet(forwarder, { eth: '0.1', usdc: '7', usdt: '3' })) await client.settle(hash)
    const before = await client.getBalance({ address: addresses.treasury })
    const args = [[salt], [addresses.usdc, addresses.usdt, zeroAddress]] as const
    const receipt = await client.settle(
      await client.writeContract({ ...factory, account: stranger, functionName: 'sweep', args }),
    )
    t.diagnostic(`${round} sweep of three currencies: ${receipt.gasUsed} gas`)
    const swept = parseEventLogs({ abi: forwarderFactoryAbi, eventName: 'Swept', logs: receipt.logs })
    deepEqual(
      swept.map(({ args: { token, amount } }) => [token, amount]),
      [
        [addresses.usdc, 7_000_000n],
        [addresses.usdt, 3_000_000n],
        [zeroAddress, parseEther('0.1')],
      ],
    )
    equal((await client.getBalance({ address: addresses.treasury })) - before, parseEther('0.1'))
    equal(await held(usdc, forwarder), 0n)
  }
})

test('the test token takes authorizations as USDC does, in both forms of a signature, once', async () => {
  for (const form of ['split', 'bytes'] as const) {
    const nonce = keccak256(stringToHex(form))
    const message = {
      from: payer.address,
      to: stranger.address,
      value: 5n,
      validAfter: 0n,
      validBefore: maxUint256,
      nonce,
    }
    const signature = await payer.signTypedData({
      domain: tokenDomain,
      types: { TransferWithAuthorization: authorizationFields },
      primaryType: 'TransferWithAuthorization',
      message,
    })
    const { v, r, s } = readSignature(signature)
    const what = [payer.address, stranger.address, 5n, 0n, maxUint256, nonce] as const
    const call = { ...usdc, functionName: 'transferWithAuthorization' } as const
    const data =
      form === 'split'
        ? encodeFunctionData({ ...call, args: [...what, v, r, s] })
        : encodeFunctionData({ ...call, args: [...what, signature] })
    const before = await held(usdc, stranger.address)
    await client.settle(await client.sendTransaction({ account: accounts.relayer, to: usdc.address, data }))
    equal((await held(usdc, stranger.address)) - before, 5n)
    equal(
      await client.readContract({ ...usdc, functionName: 'authorizationState', args: [payer.address, nonce] }),
      true,
    )
    await refusedAs('AuthorizationUsedOrCanceled', client.simulateContract({ ...call, args: [...what, signature] }))
  }
})

const authorizationFields = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const

function readSignature(signature: Hex): { v: number; r: Hex; s: Hex } {
  const { r, s, v } = parseSignature(signature)
  ok(v !== undefined)
  return { v: Number(v), r, s }
}
