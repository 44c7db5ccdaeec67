import type { ReactElement } from 'react'
import { tokenText } from '../../lib/token-amount.ts'
import type { Order } from '../../parts/orders/order.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Countdown, useSecondsUntil } from '../../ui/countdown.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import type { Options } from './options.ts'
import { WalletPay } from './wallet-pay.tsx'

export type QuotePay = Extract<NonNullable<Order['pay']>, { readonly kind: 'quote' }>

/** An exact amount of a token that is good until a moment, and the wallets that may pay it. */
export function PayQuote({
  order,
  quote,
  options,
}: {
  readonly order: Order
  readonly quote: QuotePay
  readonly options: Options
}): ReactElement {
  const until = new Date(quote.deadline * 1_000)
  const { left } = useSecondsUntil(until)
  const chain = options.crypto.chains.find(({ id }) => id === quote.chain_id)
  const token = chain?.tokens.find(({ address }) => sameAddress(address, quote.token))
  if (!chain || !token)
    return (
      <EmptyNote title="This network is not offered any more">Cancel the payment and choose another network.</EmptyNote>
    )
  const amount = tokenText(BigInt(quote.token_amount), token.decimals)
  return (
    <>
      <Stats>
        <Stat
          label="Pay exactly"
          value={<CopyText text={amount} what="amount" shown={`${amount} ${token.symbol}`} />}
          detail={chain.name}
        />
        <Stat
          label="Good for"
          value={<Countdown until={until} over="run out" />}
          detail={
            left === undefined ? 'Nothing was paid. Cancel it and get a new price.' : 'then the price has run out'
          }
        />
      </Stats>
      <WalletPay
        order={order}
        payable={{ chain, token, quote }}
        isOver={left === undefined}
        hasTestWallet={chain.test_wallet}
      />
    </>
  )
}

const sameAddress = (one: string | null, other: string | null): boolean =>
  one === other || (one !== null && other !== null && one.toLowerCase() === other.toLowerCase())
