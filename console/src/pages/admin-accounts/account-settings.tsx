import { type ReactElement, useState } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Section } from '../../ui/page.tsx'
import { showToast } from '../../ui/toast.tsx'

type Account = AnswerOf<'GET /api/v1/accounts/{id}'>['data']

const change = 'PATCH /api/v1/accounts/{id}'
const stale = ['GET /api/v1/accounts', 'GET /api/v1/accounts/{id}'] as const

/** Name and limits of an account, and whether it may call at all. */
export function AccountSettings({ account }: { readonly account: Account }): ReactElement {
  return (
    <Section title="Settings" actions={<Freeze account={account} />}>
      <SettingsForm key={account.id} account={account} />
    </Section>
  )
}

const rateFields = [
  ['requests_per_minute', 'Calls per minute'],
  ['tokens_per_minute', 'Tokens per minute'],
  ['parallel_max', 'Calls at once'],
] as const

const textOf = (value: number | null): string => (value === null ? '' : String(value))

function SettingsForm({ account }: { readonly account: Account }) {
  const { reason } = useMay('operate')
  const [name, setName] = useState(account.name)
  const [rates, setRates] = useState(() => rateFields.map(([field]) => textOf(account[field])))
  const save = useAction(change, { stale })
  const isWrong = rates.some((text) => !/^\d{0,10}$/.test(text.trim()))
  const isSame = name === account.name && rates.every((text, index) => text === textOf(account[rateFields[index]![0]]))
  const submit = async () => {
    const limits = rateFields.map(([field], index) => [field, rates[index] === '' ? null : Number(rates[index])])
    const outcome = await save.run({ path: { id: account.id }, body: { name, ...Object.fromEntries(limits) } })
    if (outcome.ok) showToast('Saved. It holds from the next call on.')
  }
  return (
    <Form
      submit="Save"
      onSubmit={() => void submit()}
      isBusy={save.isRunning}
      failure={save.failure}
      reason={reason ?? (isWrong ? 'Limits are whole numbers.' : isSame ? 'Nothing was changed.' : undefined)}
    >
      <TextField label="Name" name="name" value={name} onChange={setName} maxLength={200} autoComplete="off" />
      {rateFields.map(([field, label], index) => (
        <TextField
          key={field}
          label={label}
          name={field}
          optional
          hint="Empty: as the server is set. 0: no limit."
          inputMode="numeric"
          value={rates[index] ?? ''}
          onChange={(text) => setRates(rates.with(index, text.trim()))}
          autoComplete="off"
        />
      ))}
    </Form>
  )
}

function Freeze({ account }: { readonly account: Account }) {
  const { reason } = useMay('operate')
  const [isAsking, setIsAsking] = useState(false)
  const save = useAction(change, { stale })
  const set = async (frozen: boolean) => {
    const outcome = await save.run({ path: { id: account.id }, body: { frozen } })
    if (!outcome.ok) return
    setIsAsking(false)
    showToast(frozen ? `${account.name} is frozen.` : `${account.name} may call again.`)
  }
  const own = account.kind === 'operator' ? 'The operator cannot freeze its own account.' : undefined
  if (account.frozen)
    return (
      <Button reason={reason} isBusy={save.isRunning} onClick={() => void set(false)}>
        Unfreeze
      </Button>
    )
  return (
    <>
      <Button kind="danger" reason={reason ?? own} onClick={() => setIsAsking(true)}>
        Freeze account
      </Button>
      <Confirm
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Freeze ${account.name}?`}
        action="Freeze account"
        onConfirm={() => void set(true)}
        isBusy={save.isRunning}
        failure={save.failure}
      >
        <p>None of its keys can start a call until it is unfrozen. Calls under way are finished and charged.</p>
      </Confirm>
    </>
  )
}
