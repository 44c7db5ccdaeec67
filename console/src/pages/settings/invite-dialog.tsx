import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { type Role, roleNames, roleWords } from './roles.tsx'

const invite = 'POST /api/v1/accounts/{id}/invitations'
type Props = { readonly isOpen: boolean; readonly onClose: () => void }

/** Asks somebody to join; their link is shown once, and mailed where the server can. */
export function InviteDialog({ isOpen, onClose }: Props): ReactElement {
  const { account } = useSession()
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Invite to ${account.name}`}>
      <Invite onClose={onClose} />
    </Dialog>
  )
}

function Invite({ onClose }: Pick<Props, 'onClose'>) {
  const [sent, setSent] = useState<AnswerOf<typeof invite> | undefined>()
  return sent ? <Sent sent={sent} onClose={onClose} /> : <InviteForm onSent={setSent} onClose={onClose} />
}

type FormProps = Pick<Props, 'onClose'> & { readonly onSent: (sent: AnswerOf<typeof invite>) => void }

function InviteForm({ onSent, onClose }: FormProps) {
  const { account } = useSession()
  const makeOwner = useMay('owner')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const send = useAction(invite, { stale: ['GET /api/v1/accounts/{id}/invitations'] })
  const submit = async () => {
    const outcome = await send.run({ path: { id: account.id }, body: { email: email.trim(), role } })
    if (outcome.ok) onSent(outcome.answer)
  }
  return (
    <Form
      submit="Invite"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={send.isRunning}
      failure={send.failure}
      reason={email.includes('@') ? undefined : 'Say an e-mail address.'}
    >
      <TextField
        label="E-mail"
        name="email"
        type="email"
        inputMode="email"
        value={email}
        onChange={setEmail}
        autoComplete="off"
        maxLength={254}
      />
      <SelectField
        label="Role"
        name="role"
        value={role}
        onChange={setRole}
        hint={roleWords[role].may}
        options={roleNames
          .filter((each) => each !== 'owner' || makeOwner.may)
          .map((each) => ({ value: each, label: roleWords[each].name }))}
      />
    </Form>
  )
}

function Sent({ sent, onClose }: Pick<Props, 'onClose'> & { readonly sent: AnswerOf<typeof invite> }) {
  const { link, mailed, data } = sent
  return (
    <div className="form">
      <p role="status">
        {mailed
          ? `A link was mailed to ${data.email}. You may also hand it over yourself:`
          : `This server sends no mail: hand the link to ${data.email} yourself.`}
      </p>
      <CopyText text={link} what="link" />
      <p className="soft">It works once, for whoever has it, and is not shown again.</p>
      <footer className="form-foot">
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </footer>
    </div>
  )
}
