import { type ReactElement, useState } from 'react'
import { keptInvitation } from '../../api/invitation.ts'
import { useAction } from '../../api/query.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import type { Enter } from './enter.ts'

type Challenge = { readonly id: string; readonly email: string }

/** Who brings the code: a mail, or whoever runs the server. */
type Delivery = 'mail' | 'operator'

/** A code by mail: first the address, then the six digits. */
export function EmailWay({
  enter,
  deliveredBy,
}: {
  readonly enter: Enter
  readonly deliveredBy: Delivery
}): ReactElement {
  const [challenge, setChallenge] = useState<Challenge>()
  return challenge ? (
    <CodeForm
      challenge={challenge}
      deliveredBy={deliveredBy}
      enter={enter}
      back={() => setChallenge(undefined)}
      again={setChallenge}
    />
  ) : (
    <AddressForm begun={setChallenge} />
  )
}

function AddressForm({ begun }: { readonly begun: (challenge: Challenge) => void }) {
  const [email, setEmail] = useState('')
  const begin = useAction('POST /api/v1/sign-in/email')
  const send = async () => {
    const outcome = await begin.run({ body: { email, invitation: keptInvitation() } })
    if (outcome.ok) begun({ id: outcome.answer.data.challenge_id, email: email.trim() })
  }
  return (
    <Form submit="Send a code" onSubmit={() => void send()} isBusy={begin.isRunning} failure={begin.failure}>
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="email webauthn"
        inputMode="email"
        required
        value={email}
        onChange={setEmail}
      />
    </Form>
  )
}

type CodeProps = {
  readonly challenge: Challenge
  readonly deliveredBy: Delivery
  readonly enter: Enter
  readonly back: () => void
  readonly again: (challenge: Challenge) => void
}

function CodeForm({ challenge, deliveredBy, enter, back, again }: CodeProps) {
  const [code, setCode] = useState('')
  const verify = useAction('POST /api/v1/sign-in/email/verify')
  const begin = useAction('POST /api/v1/sign-in/email')
  const send = async () => {
    const outcome = await verify.run({
      body: { challenge_id: challenge.id, code, invitation: keptInvitation() },
    })
    if (outcome.ok) await enter()
  }
  const sendAgain = async () => {
    const outcome = await begin.run({ body: { email: challenge.email, invitation: keptInvitation() } })
    if (!outcome.ok) return
    verify.reset()
    setCode('')
    again({ ...challenge, id: outcome.answer.data.challenge_id })
  }
  return (
    <>
      <p role="status">
        {deliveredBy === 'mail' ? 'A code went to ' : 'This server sends no mail. Its operator has the code for '}
        <strong>{challenge.email}</strong>
        {deliveredBy === 'mail'
          ? '.'
          : ': it stands in the console under Admin, Accounts, and in the log of the server.'}{' '}
        It is good for ten minutes, in this browser.
      </p>
      <Form
        submit="Sign in"
        onSubmit={() => void send()}
        isBusy={verify.isRunning}
        failure={verify.failure ?? begin.failure}
        onCancel={back}
      >
        <TextField
          label="Code of six digits"
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          mono
          required
          value={code}
          onChange={setCode}
          autoFocus
        />
      </Form>
      <div>
        <Button kind="quiet" isBusy={begin.isRunning} onClick={() => void sendAgain()}>
          Send another code
        </Button>
      </div>
    </>
  )
}
