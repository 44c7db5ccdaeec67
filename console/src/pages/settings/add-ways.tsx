import { type ReactElement, useState } from 'react'
import { makePasskey, whyNoPasskeys } from '../../api/passkey.ts'
import { useAction, useApi } from '../../api/query.ts'
import { askAccount, askSignature, useWallets, type Wallet } from '../../api/wallet.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'

const stale = ['GET /api/v1/identities', 'GET /api/v1/me'] as const

/** Further ways in: another passkey, a wallet, an account at another site, another address. */
export function AddWays(): ReactElement {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <div className="page-actions">
      <AddPasskey />
      <AddWallet />
      <AddOAuth />
      <Button icon="plus" onClick={() => setIsOpen(true)}>
        Add an e-mail address
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="Add an e-mail address">
        <AddEmail onClose={() => setIsOpen(false)} />
      </Dialog>
    </div>
  )
}

function AddPasskey() {
  const methods = useApi('GET /api/v1/sign-in/methods', {})
  const options = useAction('POST /api/v1/identities/passkey/options')
  const add = useAction('POST /api/v1/identities/passkey', { stale })
  const run = async () => {
    const asked = await options.run({})
    if (!asked.ok) return showToast(asked.failure.message, 'bad')
    const made = await makePasskey(asked.answer.data)
    if (made.kind === 'refused') return showToast(made.why, 'bad')
    const outcome = await add.run({ body: { response: made.answer } })
    if (outcome.ok) showToast('The passkey is added.')
    else showToast(outcome.failure.message, 'bad')
  }
  const whyNot = methods.data?.data.passkey.why_not ?? whyNoPasskeys()
  return (
    <Button icon="passkey" reason={whyNot} isBusy={options.isRunning || add.isRunning} onClick={() => void run()}>
      Add a passkey
    </Button>
  )
}

function AddWallet() {
  const wallets = useWallets()
  const message = useAction('POST /api/v1/identities/wallet/message')
  const add = useAction('POST /api/v1/identities/wallet', { stale })
  const run = async (wallet: Wallet) => {
    const account = await askAccount(wallet)
    if (account.kind === 'refused') return showToast(account.why, 'bad')
    const asked = await message.run({ body: account.answer })
    if (!asked.ok) return showToast(asked.failure.message, 'bad')
    const text = asked.answer.data.message
    const signed = await askSignature(wallet, text, account.answer.address)
    if (signed.kind === 'refused') return showToast(signed.why, 'bad')
    const outcome = await add.run({ body: { message: text, signature: signed.answer } })
    if (outcome.ok) showToast('The wallet is added.')
    else showToast(outcome.failure.message, 'bad')
  }
  if (wallets.length === 0)
    return (
      <Button icon="wallet" reason="This browser has no wallet that announces itself (EIP-6963).">
        Add a wallet
      </Button>
    )
  return wallets.map((wallet) => (
    <Button key={wallet.id} icon="wallet" isBusy={message.isRunning || add.isRunning} onClick={() => void run(wallet)}>
      Add {wallet.name}
    </Button>
  ))
}

const siteNames = { github: 'GitHub', google: 'Google' } as const

/** One button for each site that the operator has set up. */
function AddOAuth() {
  const methods = useApi('GET /api/v1/sign-in/methods', {})
  const begin = useAction('POST /api/v1/identities/oauth/{provider}')
  const run = async (provider: keyof typeof siteNames) => {
    const outcome = await begin.run({ path: { provider }, body: { next: '/settings/sign-in' } })
    if (outcome.ok) window.location.assign(outcome.answer.data.url)
    else showToast(outcome.failure.message, 'bad')
  }
  return methods.data?.data.oauth.map((provider) => (
    <Button key={provider} isBusy={begin.isRunning} onClick={() => void run(provider)}>
      Add {siteNames[provider]}
    </Button>
  ))
}

function AddEmail({ onClose }: { readonly onClose: () => void }) {
  const [challenge, setChallenge] = useState<{ readonly id: string; readonly email: string }>()
  return challenge ? (
    <CodeForm challengeId={challenge.id} email={challenge.email} onClose={onClose} />
  ) : (
    <AddressForm begun={setChallenge} onClose={onClose} />
  )
}

type AddressProps = {
  readonly begun: (challenge: { readonly id: string; readonly email: string }) => void
  readonly onClose: () => void
}

function AddressForm({ begun, onClose }: AddressProps) {
  const [email, setEmail] = useState('')
  const begin = useAction('POST /api/v1/identities/email')
  const send = async () => {
    const outcome = await begin.run({ body: { email: email.trim() } })
    if (outcome.ok) begun({ id: outcome.answer.data.challenge_id, email: email.trim() })
  }
  return (
    <Form
      submit="Send a code"
      onSubmit={() => void send()}
      onCancel={onClose}
      isBusy={begin.isRunning}
      failure={begin.failure}
      reason={email.includes('@') ? undefined : 'Say an address.'}
    >
      <TextField
        label="E-mail"
        name="email"
        type="email"
        inputMode="email"
        autoComplete="email"
        maxLength={254}
        value={email}
        onChange={setEmail}
      />
    </Form>
  )
}

type CodeProps = { readonly challengeId: string; readonly email: string; readonly onClose: () => void }

function CodeForm({ challengeId, email, onClose }: CodeProps) {
  const [code, setCode] = useState('')
  const verify = useAction('POST /api/v1/identities/email/verify', { stale })
  const send = async () => {
    const outcome = await verify.run({ body: { challenge_id: challengeId, code: code.trim() } })
    if (!outcome.ok) return
    showToast(`${email} is added.`)
    onClose()
  }
  return (
    <Form
      submit="Add this address"
      onSubmit={() => void send()}
      onCancel={onClose}
      isBusy={verify.isRunning}
      failure={verify.failure}
      reason={/^\d{6}$/.test(code.trim()) ? undefined : 'Type the six digits.'}
    >
      <TextField
        label="Code of six digits"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        hint={`Sent to ${email}; it works for ten minutes.`}
        value={code}
        onChange={setCode}
        maxLength={6}
        mono
      />
    </Form>
  )
}
