import type { ReactElement } from 'react'
import { keptInvitation } from '../../api/invitation.ts'
import { useAction } from '../../api/query.ts'
import { askAccount, askSignature, useWallets, type Wallet } from '../../api/wallet.ts'
import { Button } from '../../ui/button.tsx'
import { FailureNote } from '../../ui/state.tsx'
import type { Enter } from './enter.ts'
import { refusalOf, useSteps } from './steps.ts'

/** Each wallet that this browser has; without one the button stays and says so. */
export function WalletWay({ enter }: { readonly enter: Enter }): ReactElement {
  const wallets = useWallets()
  const message = useAction('POST /api/v1/sign-in/wallet/message')
  const verify = useAction('POST /api/v1/sign-in/wallet/verify')
  const { failure, isRunning, run } = useSteps(async (wallet: Wallet) => {
    const account = await askAccount(wallet)
    if (account.kind === 'refused') return refusalOf(account.why)
    const asked = await message.run({ body: account.answer })
    if (!asked.ok) return asked.failure
    const text = asked.answer.data.message
    const signed = await askSignature(wallet, text, account.answer.address)
    if (signed.kind === 'refused') return refusalOf(signed.why)
    const outcome = await verify.run({
      body: { message: text, signature: signed.answer, invitation: keptInvitation() },
    })
    return outcome.ok ? undefined : outcome.failure
  }, enter)
  return (
    <>
      {wallets.length === 0 && (
        <Button icon="wallet" reason="This browser has no wallet that announces itself (EIP-6963).">
          Sign in with a wallet
        </Button>
      )}
      {wallets.map((wallet) => (
        <Button key={wallet.id} icon="wallet" isBusy={isRunning} onClick={() => run(wallet)}>
          Sign in with {wallet.name}
        </Button>
      ))}
      {failure && <FailureNote failure={failure} />}
    </>
  )
}
