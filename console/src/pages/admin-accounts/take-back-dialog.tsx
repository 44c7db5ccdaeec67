import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { credits, formatMoney, type MoneyUnit, toCreditsText } from '../../lib/money.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { MoneyField, readMoney, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { staleByTransfer } from './grant-dialog.tsx'

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
  const [unit, setUnit] = useState<MoneyUnit>('credits')
  const [amountText, setAmountText] = useState(lot.credits_left)
  const [reason, setReason] = useState('')
  const take = useAction('POST /api/v1/accounts/{id}/corrections', { stale: staleByTransfer })
  const amount = readMoney(amountText, unit)
  const submit = async () => {
    if (amount === undefined) return
    const body = { transfer_id: lot.id, credits: toCreditsText(amount), reason }
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
      reason={missing(amount, lot, reason)}
    >
      <p>
        Nothing on the ledger is changed: a correction that names the grant is added.{' '}
        {formatMoney(credits(lot.credits_left), 'credits')} are left of it.
      </p>
      <MoneyField
        label="Amount"
        name="credits"
        value={amountText}
        onChange={setAmountText}
        unit={unit}
        onUnitChange={setUnit}
      />
      <TextField
        label="Reason"
        name="reason"
        hint="The account sees it in its ledger."
        value={reason}
        onChange={setReason}
        maxLength={200}
        autoComplete="off"
      />
    </Form>
  )
}

function missing(amount: bigint | undefined, lot: Lot, reason: string): string | undefined {
  if (amount === undefined || amount <= 0n) return 'Say how much: more than nothing.'
  if (amount > credits(lot.credits_left)) return 'More than is left of the grant.'
  return reason.trim() === '' ? 'Say what for.' : undefined
}
