import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeFunctionData, type Hex, zeroAddress } from 'viem'
import { forwarderFactoryAbi } from '../../../../contracts/artifacts/forwarder-factory.ts'
import { noReturnTokenAbi } from '../../../../contracts/dev/artifacts/no-return-token.ts'
import { testFeedAbi } from '../../../../contracts/dev/artifacts/test-feed.ts'
import { saltOf as saltOfCommand } from '../../../../contracts/tools/sweep.ts'
import { newPayer } from '../../../test/support/payer.ts'
import type { Uuid } from '../../core/ids.ts'
import { nanoUsd, usd } from '../../core/money.ts'
import { listOrders } from '../orders/orders.ts'
import { saltOf } from './addresses.ts'
import { depositAddressesOf } from './deposits.ts'
import { askRefund } from './refunds.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const { usdc, usdt, factory } = dev.addresses
const payer = await newPayer(dev)

async function customer() {
  const accountId = await room.newAccount()
  const [deposit] = await depositAddressesOf(room.tools, [room.open], accountId)
  return { accountId, address: deposit!.address }
}
const waitingOf = async (accountId: Uuid) => (await depositAddressesOf(room.tools, [room.open], accountId))[0]!.waiting
const ordersOf = (accountId: Uuid) => listOrders(room.database.db, { accountId, limit: 10 })

async function sweep(accountId: Uuid, tokens: readonly Hex[]) {
  const args = [[saltOf(accountId)], tokens] as const
  const data = encodeFunctionData({ abi: forwarderFactoryAbi, functionName: 'sweep', args })
  await dev.client.settle(await payer.send({ to: factory, data }))
}

test('an address of an account is the one that the factory will make, and that the sweeping command looks at', async () => {
  const { accountId, address } = await customer()
  const asked = { address: factory, abi: forwarderFactoryAbi, functionName: 'addressOf' } as const
  equal((await dev.client.readContract({ ...asked, args: [saltOf(accountId)] })).toLowerCase(), address)
  equal(saltOfCommand(accountId), saltOf(accountId))
})

test('what was minted to an address, as bridges do, is credited, and never sent back to nobody', async () => {
  const { accountId, address } = await customer()
  for (const hash of await dev.faucet(address, { usdc: '7' })) await dev.client.settle(hash)
  await room.confirm()
  const [order] = await ordersOf(accountId)
  equal((await room.creditsOf(accountId)).balance, usd(7))
  const answer = await askRefund(room.tools, order!, { id: room.tools.makeId(), amount: usd(7) })
  equal(answer.kind, 'refused')
})

test('whatever arrives at an address is credited, each transfer once, before and after it was swept', async () => {
  const { accountId, address } = await customer()
  await payer.transfer(usdc, address, 12_345_678n)
  await payer.transfer(usdt, address, 2_000_000n)
  await room.look()
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: 14_345_678_000n, owed: 0n })
  await sweep(accountId, [usdc, usdt])
  await room.confirm()
  await payer.transfer(usdc, address, 5_000_000n)
  await room.confirm()
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: 19_345_678_000n, owed: 0n })
  deepEqual(
    (await ordersOf(accountId)).map(({ state }) => state),
    ['credited', 'credited', 'credited'],
  )
  await room.reconciles()
})

test('coin at an address is credited at its price, however it came, before and after it was swept', async () => {
  const { accountId, address } = await customer()
  await payer.send({ to: address, value: 10n ** 16n })
  await room.confirm()
  // 0.01 ETH at 4,000 USD.
  deepEqual(await room.creditsOf(accountId), { balance: usd(40), owed: 0n })
  await sweep(accountId, [zeroAddress])
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(40), owed: 0n })
  // Two transfers and a sweep between two looks.
  await payer.send({ to: address, value: 10n ** 16n })
  await sweep(accountId, [zeroAddress])
  await payer.send({ to: address, value: 10n ** 15n })
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(84), owed: 0n })
  await room.reconciles()
})

test('coin that a reorganisation takes from an address is taken back, and what stays is not', async () => {
  const { accountId, address } = await customer()
  await payer.send({ to: address, value: 10n ** 16n })
  await room.confirm()
  await payer.send({ to: address, value: 2n * 10n ** 16n })
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(120), owed: 0n })
  await dev.reorg(4)
  await room.confirm()
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: usd(40), owed: 0n })
  await room.reconciles()
})

test('less than the least deposit waits for more and is credited with it', async () => {
  const { accountId, address } = await customer()
  await payer.transfer(usdc, address, 400_000n)
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: 0n, owed: 0n })
  deepEqual(
    (await waitingOf(accountId)).map(({ amount }) => amount),
    [400_000n],
  )
  await payer.transfer(usdc, address, 700_000n)
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: 1_100_000_000n, owed: 0n })
  equal((await ordersOf(accountId)).length, 1)
})

test('of a token that keeps a part on the way only what arrived is credited', async () => {
  const setFee = (bps: bigint) => encodeFunctionData({ abi: noReturnTokenAbi, functionName: 'setFee', args: [bps] })
  await dev.client.settle(await payer.send({ to: usdt, data: setFee(1_000n) }))
  const { accountId, address } = await customer()
  await payer.transfer(usdt, address, 10_000_000n)
  await room.confirm()
  await dev.client.settle(await payer.send({ to: usdt, data: setFee(0n) }))
  deepEqual(await room.creditsOf(accountId), { balance: usd(9), owed: 0n })
})

test('a transfer of nothing and one of a token that is not taken are not heard', async () => {
  const { accountId, address } = await customer()
  const lookAlike = await room.deployLookAlike()
  await payer.send({ to: lookAlike, data: mint(payer.address) })
  await dev.client.settle(await payer.transfer(lookAlike, address, 50_000_000n))
  await dev.client.settle(await payer.transfer(usdc, address, 0n))
  await room.confirm()
  deepEqual([await room.creditsOf(accountId), await ordersOf(accountId)], [{ balance: 0n, owed: 0n }, []])
})

const mint = (to: Hex) => encodeFunctionData({ abi: noReturnTokenAbi, functionName: 'mint', args: [to, 10n ** 12n] })

test('what arrives while its price is not known waits, says why, and is credited when it is', async () => {
  const { accountId, address } = await customer()
  const set = async (answer: bigint, ageSeconds: bigint) => {
    const { timestamp } = await dev.client.getBlock()
    const args = [answer, timestamp - ageSeconds] as const
    const data = encodeFunctionData({ abi: testFeedAbi, functionName: 'set', args })
    await dev.client.settle(await payer.send({ to: dev.addresses.usdcFeed, data }))
  }
  await set(97_000_000n, 0n)
  await payer.transfer(usdc, address, 10_000_000n)
  await room.confirm()
  deepEqual(
    [await room.creditsOf(accountId), (await waitingOf(accountId)).map(({ why }) => why)],
    [{ balance: 0n, owed: 0n }, ['TestUSDC is worth less than 0.98 USD at the moment, so it is not taken.']],
  )
  await set(100_000_000n, 0n)
  await room.confirm()
  deepEqual(await room.creditsOf(accountId), { balance: nanoUsd(10_000_000_000n), owed: 0n })
})
