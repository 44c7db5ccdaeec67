import { type ReactElement, type ReactNode, useState } from 'react'
import type { Failure } from '../lib/failure.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './fields.tsx'
import { Form } from './form.tsx'

type ConfirmProps = {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** What will happen, as a question's heading: 'Delete the key production?' */
  readonly title: string
  /** What it means, and whether it can be taken back. */
  readonly children: ReactNode
  /** What the button says: 'Delete key'. */
  readonly action: string
  readonly onConfirm: () => void
  readonly isBusy?: boolean
  readonly failure?: Failure | undefined
  /** To be typed first, for what cannot be taken back. */
  readonly name?: string
}

/** Asks before something is done that somebody may regret; what cannot be taken back is confirmed by typing its name. */
export function Confirm({ isOpen, onClose, title, ...form }: ConfirmProps): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <ConfirmForm {...form} onClose={onClose} />
    </Dialog>
  )
}

function ConfirmForm({
  children,
  action,
  onConfirm,
  isBusy,
  failure,
  name,
  onClose,
}: Omit<ConfirmProps, 'isOpen' | 'title'>) {
  const [typed, setTyped] = useState('')
  const reason = name !== undefined && typed.trim() !== name ? `Type ${name} to confirm.` : undefined
  return (
    <Form
      submit={action}
      danger
      onSubmit={onConfirm}
      onCancel={onClose}
      isBusy={isBusy ?? false}
      failure={failure}
      reason={reason}
    >
      <div>{children}</div>
      {name !== undefined && (
        <TextField label={`Type ${name} to confirm`} value={typed} onChange={setTyped} autoComplete="off" />
      )}
    </Form>
  )
}
