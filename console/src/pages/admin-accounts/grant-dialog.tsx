import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { formatMoney, toCreditsText } from '../../lib/money.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { showToast } from '../../ui/toast.tsx'
import { useMovementDraft } from './movement-draft.tsx'

type Props = {
  readonly account: Pick<AnswerOf<'GET /api/v1/accounts/{id}'>['data'], 'id' | 'name'>
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** What is read anew when credits came in or were taken back. */
export const staleByTransfer = [
  'GET /api/v1/accounts',
  'GET /api/v1/accounts/{id}',
  'GET /api/v1/accounts/{id}/lots',
  'GET /api/v1/accounts/{id}/ledger',
] as const

/** Gives an account credits, with the reason that its ledger will show. */
export function GrantDialog({ account, isOpen, onClose }: Props): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Grant credits to ${account.name}`}>
      <GrantForm account={account} onClose={onClose} />
    </Dialog>
  )
}

function GrantForm({ account, onClose }: Omit<Props, 'isOpen'>) {
  const { amount, note, missing, fields } = useMovementDraft({ amount: '', unit: usePreference('unit') })
  const [day, setDay] = useState('')
  const grant = useAction('POST /api/v1/accounts/{id}/grants', { stale: staleByTransfer })
  const submit = async () => {
    if (amount === undefined) return
    const expiry = day === '' ? {} : { expires_at: `${day}T23:59:59Z` }
    const body = { credits: toCreditsText(amount), reason: note, ...expiry }
    const outcome = await grant.run({ path: { id: account.id }, body })
    if (!outcome.ok) return
    showToast(`${formatMoney(amount, 'credits')} granted to ${account.name}.`)
    onClose()
  }
  return (
    <Form
      submit="Grant credits"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={grant.isRunning}
      failure={grant.failure}
      reason={missing}
    >
      {fields}
      <TextField
        label="Expires after"
        name="expires_at"
        optional
        hint="What is left at the end of that day (UTC) is gone."
        type="date"
        value={day}
        onChange={setDay}
      />
    </Form>
  )
}
