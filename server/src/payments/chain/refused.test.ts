import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeDeployData, encodeFunctionData, type Hex, zeroAddress } from 'viem'
import { creditCheckoutAbi, creditCheckoutBytecode } from '../../../../contracts/artifacts/credit-checkout.ts'
import { noReturnTokenAbi } from '../../../../contracts/dev/artifacts/no-return-token.ts'
import { testFeedAbi } from '../../../../contracts/dev/artifacts/test-feed.ts'
import { testUSDCAbi } from '../../../../contracts/dev/artifacts/test-usdc.ts'
import { newPayer, type QuoteAnswer } from '../../../test/support/payer.ts'
import { usd } from '../../core/money.ts'
import { quote as quoteOf } from './quotes.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const payer = await newPayer(dev)
const stranger = await newPayer(dev)

/** Nothing is credited for what the chain did not take. */
async function isRefused(accountId: string, orderId: string, send: Promise<Hex>): Promise<void> {
  const hash = await send
  const { status } = await dev.client.waitForTransactionReceipt({ hash })
  equal(status, 'reverted')
  await room.confirm()
  const { state } = await room.orderNow(orderId)
  deepEqual([state, await room.creditsOf(accountId)], ['created', { balance: 0n, owed: 0n }])
}

async function ordered(symbol: string) {
  const accountId = await room.newAccount()
  return { accountId, ...(await room.order(accountId, usd(20), symbol)) }
}

test('a quote that somebody else signed, or that was changed, pays nothing', async () => {
  const { accountId, order, quote } = await ordered('ETH')
  const token = room.chain.tokens.find(({ symbol }) => symbol === 'ETH')!
  const forged = await quoteOf(room.tools, room.open, { order, token, signer: stranger.account })
  const pay = forged.kind === 'quoted' ? (forged.pay as unknown as QuoteAnswer) : undefined
  await isRefused(accountId, order.id, payer.payNative(pay!))
  await isRefused(accountId, order.id, payer.payNative({ ...quote, token_amount: '1' }))
  await isRefused(accountId, order.id, payer.payNative({ ...quote, usd_nano: usd(2_000).toString() }))
})

test('a contract that looks like the checkout credits nothing, whatever it says was paid', async () => {
  const { accountId, order, quote } = await ordered('TestUSDC')
  const args = [stranger.address, payer.address, stranger.address] as const
  const data = encodeDeployData({ abi: creditCheckoutAbi, bytecode: creditCheckoutBytecode, args })
  const hash = await dev.client.sendTransaction({ account: dev.accounts.owner, data })
  const twin = (await dev.client.settle(hash)).contractAddress!
  const there = { ...room.open, chain: { ...room.chain, checkout: twin.toLowerCase() as Hex } }
  const token = room.chain.tokens.find(({ symbol }) => symbol === 'TestUSDC')!
  const forged = await quoteOf(room.tools, there, { order, token, signer: stranger.account })
  const pay = forged.kind === 'quoted' ? (forged.pay as unknown as QuoteAnswer) : undefined
  equal(pay!.order_key, quote.order_key)
  await dev.client.settle(await stranger.payToken(pay!))
  await room.confirm()
  deepEqual(
    [(await room.orderNow(order.id)).state, await room.creditsOf(accountId)],
    ['created', { balance: 0n, owed: 0n }],
  )
})

test('a token that keeps a part on the way cannot pay a quote', async () => {
  const setFee = (bps: bigint) => encodeFunctionData({ abi: noReturnTokenAbi, functionName: 'setFee', args: [bps] })
  const { accountId, order, quote } = await ordered('TestUSDT')
  await dev.client.settle(await payer.approve(quote))
  await dev.client.settle(await payer.send({ to: dev.addresses.usdt, data: setFee(1n) }))
  await isRefused(accountId, order.id, payer.payApproved(quote))
  await dev.client.settle(await payer.send({ to: dev.addresses.usdt, data: setFee(0n) }))
})

test('a permit that somebody else brings first does not keep its payer from paying, once', async () => {
  const { accountId, order, quote } = await ordered('TestUSDC')
  const { v, r, s } = await payer.permit(quote)
  const args = [
    ...[payer.address, quote.checkout_address, BigInt(quote.token_amount)],
    ...[BigInt(quote.deadline), v, r, s],
  ] as unknown as [Hex, Hex, bigint, bigint, number, Hex, Hex]
  const data = encodeFunctionData({ abi: testUSDCAbi, functionName: 'permit', args })
  await dev.client.settle(await stranger.send({ to: dev.addresses.usdc, data }))
  await dev.client.settle(await payer.send(payer.permitCall(quote, { v, r, s })))
  await room.confirm()
  equal((await room.orderNow(order.id)).state, 'credited')
  deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
  const again = await payer.payWithPermit(quote)
  equal((await dev.client.waitForTransactionReceipt({ hash: again })).status, 'reverted')
})

test('the wrong value, and a payment after the quote is over, are refused by the chain', async () => {
  const { accountId, order, quote } = await ordered('ETH')
  const args = [
    {
      ...{ orderId: quote.order_key, token: zeroAddress, amount: BigInt(quote.token_amount) },
      ...{ usd: BigInt(quote.usd_nano), expiry: BigInt(quote.deadline) },
    },
    quote.signature,
  ] as const
  const data = encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'payNative', args })
  const less = BigInt(quote.token_amount) - 1n
  await isRefused(accountId, order.id, payer.send({ to: quote.checkout_address, data, value: less }))
  await dev.client.setNextBlockTimestamp({ timestamp: BigInt(quote.deadline) + 1n })
  await isRefused(accountId, order.id, payer.payNative(quote))
})

test('without a price that can be believed there is no quote', async () => {
  const set = async (feed: Hex, answer: bigint, ageSeconds: bigint) => {
    const { timestamp } = await dev.client.getBlock()
    const data = encodeFunctionData({ abi: testFeedAbi, functionName: 'set', args: [answer, timestamp - ageSeconds] })
    await dev.client.settle(await payer.send({ to: feed, data }))
  }
  const { nativeFeed, usdcFeed } = dev.addresses
  const tenYears = 10n * 365n * 24n * 3_600n
  const why = (symbol: string, words: RegExp) =>
    rejects(ordered(symbol), (error: Error) => {
      match(error.message, words)
      return true
    })
  await set(nativeFeed, 400_000_000_000n, tenYears + 10n)
  await why('ETH', /has not moved for \d+ seconds, longer than its heartbeat/)
  await set(nativeFeed, 0n, 0n)
  await why('ETH', /gives no price/)
  await set(nativeFeed, -1n, 0n)
  await why('ETH', /gives no price/)
  await set(usdcFeed, 97_000_000n, 0n)
  await why('TestUSDC', /worth less than 0\.98 USD/)
  await set(usdcFeed, 100_000_000n, 0n)
  equal((await ordered('TestUSDC')).quote.token_amount, '20000000')
})
