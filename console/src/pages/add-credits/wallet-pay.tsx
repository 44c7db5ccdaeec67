import { type ReactElement, useEffect, useRef, useState } from 'react'
import { type Payable, payByWallet, type PayStep } from '../../api/pay/pay-by-wallet.ts'
import { testWallet } from '../../api/pay/test-wallet.ts'
import { useWallets, type Wallet } from '../../api/wallet.ts'
import type { Order } from '../../parts/orders/order.ts'
import { Button } from '../../ui/button.tsx'
import { Cancel } from './cancel.tsx'
import { TestWallet } from './test-wallet.tsx'

type Props = {
  readonly order: Order
  readonly payable: Payable
  /** The price has run out. */
  readonly isOver: boolean
  readonly hasTestWallet: boolean
}

/** The wallets of this browser, and what the chosen one is asked, step by step. */
export function WalletPay({ order, payable, isOver, hasTestWallet }: Props): ReactElement {
  const found = useWallets()
  const { step, refused, pay, sent } = usePaying(order.id, payable)
  const wallets = hasTestWallet ? [...found, testWallet(payable.chain.id)] : found
  return (
    <div className="wallet-pay">
      {wallets.length === 0 && (
        <p className="soft">
          This browser has no wallet that announces itself (EIP-6963). Install one, or go back and choose “Send to an
          address”, which works from anywhere.
        </p>
      )}
      <div className="page-actions">
        {wallets.map((wallet, at) => (
          <Button
            key={wallet.id}
            kind={at === 0 ? 'primary' : 'plain'}
            icon="wallet"
            isBusy={step !== undefined && step !== 'sent'}
            reason={reasonOf({ isOver, sent })}
            onClick={() => void pay(wallet)}
          >
            Pay with {wallet.name}
          </Button>
        ))}
      </div>
      <Steps step={step} payable={payable} />
      {refused !== undefined && (
        <p className="form-failure" role="alert">
          {refused}
        </p>
      )}
      {hasTestWallet && <TestWallet payable={payable} />}
      {step === undefined && (
        <div className="page-actions">
          <Cancel order={order} />
        </div>
      )}
    </div>
  )
}

function reasonOf({ isOver, sent }: { readonly isOver: boolean; readonly sent: string | undefined }) {
  if (sent !== undefined) return 'It was sent. The network is being watched for it.'
  return isOver ? 'The price has run out. Cancel this payment and get a new price.' : undefined
}

const sentKey = (orderId: string) => `redpill.sent.${orderId}`

/** Pays with a wallet, once: what was sent is remembered for this tab, whatever happens to the page. */
function usePaying(orderId: string, payable: Payable) {
  const [sent, setSent] = useState(() => sessionStorage.getItem(sentKey(orderId)) ?? undefined)
  const [step, setStep] = useState<PayStep | undefined>(sent === undefined ? undefined : 'sent')
  const [refused, setRefused] = useState<string | undefined>()
  const stop = useRef(new AbortController())
  useEffect(() => {
    const controller = new AbortController()
    stop.current = controller
    return () => controller.abort()
  }, [])
  const pay = async (wallet: Wallet) => {
    setRefused(undefined)
    const { signal } = stop.current
    const onStep = (next: PayStep, hash?: string) => {
      setStep(next)
      if (hash === undefined) return
      sessionStorage.setItem(sentKey(orderId), hash)
      setSent(hash)
    }
    const outcome = await payByWallet(wallet, payable, { onStep, signal })
    if (outcome.kind === 'answered' || signal.aborted) return
    sessionStorage.removeItem(sentKey(orderId))
    setSent(undefined)
    setStep(undefined)
    setRefused(outcome.why)
  }
  return { step, refused, pay, sent }
}

const order: readonly PayStep[] = ['connect', 'network', 'allow', 'pay', 'sent']

function wordsOf(step: PayStep, { chain, token }: Payable): string {
  switch (step) {
    case 'connect':
      return 'Asking the wallet for an account'
    case 'network':
      return `Going to ${chain.name}`
    case 'allow':
      return `Allow the ${token.symbol}: confirm in the wallet`
    case 'pay':
      return 'Pay: confirm in the wallet'
    case 'sent':
      return 'Sent. The network is being watched for it'
  }
}

function Steps({ step, payable }: { readonly step: PayStep | undefined; readonly payable: Payable }) {
  return (
    <p className="wallet-step" role="status" data-step={step}>
      {step !== undefined && (
        <>
          <span className="faint">
            {order.indexOf(step) + 1} of {order.length}
          </span>{' '}
          {wordsOf(step, payable)}
        </>
      )}
    </p>
  )
}
