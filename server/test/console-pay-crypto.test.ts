import { equal } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { type Address, erc20Abi, parseUnits } from 'viem'
import { startDevChain } from '../../dev/chain/index.ts'
import { browserTest, expectAccessible, openPage, openSecondPage, type Page, signIn } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { eventually } from './support/eventually.ts'
import { temporaryFolder } from './support/scratch.ts'
import { openStage } from './support/stage.ts'

const chain = await startDevChain({ after })
const chainsPath = join(await temporaryFolder({ after }), 'chains.json')
await writeFile(chainsPath, JSON.stringify(chain.chainsFile()))
const stage = await openStage(
  { after },
  {
    REDPILL_CHAINS: chainsPath,
    REDPILL_QUOTE_SIGNER_KEY: chain.accounts.signer.key,
    REDPILL_CRYPTO_FEE_PERCENT: '1',
  },
)

const available = (page: Page) => page.locator('.balance-figures .stat').filter({ hasText: 'Available' })

/** Moves test USDC as its holder would. */
const transferUsdc = (from: (typeof chain.accounts)['treasury'], to: Address, amount: string) =>
  chain.client.writeContract({
    ...{ account: from, address: chain.addresses.usdc, abi: erc20Abi },
    ...{ functionName: 'transfer', args: [to, parseUnits(amount, 6)] },
  })

// The first, since those after it make the operator somebody else.
browserTest('the operator is told what to send back to whom, and what was sent is found on the chain', async (t) => {
  const { accountId } = await stage.addCustomer('0.002')
  const { manage } = stage.server()
  const payer = chain.accounts.payers[1]
  const { data } = await manage<{ data: { address: Address }[] }>('GET', `/accounts/${accountId}/deposit-addresses`)
  await chain.faucet(payer.address, { usdc: '101' })
  await chain.faucet(chain.accounts.treasury.address, { usdc: '40' })
  await transferUsdc(payer, data[0]!.address, '101')
  await chain.mine(6)
  let orderId = ''
  await eventually('what was sent is credited', async () => {
    const found = await manage<{ data: { id: string; state: string }[] }>('GET', `/accounts/${accountId}/orders`)
    orderId = found.data.find(({ state }) => state === 'credited')?.id ?? ''
    return orderId !== ''
  })
  await manage('POST', `/orders/${orderId}/refund`, { amount_usd: '40' })
  const page = await openPage(t, stage.server().url)
  await signIn(page, stage.server(), '/admin/payments?part=to-send')
  await page.getByRole('button', { name: 'Details of the refund of 40 TestUSDC' }).click()
  await page.getByRole('dialog', { name: 'Send back' }).getByText(payer.address.toLowerCase()).waitFor()
  await transferUsdc(chain.accounts.treasury, payer.address, '40')
  await chain.mine(6)
  await page.getByText('Nothing to send back').waitFor()
  await page.goto(`/admin/payments?part=all&payment=${orderId}`)
  await page.getByText('Refunded so far: 40 USD.').first().waitFor()
  await stage.reconcile()
})

async function openFor(t: TestContext, path: string): Promise<Page> {
  const customer = await stage.addCustomer('0.002')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { ...customer, role: 'billing', path })
  return page
}

browserTest(
  'tokens are paid with the test wallet by a permit; confirmations are counted live until the credits are there',
  async (t) => {
    const page = await openFor(t, '/credits/add?by=crypto')
    const watcher = await openSecondPage(page)
    await watcher.goto('/credits?part=payments')
    await watcher.locator('[data-live="live"]').waitFor()
    await page.getByRole('button', { name: 'Get a price for $20.20' }).click()
    await page.getByText('20.2 TestUSDC').first().waitFor()
    await page.getByRole('button', { name: 'Pay with Test wallet' }).click()
    await page.getByText('this account has 0 TestUSDC, and 20.2 TestUSDC are needed').waitFor()
    await page.getByRole('button', { name: 'Get test money' }).click()
    await page.getByText('1000 TestUSDC').waitFor()
    // What is behind another page is not drawn.
    await page.bringToFront()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Pay with Test wallet' }).click()
    await page
      .getByText(/On the network: \d of 5 confirmations/)
      .first()
      .waitFor()
    await watcher
      .getByText(/On the network: \d of 5 confirmations/)
      .first()
      .waitFor()
    await chain.mine(6)
    await page.getByRole('link', { name: 'See your credits' }).waitFor()
    await available(watcher).getByText('40,000,000 credits').waitFor()
    await stage.reconcile()
  },
)

browserTest('what is sent to the address of the account is credited, and seen there as it comes', async (t) => {
  const page = await openFor(t, '/credits/add?by=crypto&way=address')
  await page.getByRole('img', { name: 'Address on Dev chain' }).waitFor()
  await page.locator('[data-live="live"]').waitFor()
  await expectAccessible(page)
  const address = (await page.locator('.deposit-facts code').first().innerText()) as Address
  await chain.faucet(address, { usdc: '101' })
  await page.locator('.deposit-arrivals').getByText('Under way').waitFor()
  await chain.mine(6)
  await page.locator('.deposit-arrivals').getByText('Credited').waitFor()
  await page.goto('/credits')
  await available(page).getByText('200,000,000 credits').waitFor()
})

