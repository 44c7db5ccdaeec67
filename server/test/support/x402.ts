import { randomBytes } from 'node:crypto'
import type { Hex } from 'viem'
import { authorizationTypes, type Payer } from './payer.ts'

export type Wanted = {
  readonly network: string
  readonly amount: string
  readonly asset: Hex
  readonly payTo: Hex
  readonly extra: { readonly name: string; readonly version: string }
}

export type X402Answer = {
  readonly status: number
  readonly required: { readonly error: string; readonly accepts: readonly Wanted[] } | undefined
  readonly response: { readonly success: boolean; readonly transaction: string } | undefined
  readonly data: {
    readonly account_id: string
    readonly order_id: string
    readonly state: string
    readonly key: string | null
  }
}

const decoded = (text: string | null): never | undefined =>
  text === null ? undefined : (JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as never)

export type X402Ask = {
  readonly amountUsd?: string
  readonly payment?: string
  readonly claim?: string
  readonly key?: string
}

/** One request for credits. */
export async function askX402(url: string, { amountUsd = '1', payment, claim, key }: X402Ask): Promise<X402Answer> {
  const answer = await fetch(`${url}/api/v1/x402/credits?amount_usd=${amountUsd}`, {
    method: 'POST',
    headers: {
      ...(payment !== undefined && { 'payment-signature': payment }),
      ...(claim !== undefined && { 'x402-claim': claim }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
  })
  const body = (await answer.json()) as { data: X402Answer['data'] }
  return {
    status: answer.status,
    required: decoded(answer.headers.get('payment-required')),
    response: decoded(answer.headers.get('payment-response')),
    data: body.data,
  }
}

export type Change = Partial<Record<'to' | 'nonce', Hex> & Record<'value' | 'validBefore' | 'validAfter', bigint>>

/** What a client of the protocol sends for what was wanted; `change` is signed with it. */
export async function payFor(payer: Payer, wanted: Wanted, change: Change = {}): Promise<string> {
  const now = BigInt(Math.floor(Date.now() / 1_000))
  const nonce: Hex = `0x${randomBytes(32).toString('hex')}`
  const message = {
    ...{ from: payer.address, to: wanted.payTo, value: BigInt(wanted.amount) },
    ...{ validAfter: 0n, validBefore: now + 600n, nonce },
    ...change,
  }
  const signature = await payer.account.signTypedData({
    domain: { ...wanted.extra, chainId: Number(wanted.network.split(':')[1]), verifyingContract: wanted.asset },
    types: authorizationTypes,
    primaryType: 'TransferWithAuthorization',
    message,
  })
  const authorization = Object.fromEntries(Object.entries(message).map(([name, value]) => [name, value.toString()]))
  const payment = { x402Version: 2, accepted: { scheme: 'exact', ...wanted }, payload: { signature, authorization } }
  return Buffer.from(JSON.stringify(payment)).toString('base64')
}
