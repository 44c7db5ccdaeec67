import { deepEqual, equal, match } from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeFunctionData, type Hex } from 'viem'
import { creditCheckoutAbi } from '../../../../contracts/artifacts/credit-checkout.ts'
import { newPayer } from '../../../test/support/payer.ts'
import { usd } from '../../core/money.ts'
import { createOrder } from '../orders/orders.ts'
import { openAgreement } from './agreement.ts'
import { openShownPrices } from './prices.ts'
import { openSigner } from './quotes.ts'
import { cryptoRail } from './rail.ts'
import { findCursor } from './store/cursor.ts'
import { openChainRoom } from './test/room.ts'

const room = await openChainRoom({ after })
const { dev, tools } = room
const stranger = await newPayer(dev)
const problem = async () => (await findCursor(room.database.db, BigInt(dev.chainId)))!.problem
const own = dev.accounts.signer.address.toLowerCase() as Hex

async function rotate(signer: Hex): Promise<void> {
  const data = encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'setSigner', args: [signer] })
  const hash = await dev.client.sendTransaction({ account: dev.accounts.owner, to: dev.addresses.checkout, data })
  await dev.client.settle(hash)
}

test('where the checkout contract has another signer the operator is told and nothing is sold, until they agree', async () => {
  await rotate(stranger.address)
  const agreement = openAgreement(own)
  const signer = openSigner(dev.accounts.signer.key)
  const prices = openShownPrices(tools)
  const rail = cryptoRail({ tools, chains: [room.open], signer, prices, agreement })
  const accountId = await room.newAccount()
  const begin = async () => {
    const asked = { accountId, rail: 'crypto', amount: usd(20), terms: tools.terms, heldDays: 0 } as const
    const order = await createOrder(tools.db, asked, tools)
    return rail.begin(order, { chainId: dev.chainId, token: dev.addresses.usdc, origin: 'http://localhost' })
  }
  const refused = await begin()
  match(refused.kind === 'refused' ? refused.why : '', /takes prices that 0x[\da-f]{40} signed/)
  const options = (await rail.options(accountId)) as { chains: { tokens: { why: string | null }[] }[] }
  equal(
    options.chains[0]!.tokens.every(({ why }) => why !== null),
    true,
  )
  await rotate(dev.accounts.signer.address)
  deepEqual([(await begin()).kind, await agreement.whyNot(room.open)], ['begun', undefined])
})

test('a treasury that is not that of the settings is told to the operator at the first look', async () => {
  const chain = { ...room.chain, treasury: stranger.address.toLowerCase() as Hex }
  match((await openAgreement(own).whyNot({ ...room.open, chain }))!, /pays to 0x[\da-f]{40}; REDPILL_CHAINS has 0x/)
  match(
    (await openAgreement(undefined).whyNot({ ...room.open, chain: { ...chain, checkout: chain.treasury } }))!,
    /no checkout contract/,
  )
})

test('a watcher whose contracts have another signer reads on and says so', async () => {
  await rotate(stranger.address)
  await dev.mine(3)
  await room.lookAs(openAgreement(own))
  match((await problem())!, /REDPILL_QUOTE_SIGNER_KEY is the key of/)
  await rotate(dev.accounts.signer.address)
  await room.lookAs(openAgreement(own))
  equal(await problem(), null)
})
