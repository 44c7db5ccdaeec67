import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeFunctionData, erc20Abi } from 'viem'
import { depth, openCryptoStage } from './support/crypto.ts'
import { eventually } from './support/eventually.ts'
import { newPayer } from './support/payer.ts'

const crypto = await openCryptoStage({ after })
const { dev, stage } = crypto
const { usdc, usdt } = dev.addresses
const payer = await newPayer(dev)
const manage = <Answer>(method: string, path: string, body?: object) =>
  stage.server().manage<Answer>(method, path, body)

const confirmed = async (orderId: string, state = 'credited') => {
  await dev.mine(depth)
  await eventually(`order ${orderId} is ${state}`, async () => (await crypto.orderNow(orderId)).state === state)
}

type Chains = { data: { crypto: { available: boolean; chains: { id: number; tokens: { symbol: string }[] }[] } } }

test('a payer learns what is taken, pays a quote, and sees it seen, confirmed and credited', async () => {
  const accountId = await crypto.newAccount()
  const options = await manage<Chains>('GET', `/payments/options?account_id=${accountId}`)
  deepEqual(
    [options.data.crypto.available, options.data.crypto.chains[0]!.tokens.map(({ symbol }) => symbol)],
    [true, ['TestUSDC', 'TestUSDT', 'ETH']],
  )
  const order = await crypto.buy(accountId, '10', usdt)
  equal(order.pay!.token_amount, '10000000')
  await payer.payToken(order.pay!)
  await eventually('it is seen', async () => (await crypto.orderNow(order.id)).timeline.at(-1)!.kind === 'seen')
  match((await crypto.orderNow(order.id)).timeline.at(-1)!.words, /^On the network: \d of 3 confirmations\.$/)
  await confirmed(order.id)
  equal(await crypto.availableOf(accountId), '20000000')
  await stage.reconcile()
})

test('a refund is taken from the credits, told to the operator to the unit, and done when the chain has it', async () => {
  const accountId = await crypto.newAccount()
  const order = await crypto.buy(accountId, '10', usdc)
  await dev.client.settle(await payer.payWithPermit(order.pay!))
  await confirmed(order.id)
  await manage('POST', `/orders/${order.id}/refund`, { amount_usd: '4' })
  equal(await crypto.availableOf(accountId), '12000000')
  type Refunds = { data: { order_id: string; to: string; token: string; token_amount: string }[] }
  const { data } = await manage<Refunds>('GET', '/payments/chain-refunds')
  const [refund] = data
  deepEqual(
    [refund!.order_id, refund!.to, refund!.token, refund!.token_amount],
    [order.id, payer.address.toLowerCase(), usdc.toLowerCase(), '4000000'],
  )
  const args = [payer.address, 4_000_000n] as const
  const sent = await dev.client.sendTransaction({
    account: dev.accounts.treasury,
    to: usdc,
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args }),
  })
  await dev.client.settle(sent)
  await dev.mine(depth)
  await eventually(
    'the refund is done',
    async () => (await manage<Refunds>('GET', '/payments/chain-refunds')).data.length === 0,
  )
  match((await crypto.orderNow(order.id)).timeline.at(-1)!.words, /Refunded so far: 4 USD/)
  equal(await crypto.availableOf(accountId), '12000000')
  await stage.reconcile()
})

test('the transaction of a refund is told once, by whom is in the audit log, and a refund that was sent is not listed', async () => {
  type Refunds = { data: { id: string; order_id: string }[] }
  const refunded = async () => {
    const order = await crypto.buy(await crypto.newAccount(), '10', null)
    await dev.client.settle(await payer.payNative(order.pay!))
    await confirmed(order.id)
    await manage('POST', `/orders/${order.id}/refund`, {})
    const { data } = await manage<Refunds>('GET', '/payments/chain-refunds')
    return data.find(({ order_id: id }) => id === order.id)!
  }
  const [one, other] = [await refunded(), await refunded()]
  const body = { tx_hash: `0x${'ab'.repeat(32)}` }
  await manage('POST', `/payments/chain-refunds/${one.id}`, body)
  await rejects(manage('POST', `/payments/chain-refunds/${other.id}`, body), /409[^]*Another refund was told this/)
  type Audit = { data: { target: { id: string }; after: { tx_hash: string } }[] }
  const { data: told } = await manage<Audit>('GET', '/audit?action=tellChainRefund')
  deepEqual(
    told.map(({ target, after: { tx_hash: hash } }) => [target.id, hash]),
    [[one.order_id, body.tx_hash]],
  )
  for (const { order_id: id } of [one, other])
    await manage('POST', `/orders/${id}/resolve`, { action: 'refund', note: 'Sent by another wallet' })
  deepEqual((await manage<Refunds>('GET', '/payments/chain-refunds')).data, [])
})

test('what a stranger sends to the treasury is told as not ours, and the treasury still agrees with the ledger', async () => {
  type Check = { name: string; ok: boolean; detail: string }
  type Reconciliation = { data: { ok: boolean; parts: { checks: Check[] }[] } }
  const told = async () => {
    const { data } = await manage<Reconciliation>('GET', '/payments/reconciliation')
    return {
      ok: data.ok,
      usdt: data.parts.flatMap(({ checks }) => checks).find(({ name }) => name.endsWith('TestUSDT'))!,
    }
  }
  equal((await told()).ok, true)
  await dev.client.settle(await payer.transfer(usdt, dev.addresses.treasury, 7_000_001n))
  await dev.mine(depth)
  await eventually('it is told', async () => (await told()).usdt.detail.includes('not ours: 7.000001 of what came'))
  equal((await told()).ok, true)
})
