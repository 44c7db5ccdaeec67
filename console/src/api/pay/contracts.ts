import {
  decodeErrorResult,
  decodeFunctionResult,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  parseAbi,
  type Signature,
} from 'viem'
import { creditCheckoutAbi } from '../../../../contracts/artifacts/credit-checkout.ts'
import type { Provider } from '../wallet.ts'
import type { Payable } from './pay-by-wallet.ts'

export type Call = { readonly to: Hex; readonly data: Hex; readonly value: bigint }

const permitAbi = parseAbi(['function nonces(address owner) view returns (uint256)'])
const noCoin = 0n
const zeroAddress: Hex = '0x0000000000000000000000000000000000000000'

const quoteOf = ({ quote, token }: Payable) => ({
  orderId: quote.order_key as Hex,
  token: (token.address ?? zeroAddress) as Hex,
  amount: BigInt(quote.token_amount),
  usd: BigInt(quote.usd_nano),
  expiry: BigInt(quote.deadline),
})

/** Pays in coin, or in a token that the contract may take already. */
export function payCall(payable: Payable): Call {
  const isCoin = payable.token.address === null
  const data = encodeFunctionData({
    abi: creditCheckoutAbi,
    functionName: isCoin ? 'payNative' : 'payToken',
    args: [quoteOf(payable), payable.quote.signature as Hex],
  })
  return {
    to: payable.quote.checkout_address as Hex,
    data,
    value: isCoin ? BigInt(payable.quote.token_amount) : noCoin,
  }
}

/** Pays in a token that the payer's signature lets the contract take. */
export function permitCall(payable: Payable, { r, s, yParity }: Signature): Call {
  const data = encodeFunctionData({
    abi: creditCheckoutAbi,
    functionName: 'payTokenWithPermit',
    args: [quoteOf(payable), payable.quote.signature as Hex, BigInt(payable.quote.deadline), 27 + (yParity ?? 0), r, s],
  })
  return { to: payable.quote.checkout_address as Hex, data, value: noCoin }
}

type Permit = {
  readonly chainId: number
  readonly domain: { readonly name: string; readonly version: string }
  readonly token: string
  readonly nonce: bigint
}

/** What the wallet signs (ERC-2612): that the contract may take this amount, until the quote is over. */
export const permitMessage = (payable: Payable & { readonly from: string }, permit: Permit) => ({
  domain: { ...permit.domain, chainId: permit.chainId, verifyingContract: permit.token },
  primaryType: 'Permit',
  types: {
    EIP712Domain: [
      { name: 'name', type: 'string' },
      { name: 'version', type: 'string' },
      { name: 'chainId', type: 'uint256' },
      { name: 'verifyingContract', type: 'address' },
    ],
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  },
  message: {
    owner: payable.from,
    spender: payable.quote.checkout_address,
    value: payable.quote.token_amount,
    nonce: permit.nonce.toString(),
    deadline: String(payable.quote.deadline),
  },
})

export const approveCall = (token: string, spender: string, units: bigint): Call => ({
  to: token as Hex,
  data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender as Hex, units] }),
  value: noCoin,
})

const read = async (provider: Provider, to: string, data: Hex): Promise<Hex> =>
  (await provider.request({ method: 'eth_call', params: [{ to, data }, 'latest'] })) as Hex

export async function balanceOf(provider: Provider, token: string, owner: string): Promise<bigint> {
  const call = { abi: erc20Abi, functionName: 'balanceOf', args: [owner as Hex] } as const
  return decodeFunctionResult({ ...call, data: await read(provider, token, encodeFunctionData(call)) })
}

export async function allowanceOf(
  provider: Provider,
  token: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<bigint> {
  const call = { abi: erc20Abi, functionName: 'allowance', args: [from as Hex, to as Hex] } as const
  return decodeFunctionResult({ ...call, data: await read(provider, token, encodeFunctionData(call)) })
}

export async function nonceOf(provider: Provider, token: string, owner: string): Promise<bigint> {
  const call = { abi: permitAbi, functionName: 'nonces', args: [owner as Hex] } as const
  return decodeFunctionResult({ ...call, data: await read(provider, token, encodeFunctionData(call)) })
}

export const coinOf = async (provider: Provider, owner: string): Promise<bigint> =>
  BigInt((await provider.request({ method: 'eth_getBalance', params: [owner, 'latest'] })) as string)

const refusals: Readonly<Record<string, string>> = {
  AlreadyPaid: 'this has been paid already; the credits come when the network has confirmed it',
  Expired: 'the price has run out; nothing was paid',
  PriceMoved: 'the price of the coin fell since; nothing was paid, get a new price',
  Underpaid: 'this token keeps a part of what is sent, so it cannot be paid with here',
  BadQuote: 'the contract does not know this price; nothing was paid, get a new price',
}

/** Why the contract would refuse a call now, asked before anybody pays gas for it; undefined when it would not. */
export async function refusalOf(
  provider: Provider,
  from: string,
  { to, data, value }: Call,
): Promise<string | undefined> {
  try {
    const call = { from, to, data, value: `0x${value.toString(16)}` }
    await provider.request({ method: 'eth_call', params: [call, 'latest'] })
    return undefined
  } catch (error) {
    const hex = revertData(error)
    const name = hex === undefined ? undefined : nameOf(hex)
    const { message } = (error ?? {}) as { readonly message?: unknown }
    return (
      (name !== undefined && refusals[name]) ||
      `the contract refuses it: ${typeof message === 'string' ? message : name}`
    )
  }
}

/** Wallets put what a contract said at different depths. */
function revertData(error: unknown, depth = 0): Hex | undefined {
  if (typeof error === 'string') return /\b0x(?:[0-9a-f]{2}){4,}\b/i.exec(error)?.[0] as Hex | undefined
  if (typeof error !== 'object' || error === null || depth > 4) return undefined
  const { data, error: inner, originalError, cause, message } = error as Record<string, unknown>
  for (const each of [data, inner, originalError, cause, message]) {
    const found = revertData(each, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function nameOf(data: Hex): string | undefined {
  try {
    return decodeErrorResult({ abi: creditCheckoutAbi, data }).errorName
  } catch {
    return undefined
  }
}
