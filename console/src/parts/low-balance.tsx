import { type ReactElement, useState } from 'react'
import { addressOf } from '../api/client.ts'
import { useAction, useApi } from '../api/query.ts'
import { useMay, useSession } from '../api/session.ts'
import { credits, formatMoney, type MilliCredits, toCreditsText, toUsdText } from '../lib/money.ts'
import { Button } from '../ui/button.tsx'
import { SameByApi } from '../ui/code.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { MoneyField, readMoney } from '../ui/fields.tsx'
import { Form } from '../ui/form.tsx'
import { usePreference } from '../ui/preferences.ts'
import { showToast } from '../ui/toast.tsx'

const get = 'GET /api/v1/accounts/{id}/alerts'
const patch = 'PATCH /api/v1/accounts/{id}/alerts'

/** Below which balance the account is told; the button says what is set. */
export function LowBalance(): ReactElement {
  const { account } = useSession()
  const unit = usePreference('unit')
  const [isOpen, setIsOpen] = useState(false)
  const { data } = useApi(get, { path: { id: account.id } })
  const set = data?.data.low_balance_credits
  const now = set === undefined ? undefined : set === null ? null : credits(set)
  return (
    <>
      <Button onClick={() => setIsOpen(true)} reason={data ? undefined : 'It is being read.'}>
        {now === undefined || now === null ? 'Alert: off' : `Alert below ${formatMoney(now, unit)}`}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="Low-balance alert">
        {now !== undefined && <AlertForm now={now} onClose={() => setIsOpen(false)} />}
      </Dialog>
    </>
  )
}

function AlertForm({ now, onClose }: { readonly now: MilliCredits | null; readonly onClose: () => void }) {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const shown = usePreference('unit')
  const [unit, setUnit] = useState(shown)
  const [text, setText] = useState(now === null ? '' : unit === 'usd' ? toUsdText(now) : toCreditsText(now))
  const save = useAction(patch, { stale: [get] })
  const isOff = text.trim() === ''
  const amount = readMoney(text, unit)
  const isAmount = amount !== undefined && amount > 0n
  const path = { id: account.id }
  const body = { low_balance_credits: isAmount ? toCreditsText(amount) : null }
  const submit = async () => {
    const outcome = await save.run({ path, body })
    if (!outcome.ok) return
    showToast(isAmount ? `The account is told below ${formatMoney(amount, shown)}.` : 'The alert is off.')
    onClose()
  }
  return (
    <Form
      submit={isOff ? 'Turn the alert off' : 'Set the alert'}
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={save.isRunning}
      failure={save.failure}
      reason={reason ?? (isOff || isAmount ? undefined : 'Give an amount above zero, or nothing.')}
    >
      <MoneyField
        label="Tell when the balance falls below"
        name="low_balance_credits"
        value={text}
        onChange={setText}
        unit={unit}
        onUnitChange={setUnit}
        hint={isOff ? 'Empty: never.' : undefined}
      />
      <p className="soft">
        The account’s webhooks for <code>balance.low</code> are called, and those who look after billing are mailed,
        once for each fall below it; what calls under way hold is not taken off.
      </p>
      {(isOff || isAmount) && (
        <SameByApi calls={[{ method: 'PATCH', address: addressOf(patch, { path, body }), body }]} />
      )}
    </Form>
  )
}
