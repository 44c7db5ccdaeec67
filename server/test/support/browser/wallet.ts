import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Page } from './page.ts'

/**
 * A wallet in the browser that announces itself (EIP-6963) as "Test Wallet". Its owner signs whatever is asked, unless
 * `declines` is set.
 */
export async function addWallet(page: Page): Promise<{ readonly address: string; declines: boolean }> {
  const owner = privateKeyToAccount(generatePrivateKey())
  const wallet = { address: owner.address, declines: false }
  await page.exposeFunction('signForTest', (message: `0x${string}`) =>
    wallet.declines ? 'declined' : owner.signMessage({ message: { raw: message } }),
  )
  await page.addInitScript(`
    const request = async ({ method, params }) => {
      if (method === 'eth_requestAccounts') return ['${owner.address}']
      if (method === 'eth_chainId') return '0x1'
      const signature = await signForTest(params[0])
      if (signature === 'declined') throw { code: 4001, message: 'User rejected' }
      return signature
    }
    const detail = Object.freeze({ info: { uuid: 'test', name: 'Test Wallet', icon: '', rdns: 'example.wallet' }, provider: { request } })
    addEventListener('eip6963:requestProvider', () =>
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })))
  `)
  return wallet
}
