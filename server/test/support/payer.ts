import { encodeFunctionData, erc20Abi, type Hex, parseSignature, zeroAddress } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { creditCheckoutAbi } from '../../../contracts/artifacts/credit-checkout.ts'
import { testUSDCAbi } from '../../../contracts/dev/artifacts/test-usdc.ts'
import type { DevChain } from '../../../dev/chain/index.ts'

/** What the API says of where and how an order is paid. */
export type QuoteAnswer = {
  readonly chain_id: number
  readonly checkout_address: Hex
  readonly token: Hex | null
  readonly token_amount: string
  readonly order_key: Hex
  readonly usd_nano: string
  readonly deadline: number
  readonly signature: Hex
}

type Sent = { readonly to: Hex; readonly data?: Hex; readonly value?: bigint }

type Split = { readonly v: number; readonly r: Hex; readonly s: Hex }

/** Somebody with a wallet of their own on a dev chain. */
export type Payer = {
  readonly account: PrivateKeyAccount
  readonly address: Hex
  /** Signs a transaction with this wallet's next number; `raw` can be handed in again after a reorganisation. */
  readonly sign: (sent: Sent) => Promise<Hex>
  readonly send: (sent: Sent) => Promise<Hex>
  readonly approve: (quote: QuoteAnswer) => Promise<Hex>
  /** Calls that pay a quote; `payToken` approves first. */
  readonly payApproved: (quote: QuoteAnswer) => Promise<Hex>
  readonly payToken: (quote: QuoteAnswer) => Promise<Hex>
  readonly payWithPermit: (quote: QuoteAnswer) => Promise<Hex>
  readonly payNative: (quote: QuoteAnswer) => Promise<Hex>
  /** The call with which anybody brings this payer's authorization. */
  readonly authorize: (quote: QuoteAnswer) => Promise<Sent>
  /** The permit alone, as somebody who watches the network would bring it first. */
  readonly permit: (quote: QuoteAnswer) => Promise<Split>
  /** The payment that goes with a permit. */
  readonly permitCall: (quote: QuoteAnswer, permit: Split) => Sent
  readonly transfer: (token: Hex, to: Hex, amount: bigint) => Promise<Hex>
}

const quoteArgs = (quote: QuoteAnswer) => ({
  orderId: quote.order_key,
  token: quote.token ?? zeroAddress,
  amount: BigInt(quote.token_amount),
  usd: BigInt(quote.usd_nano),
  expiry: BigInt(quote.deadline),
})

/** A new wallet with coin for gas and test USDC. */
export async function newPayer(chain: DevChain, usdc = '1000'): Promise<Payer> {
  const { client, addresses, chainId } = chain
  const account = privateKeyToAccount(generatePrivateKey())
  await client.setBalance({ address: account.address, value: 10n ** 21n })
  if (usdc !== '0')
    for (const hash of await chain.faucet(account.address, { usdc, usdt: usdc })) await client.settle(hash)
  async function sign({ to, data = '0x', value = 0n }: Sent): Promise<Hex> {
    const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n, gas: 500_000n }
    // Asked each time: a reorganisation takes numbers back.
    const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'pending' })
    return account.signTransaction({ chainId, to, data, value, nonce, type: 'eip1559', ...fees })
  }
  const send: Payer['send'] = async (sent) => client.sendRawTransaction({ serializedTransaction: await sign(sent) })
  const checkout = (quote: QuoteAnswer, data: Hex, value = 0n): Sent => ({ to: quote.checkout_address, data, value })
  const domain = { name: 'Test USDC', version: '1', chainId, verifyingContract: addresses.usdc }

  const permit: Payer['permit'] = async (quote) => {
    const nonces = { address: quote.token!, abi: testUSDCAbi, functionName: 'nonces', args: [account.address] } as const
    const message = {
      ...{ owner: account.address, spender: quote.checkout_address, value: BigInt(quote.token_amount) },
      ...{ nonce: await client.readContract(nonces), deadline: BigInt(quote.deadline) },
    }
    return split(await account.signTypedData({ domain, types: permitTypes, primaryType: 'Permit', message }))
  }

  const approve: Payer['approve'] = (quote) => {
    const args = [quote.checkout_address, BigInt(quote.token_amount)] as const
    return send({ to: quote.token!, data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args }) })
  }
  const payApproved: Payer['payApproved'] = (quote) => {
    const args = [quoteArgs(quote), quote.signature] as const
    return send(checkout(quote, encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'payToken', args })))
  }

  const permitCall = (quote: QuoteAnswer, { v, r, s }: Split): Sent => {
    const args = [quoteArgs(quote), quote.signature, BigInt(quote.deadline), v, r, s] as const
    return checkout(quote, encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'payTokenWithPermit', args }))
  }

  return {
    account,
    address: account.address,
    sign,
    send,
    permit,
    approve,
    payApproved,
    async payToken(quote) {
      await approve(quote)
      return payApproved(quote)
    },
    permitCall,
    payWithPermit: async (quote) => send(permitCall(quote, await permit(quote))),
    async payNative(quote) {
      const args = [quoteArgs(quote), quote.signature] as const
      const data = encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'payNative', args })
      return send(checkout(quote, data, BigInt(quote.token_amount)))
    },
    async authorize(quote) {
      const validBefore = BigInt(quote.deadline)
      const message = {
        ...{ from: account.address, to: quote.checkout_address, value: BigInt(quote.token_amount) },
        ...{ validAfter: 0n, validBefore, nonce: quote.order_key },
      }
      const primaryType = 'ReceiveWithAuthorization'
      const { v, r, s } = split(
        await account.signTypedData({ domain, types: authorizationTypes, primaryType, message }),
      )
      const authorization = { payer: account.address, validAfter: 0n, validBefore, v, r, s }
      const args = [quoteArgs(quote), quote.signature, authorization] as const
      return checkout(quote, encodeFunctionData({ abi: creditCheckoutAbi, functionName: 'payWithAuthorization', args }))
    },
    transfer: (token, to, amount) =>
      send({ to: token, data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] }) }),
  }
}

function split(signature: Hex): Split {
  const { r, s, yParity } = parseSignature(signature)
  return { v: 27 + yParity, r, s }
}

const permitTypes = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const

const authorization = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const

export const authorizationTypes = {
  ReceiveWithAuthorization: authorization,
  TransferWithAuthorization: authorization,
} as const
