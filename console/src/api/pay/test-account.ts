import type { Hex, TypedDataDefinition } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { askChain, testKey } from './test-wallet.ts'

const account = () => privateKeyToAccount(testKey())

export const address = (): string => account().address

export const signTyped = (json: unknown): Promise<string> =>
  account().signTypedData(JSON.parse(String(json)) as TypedDataDefinition)

type Asked = { readonly to: Hex; readonly data?: Hex; readonly value?: Hex }

/** Signs a transaction and hands it to the chain; returns its hash. */
export async function send(chainId: number, asked: unknown): Promise<string> {
  const { to, data = '0x', value = '0x0' } = asked as Asked
  const own = account()
  const ask = async (method: string, ...params: unknown[]) =>
    BigInt((await askChain(chainId, method, params)) as string)
  const [nonce, gas, price] = await Promise.all([
    ask('eth_getTransactionCount', own.address, 'pending'),
    ask('eth_estimateGas', { from: own.address, to, data, value }),
    ask('eth_gasPrice'),
  ])
  const signed = await own.signTransaction({
    ...{ chainId, to, data, value: BigInt(value), nonce: Number(nonce) },
    ...{ gas: (gas * 12n) / 10n, gasPrice: price * 2n, type: 'legacy' },
  })
  return (await askChain(chainId, 'eth_sendRawTransaction', [signed])) as string
}

/** Coin for gas and test tokens, from the faucet that only chains of a laptop have; resolves when they are there. */
export async function fill(chainId: number): Promise<void> {
  const hashes = (await askChain(chainId, 'redpill_faucet', [address()])) as readonly string[]
  for (const hash of hashes)
    while ((await askChain(chainId, 'eth_getTransactionReceipt', [hash])) === null)
      await new Promise((resolve) => setTimeout(resolve, 250))
}
