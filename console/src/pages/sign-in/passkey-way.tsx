import { type ReactElement, useState } from 'react'
import { keptInvitation } from '../../api/invitation.ts'
import { makePasskey, signWithPasskey, whyNoPasskeys } from '../../api/passkey.ts'
import { useAction } from '../../api/query.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { FailureNote } from '../../ui/state.tsx'
import type { Enter } from './enter.ts'
import { refusalOf, useSteps } from './steps.ts'

type WayProps = {
  readonly enter: Enter
  /** Why the server has no passkeys under this address. */
  readonly whyNot: string | null
}

/** A passkey that this person has. */
export function PasskeyWay({ enter, whyNot }: WayProps): ReactElement {
  const options = useAction('POST /api/v1/sign-in/passkey/options')
  const verify = useAction('POST /api/v1/sign-in/passkey/verify')
  const { failure, isRunning, run } = useSteps(async () => {
    const asked = await options.run({})
    if (!asked.ok) return asked.failure
    const signed = await signWithPasskey(asked.answer.data)
    if (signed.kind === 'refused') return refusalOf(signed.why)
    const outcome = await verify.run({ body: { response: signed.answer } })
    return outcome.ok ? undefined : outcome.failure
  }, enter)
  return (
    <>
      <Button icon="passkey" isBusy={isRunning} reason={whyNot ?? whyNoPasskeys()} onClick={() => run(undefined)}>
        Sign in with a passkey
      </Button>
      {failure && <FailureNote failure={failure} />}
    </>
  )
}

/** Somebody new, by a passkey alone: no address is asked for. */
export function NewPasskeyWay({ enter, whyNot }: WayProps): ReactElement {
  const [name, setName] = useState('')
  const options = useAction('POST /api/v1/sign-in/passkey/register-options')
  const register = useAction('POST /api/v1/sign-in/passkey/register')
  const { failure, isRunning, run } = useSteps(async () => {
    const asked = await options.run({ body: { name: name.trim() } })
    if (!asked.ok) return asked.failure
    const made = await makePasskey(asked.answer.data)
    if (made.kind === 'refused') return refusalOf(made.why)
    const outcome = await register.run({ body: { response: made.answer, invitation: keptInvitation() } })
    return outcome.ok ? undefined : outcome.failure
  }, enter)
  return (
    <Form
      submit="Make a passkey"
      onSubmit={() => run(undefined)}
      isBusy={isRunning}
      failure={failure}
      reason={whyNot ?? whyNoPasskeys()}
    >
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        required
        maxLength={200}
        value={name}
        onChange={setName}
      />
    </Form>
  )
}
