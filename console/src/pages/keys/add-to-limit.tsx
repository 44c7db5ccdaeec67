import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { limitSentence } from '../../lib/limit-sentence.ts'
import { credits, toCreditsText } from '../../lib/money.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MoneyField, readMoney } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { useNow } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { leftOf, usedOf } from './key-budget.ts'
import type { Key } from './key-status.ts'

/** Raises a limit by an amount, whatever it is by then: nobody has to know or add up what was set. */
export function AddToLimit({
  target,
  onClose,
}: {
  readonly target: Key | undefined
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog isOpen={target !== undefined} onClose={onClose} title={`Add to the limit of ${target?.name ?? 'the key'}`}>
      {target && target.limit_credits !== null && (
        <AddForm target={target} limit={target.limit_credits} onClose={onClose} />
      )}
    </Dialog>
  )
}

const patch = 'PATCH /api/v1/keys/{id}'

function AddForm({
  target,
  limit,
  onClose,
}: {
  readonly target: Key
  readonly limit: string
  readonly onClose: () => void
}) {
  const shown = usePreference('unit')
  const now = useNow()
  const [text, setText] = useState('')
  const [unit, setUnit] = useState(shown)
  const add = useAction(patch, { stale: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'] })
  const amount = readMoney(text, unit)
  const isAmount = amount !== undefined && amount > 0n
  const added = isAmount ? amount : 0n
  const raised = credits(limit) + added
  const { limit_window: window } = target
  const left = leftOf(raised, usedOf(target))
  const input = {
    path: { id: target.id },
    body: { limit_add_credits: toCreditsText(added) },
  }
  const submit = async () => {
    const outcome = await add.run(input)
    if (!outcome.ok) return
    showToast(`The limit of ${target.name} is raised. It holds from the next call on.`)
    onClose()
  }
  return (
    <Form
      submit="Add to the limit"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={add.isRunning}
      failure={add.failure}
      reason={isAmount ? undefined : 'Say how much to add.'}
    >
      <MoneyField
        label="Add"
        name="limit_add_credits"
        value={text}
        onChange={setText}
        unit={unit}
        onUnitChange={setUnit}
      />
      {isAmount && (
        <>
          <output className="read-back">{limitSentence({ limit: raised, window, left }, shown, now)}</output>
          <SameByApi calls={[{ method: 'PATCH', address: addressOf(patch, input), body: input.body }]} />
        </>
      )}
    </Form>
  )
}
