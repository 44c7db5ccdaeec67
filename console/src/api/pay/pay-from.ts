import { type Hex, parseSignature } from 'viem'
import { tokenText } from '../../lib/token-amount.ts'
import { outcomeOf, type Provider, type WalletOutcome } from '../wallet.ts'
import {
  allowanceOf,
  approveCall,
  balanceOf,
  type Call,
  coinOf,
  nonceOf,
  payCall,
  permitCall,
  permitMessage,
  refusalOf,
} from './contracts.ts'
import type { Paid, Payable, PayStep } from './pay-by-wallet.ts'

type Payment = Payable & { readonly from: string }
type Options = { readonly onStep: (step: PayStep, hash?: string) => void; readonly signal: AbortSignal }

/** Asks an account of a wallet, on the right network, to allow the amount where that is needed, and to pay. */
export function payFrom(
  provider: Provider,
  payment: Payment,
  { onStep, signal }: Options,
): Promise<WalletOutcome<Paid>> {
  return outcomeOf(async () => {
    await expectBalance(provider, payment)
    const call = await allowedCall(provider, payment, { onStep, signal })
    const refusal = await refusalOf(provider, payment.from, call)
    if (refusal !== undefined) throw new Error(refusal)
    onStep('pay')
    const hash = await send(provider, payment.from, call)
    onStep('sent', hash)
    await receiptOf(provider, hash, signal)
    return { hash }
  })
}

async function expectBalance(provider: Provider, { token, quote, from }: Payment): Promise<void> {
  const has = token.address === null ? await coinOf(provider, from) : await balanceOf(provider, token.address, from)
  const needed = BigInt(quote.token_amount)
  if (has >= needed) return
  const words = (units: bigint) => `${tokenText(units, token.decimals)} ${token.symbol}`
  throw new Error(`this account has ${words(has)}, and ${words(needed)} are needed`)
}

/** The call that pays, once the contract may take the amount. */
async function allowedCall(provider: Provider, payment: Payment, { onStep, signal }: Options): Promise<Call> {
  const { token, quote, from, chain } = payment
  if (token.address === null) return payCall(payment)
  const amount = BigInt(quote.token_amount)
  const allowed = await allowanceOf(provider, token.address, { from, to: quote.checkout_address })
  if (allowed >= amount) return payCall(payment)
  onStep('allow')
  if (token.authorizations.includes('permit') && token.domain !== null) {
    const nonce = await nonceOf(provider, token.address, from)
    const message = permitMessage(payment, { chainId: chain.id, domain: token.domain, token: token.address, nonce })
    const signature = (await provider.request({
      method: 'eth_signTypedData_v4',
      params: [from, JSON.stringify(message)],
    })) as Hex
    return permitCall(payment, parseSignature(signature))
  }
  // Some tokens (USDT) change no allowance but from or to zero.
  for (const units of allowed > 0n ? [0n, amount] : [amount]) {
    const hash = await send(provider, from, approveCall(token.address, quote.checkout_address, units))
    await receiptOf(provider, hash, signal)
  }
  return payCall(payment)
}

async function send(provider: Provider, from: string, { to, data, value }: Call): Promise<string> {
  const call = { from, to, data, ...(value > 0n && { value: `0x${value.toString(16)}` }) }
  const hash = await provider.request({ method: 'eth_sendTransaction', params: [call] })
  if (typeof hash !== 'string') throw new Error('it named no transaction')
  return hash
}

const lookMs = 1_000

/** Waits until a transaction is in a block; throws when it was undone there. */
async function receiptOf(provider: Provider, hash: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const receipt = await provider.request({ method: 'eth_getTransactionReceipt', params: [hash] })
    const { status } = (receipt ?? {}) as { readonly status?: string }
    if (status === '0x0') throw new Error('the network refused the transaction; nothing was paid but its gas')
    if (status !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}
