import type { ReactElement } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { credits, formatMoney, toCreditsText } from '../../lib/money.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { staleByTransfer } from './grant-dialog.tsx'
import { useMovementDraft } from './movement-draft.tsx'

export type Lot = AnswerOf<'GET /api/v1/accounts/{id}/lots'>['data'][number]

type Props = { readonly accountId: string; readonly lot: Lot | undefined; readonly onClose: () => void }

/** Takes back what is left of a grant, or a part of it, by a movement of its own. */
export function TakeBackDialog({ accountId, lot, onClose }: Props): ReactElement {
  return (
    <Dialog isOpen={lot !== undefined} onClose={onClose} title="Take back granted credits">
      {lot && <TakeBackForm accountId={accountId} lot={lot} onClose={onClose} />}
    </Dialog>
  )
}

function TakeBackForm({ accountId, lot, onClose }: Props & { readonly lot: Lot }) {
  const { amount, note, missing, fields } = useMovementDraft({ amount: lot.credits_left, unit: 'credits' })
  const take = useAction('POST /api/v1/accounts/{id}/corrections', { stale: staleByTransfer })
  const left = credits(lot.credits_left)
  const tooMuch = amount !== undefined && amount > left ? 'More than is left of the grant.' : undefined
  const submit = async () => {
    if (amount === undefined) return
    const body = { transfer_id: lot.id, credits: toCreditsText(amount), reason: note }
    const outcome = await take.run({ path: { id: accountId }, body })
    if (!outcome.ok) return
    showToast(`${formatMoney(amount, 'credits')} taken back.`)
    onClose()
  }
  return (
    <Form
      submit="Take back"
      danger
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={take.isRunning}
      failure={take.failure}
      reason={tooMuch ?? missing}
    >
      <p>
        Nothing on the ledger is changed: a correction that names the grant is added. {formatMoney(left, 'credits')} are
        left of it.
      </p>
      {fields}
    </Form>
  )
}
