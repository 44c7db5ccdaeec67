/** x402, version 2, scheme `exact` on EVM chains (EIP-3009): what goes over the wire. */
import { z } from 'zod'
import { parseJson } from '../../core/json.ts'
import type { Address, Chain, Token } from '../chain/settings.ts'
import type { Hash } from '../chain/read/types.ts'

/** Request header with the payment; answer headers with what is wanted and what was paid. */
export const headers = {
  payment: 'payment-signature',
  required: 'payment-required',
  response: 'payment-response',
} as const

export type Requirements = {
  readonly scheme: 'exact'
  /** CAIP-2. */
  readonly network: string
  readonly amount: string
  readonly asset: string
  readonly payTo: string
  readonly maxTimeoutSeconds: number
  /** The token's EIP-712 domain; `upfront`: paid before anything is served. */
  readonly extra: { readonly name: string; readonly version: string; readonly paymentFlow: 'upfront' }
}

export type PaymentRequired = {
  readonly x402Version: 2
  readonly error: string
  readonly resource: { readonly url: string; readonly description: string; readonly mimeType: string }
  readonly accepts: readonly Requirements[]
}

/** A token on a chain that lets its holders authorise transfers. */
export type Asset = { readonly chain: Chain; readonly token: Token & Required<Pick<Token, 'address' | 'domain'>> }

/** A payer's authorization has to be good for so long, at least: it has to get into a block. */
export const timeoutSeconds = 120

export const requirementsOf = ({ chain, token }: Asset, amount: bigint): Requirements => ({
  scheme: 'exact',
  network: `eip155:${chain.id}`,
  amount: amount.toString(),
  asset: token.address!,
  payTo: chain.treasury,
  maxTimeoutSeconds: timeoutSeconds,
  extra: { ...token.domain!, paymentFlow: 'upfront' },
})

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
const address = hex(20).transform((text) => text.toLowerCase() as Address)
const whole = z.string().regex(/^\d{1,78}$/)

const payload = z.object({
  x402Version: z.literal(2),
  accepted: z.object({
    scheme: z.literal('exact'),
    network: z.string(),
    amount: whole,
    asset: address,
    payTo: address,
  }),
  payload: z.object({
    signature: hex(65).transform((text) => text.toLowerCase() as Hash),
    authorization: z.object({
      from: address,
      to: address,
      value: whole,
      validAfter: whole,
      validBefore: whole,
      nonce: hex(32).transform((text) => text.toLowerCase() as Hash),
    }),
  }),
})

export type Authorization = {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hash
  readonly signature: Hash
}

export type Payment = {
  readonly network: string
  readonly asset: Address
  readonly authorization: Authorization
}

/** Reads a payment; `undefined`: it is none of this version and scheme. */
export function readPayment(header: string): Payment | undefined {
  const parsed = payload.safeParse(parseJson(Buffer.from(header, 'base64').toString('utf8')))
  if (!parsed.success) return undefined
  const { accepted, payload: paid } = parsed.data
  const { from, to, nonce, ...amounts } = paid.authorization
  return {
    network: accepted.network,
    asset: accepted.asset,
    authorization: {
      ...{ from, to, nonce, signature: paid.signature, value: BigInt(amounts.value) },
      ...{ validAfter: BigInt(amounts.validAfter), validBefore: BigInt(amounts.validBefore) },
    },
  }
}

export const headerText = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64')
