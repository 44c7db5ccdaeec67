import { type ReactElement, useState } from 'react'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type Dialect, emptyDraft, type ProviderDraft, reasonNotYet, trialBody, trialName } from './provider-draft.ts'
import { ProviderFields } from './provider-fields.tsx'
import { type Trial, TrialAnswer } from './trial.tsx'

type Props = { readonly isOpen: boolean; readonly close: () => void; readonly added: (id: string) => void }

/** Adds a provider after it has answered. */
export function AddProvider({ isOpen, ...rest }: Props): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={rest.close} title="Add a provider" shape="wide">
      <AddForm {...rest} />
    </Dialog>
  )
}

function AddForm(props: Omit<Props, 'isOpen'>) {
  const { data, error, refetch } = useApi('GET /api/v1/dialects', {})
  const failure = failureOf(error)
  if (failure && !data)
    return <FailureNote failure={failure} what="The known kinds could not be read." retry={() => void refetch()} />
  return data ? <KnownForm {...props} dialects={data.data} /> : <Skeleton width="12rem" />
}

function KnownForm({ close, added, dialects }: Omit<Props, 'isOpen'> & { readonly dialects: readonly Dialect[] }) {
  const [draft, setDraft] = useState<ProviderDraft>({ ...emptyDraft, name: emptyDraft.dialect })
  const [isForced, setIsForced] = useState(false)
  const [tried, setTried] = useState<{ readonly name: string; readonly ok: boolean; readonly trial: Trial }>()
  const trial = useAction('POST /api/v1/providers/test')
  const create = useAction('POST /api/v1/providers', {
    stale: ['GET /api/v1/providers', 'GET /api/v1/providers/figures'],
  })
  const dialect = dialects.find(({ id }) => id === draft.dialect)
  const test = async () => {
    create.reset()
    const outcome = await trial.run({ body: trialBody(draft) })
    if (outcome.ok) setTried({ name: trialName(draft), ok: outcome.answer.data.ok, trial: outcome.answer.data })
  }
  const save = async () => {
    const outcome = await create.run({ body: { name: draft.name.trim(), ...trialBody(draft) } })
    if (!outcome.ok) return
    showToast(`${outcome.answer.data.name} was added.`)
    added(outcome.answer.data.id)
  }
  const isTried = tried?.name === trialName(draft)
  return (
    <Form
      submit="Add provider"
      onSubmit={() => void save()}
      onCancel={close}
      isBusy={create.isRunning}
      failure={create.failure ?? trial.failure}
      reason={reasonNotYet(draft, dialect, tried, isForced)}
    >
      <ProviderFields draft={draft} setDraft={setDraft} dialects={dialects} hasKey={false} />
      <TextField
        label="Name"
        name="name"
        autoComplete="off"
        value={draft.name}
        onChange={(name) => setDraft({ ...draft, name })}
        hint="Stands in receipts and cannot be changed later: small letters, digits, dots and dashes."
      />
      {dialect?.lists_models !== false && (
        <div>
          <Button onClick={() => void test()} isBusy={trial.isRunning}>
            Test it
          </Button>
        </div>
      )}
      {isTried && <TrialAnswer trial={tried.trial} />}
      {isTried && !tried.ok && <CheckField label="Add it all the same" checked={isForced} onChange={setIsForced} />}
    </Form>
  )
}
