import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { newPayer } from '../../../test/support/payer.ts'
import { usd } from '../../core/money.ts'
import { depth, openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev } = room
const payer = await newPayer(dev)
const helper = await newPayer(dev, '0')

const rails = [
  ['a token', 'TestUSDC', payer.payToken],
  ['a token that returns nothing', 'TestUSDT', payer.payToken],
  ['a permit', 'TestUSDC', payer.payWithPermit],
  [
    'an authorization that somebody else brings',
    'TestUSDC',
    async (quote) => helper.send(await payer.authorize(quote)),
  ],
  ['coin', 'ETH', payer.payNative],
] as const satisfies readonly (readonly [string, string, typeof payer.payToken])[]

for (const [how, symbol, pay] of rails) {
  test(`an order that is paid by ${how} is credited once, when it lies deep enough and not before`, async () => {
    const accountId = await room.newAccount()
    const { order, quote } = await room.order(accountId, usd(20), symbol)
    await dev.client.settle(await pay(quote))
    await room.look()
    equal((await room.orderNow(order.id)).state, 'pending')
    deepEqual(await room.creditsOf(accountId), { balance: 0n, owed: 0n })
    await dev.mine(depth - 1)
    await Promise.all([room.look(), room.look()])
    await room.look()
    equal((await room.orderNow(order.id)).state, 'credited')
    deepEqual(await room.creditsOf(accountId), { balance: usd(20), owed: 0n })
    deepEqual(await room.kindsOf(order.id), ['created', 'seen', 'received', 'credited'])
    await room.reconciles()
  })
}