browserTest(
  'a refund names the address that it goes to; of what an exchange may have sent that is confirmed first',
  async (t) => {
    const { accountId } = await stage.addCustomer('0.002')
    const { manage } = stage.server()
    const payer = chain.accounts.payers[2]
    const { data } = await manage<{ data: { address: Address }[] }>('GET', `/accounts/${accountId}/deposit-addresses`)
    await chain.faucet(payer.address, { usdc: '101' })
    await transferUsdc(payer, data[0]!.address, '101')
    await chain.mine(6)
    let orderId = ''
    await eventually('what was sent is credited', async () => {
      const found = await manage<{ data: { id: string; state: string }[] }>('GET', `/accounts/${accountId}/orders`)
      orderId = found.data.find(({ state }) => state === 'credited')?.id ?? ''
      return orderId !== ''
    })
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId, role: 'billing', path: `/credits?part=payments&payment=${orderId}` })
    await page.getByRole('dialog', { name: 'Payment' }).getByRole('button', { name: 'Refund' }).click()
    const dialog = page.getByRole('dialog', { name: 'Refund' })
    await dialog.getByText('It is sent on Dev chain to the address that paid:').waitFor()
    await dialog.getByText(payer.address.toLowerCase()).waitFor()
    const send = dialog.getByRole('button', { name: /^Refund \$/ })
    equal(await send.getAttribute('aria-disabled'), 'true')
    await dialog.getByRole('checkbox', { name: 'What is sent to this address reaches me' }).check()
    await expectAccessible(page)
    await send.click()
    await page.getByText('The refund has to be sent by the operator.').first().waitFor()
  },
)

/** A wallet as an extension of the browser: on another chain at first, asking its owner nothing. */
async function installWallet(page: Page, payer: (typeof chain.accounts.payers)[number]): Promise<string[]> {
  const asked: string[] = []
  const state = { chainId: 1, knows: false }
  await page.exposeFunction('redpillTestWallet', async (method: string, params: readonly unknown[]) => {
    asked.push(method)
    if (method === 'eth_requestAccounts') return [payer.address]
    if (method === 'eth_chainId') return `0x${state.chainId.toString(16)}`
    if (method === 'wallet_switchEthereumChain') {
      if (!state.knows) return { error: { code: 4902, message: 'Unrecognized chain ID' } }
      state.chainId = chain.chainId
      return null
    }
    if (method === 'wallet_addEthereumChain') {
      state.knows = true
      return null
    }
    if (method === 'eth_sendTransaction') {
      const { to, data, value } = params[0] as { to: Address; data: `0x${string}`; value?: string }
      return chain.client.sendTransaction({ account: payer, to, data, value: BigInt(value ?? 0) })
    }
    return chain.client.request({ method, params } as never)
  })
  await page.addInitScript(`
    const provider = { request: async ({ method, params = [] }) => {
      const answer = await redpillTestWallet(method, params)
      if (answer && answer.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code })
      return answer
    } }
    const detail = Object.freeze({ info: { uuid: 'b0c6', name: 'Blue Fox', rdns: 'fox.blue', icon: '' }, provider })
    const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
    window.addEventListener('eip6963:requestProvider', announce)
  `)
  return asked
}

browserTest(
  'a wallet of the browser is led to the network, allows a token that knows no permits, and pays',
  async (t) => {
    const [payer] = chain.accounts.payers
    await chain.faucet(payer.address, { usdt: '50' })
    const page = await openFor(t, '/credits')
    const asked = await installWallet(page, payer)
    await page.goto(`/credits/add?by=crypto&token=${chain.addresses.usdt.toLowerCase()}&amount=10`)
    await page.getByRole('button', { name: 'Get a price for $10.10' }).click()
    await page.getByRole('button', { name: 'Pay with Blue Fox' }).click()
    await page
      .getByText(/On the network: \d of 5 confirmations/)
      .first()
      .waitFor()
    await chain.mine(6)
    await page.getByRole('link', { name: 'See your credits' }).waitFor()
    equal(asked.filter((method) => method === 'eth_sendTransaction').length, 2)
    equal(asked.includes('wallet_addEthereumChain'), true)
    equal(await chain.client.readContract({ ...erc20, args: [chain.addresses.treasury] }), parseUnits('10.1', 6))
  },
)

const erc20 = {
  address: chain.addresses.usdt,
  abi: [
    {
      type: 'function',
      name: 'balanceOf',
      stateMutability: 'view',
      inputs: [{ name: 'owner', type: 'address' }],
      outputs: [{ name: '', type: 'uint256' }],
    },
  ],
  functionName: 'balanceOf',
} as const
