import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import { formatMoney, toCreditsText } from '../../lib/money.ts'
import { MoneyField, readMoney, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { SecretOnce } from '../../ui/secret.tsx'

/** Makes a code; its text is shown once. */
export function CreateCode(): ReactElement {
  const draft = useCodeDraft()
  const create = useAction('POST /api/v1/codes', { stale: ['GET /api/v1/codes'] })
  const [made, setMade] = useState<string | undefined>()
  const submit = async () => {
    if (!draft.body) return
    const outcome = await create.run({ body: draft.body })
    if (outcome.ok) setMade(outcome.answer.code)
  }
  if (made !== undefined)
    return (
      <SecretOnce secret={made} what="code">
        <p className="soft">{draft.words}</p>
      </SecretOnce>
    )
  return (
    <Form
      submit="Make the code"
      onSubmit={() => void submit()}
      isBusy={create.isRunning}
      failure={create.failure}
      reason={draft.problem}
    >
      {draft.fields}
      <p className="soft" role="status">
        {draft.words}
      </p>
    </Form>
  )
}

function useCodeDraft() {
  const shown = usePreference('unit')
  const [unit, setUnit] = useState(shown)
  const [worth, setWorth] = useState('')
  const [uses, setUses] = useState('1')
  const [note, setNote] = useState('')
  const [day, setDay] = useState('')
  const amount = readMoney(worth, unit)
  const usesMax = /^[1-9]\d{0,5}$/.test(uses.trim()) ? Number(uses.trim()) : undefined
  const problem =
    amount === undefined || amount <= 0n
      ? 'Say what it is worth.'
      : usesMax === undefined
        ? 'It can be used 1 to 999999 times.'
        : note.trim() === ''
          ? 'Say whom it is for.'
          : undefined
  const fields = (
    <>
      <MoneyField label="Worth" name="credits" value={worth} onChange={setWorth} unit={unit} onUnitChange={setUnit} />
      <TextField
        label="How often it can be used"
        name="uses_max"
        inputMode="numeric"
        value={uses}
        onChange={setUses}
        hint="Each account can use it once."
      />
      <TextField label="For" name="note" maxLength={200} autoComplete="off" value={note} onChange={setNote} />
      <TextField
        label="Expires after"
        name="expires_at"
        optional
        type="date"
        value={day}
        onChange={setDay}
        hint="At the end of that day (UTC)."
      />
    </>
  )
  const body =
    problem === undefined && amount !== undefined && usesMax !== undefined
      ? {
          ...{ credits: toCreditsText(amount), uses_max: usesMax, note: note.trim() },
          ...(day !== '' && { expires_at: `${day}T23:59:59Z` }),
        }
      : undefined
  const words =
    body && amount !== undefined
      ? `Worth ${formatMoney(amount, shown)}${usesMax === 1 ? ', once' : ` each time, ${usesMax} times`}${day === '' ? '' : `, until ${day}`}.`
      : ''
  return { fields, problem, body, words }
}
