import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { emptyModel, modelErrors, newModelBody, reasonNot } from './model-draft.ts'
import { ModelFields } from './model-fields.tsx'

type Props = { readonly isOpen: boolean; readonly close: () => void; readonly added: (id: string) => void }

/** Adds a model. It can be called once it has an offer and prices. */
export function AddModel({ isOpen, ...rest }: Props): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={rest.close} title="Add a model" shape="wide">
      <AddForm {...rest} />
    </Dialog>
  )
}

function AddForm({ close, added }: Omit<Props, 'isOpen'>) {
  const [draft, setDraft] = useState(emptyModel)
  const create = useAction('POST /api/v1/models', { stale: ['GET /api/v1/catalog'] })
  const save = async () => {
    const outcome = await create.run({ body: newModelBody(draft) })
    if (!outcome.ok) return
    showToast(`${draft.id} was added. Offer it through a provider next.`)
    added(draft.id)
  }
  return (
    <Form
      submit="Add model"
      onSubmit={() => void save()}
      onCancel={close}
      isBusy={create.isRunning}
      failure={create.failure}
      reason={reasonNot(draft)}
    >
      <TextField
        label="Id"
        name="id"
        mono
        autoComplete="off"
        placeholder="acme/model-1"
        value={draft.id}
        onChange={(id) => setDraft({ ...draft, id: id.trim() })}
        error={modelErrors(draft).id}
        hint="What callers name. It cannot be changed later."
      />
      <ModelFields draft={draft} setDraft={setDraft} />
    </Form>
  )
}
