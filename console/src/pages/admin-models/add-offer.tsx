import { type ReactElement, useState } from 'react'
import { useAction, useApi } from '../../api/query.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Skeleton } from '../../ui/state.tsx'
import { showToast } from '../../ui/toast.tsx'
import { emptyModel, newModelBody } from './model-draft.ts'
import { emptyOffer, newOfferBody, type OfferDraft, offerReason } from './offer-draft.ts'
import { OfferFields } from './offer-fields.tsx'
import type { CatalogEntry } from './states.ts'

type Given = {
  readonly provider: string | undefined
  readonly upstream: string | undefined
  readonly model: string | undefined
}
type Props = {
  readonly isOpen: boolean
  readonly given: Given
  readonly close: () => void
  readonly added: (modelId: string) => void
}

/** Offers a model through a provider; a model that is not there yet is added with it. */
export function AddOffer({ isOpen, close, ...rest }: Props): ReactElement {
  const { data } = useApi('GET /api/v1/catalog', {}, { enabled: isOpen })
  return (
    <Dialog isOpen={isOpen} onClose={close} title="Offer a model" shape="wide">
      {data ? <AddForm {...rest} close={close} entries={data.data} /> : <Skeleton width="12rem" />}
    </Dialog>
  )
}

/** The likeliest model of an upstream's name: one of that id, or that ends so; else that name under its vendor. */
const guessModel = (entries: readonly CatalogEntry[], upstream: string | undefined): string =>
  upstream === undefined
    ? ''
    : (entries.find(({ id }) => id === upstream || id.endsWith(`/${upstream}`))?.id ?? upstream.toLowerCase())

/** Adds an offer, and before it its model where that is new. */
function useAddOffer(added: (modelId: string) => void) {
  const stale = { stale: ['GET /api/v1/catalog', 'GET /api/v1/offers', 'GET /api/v1/providers/figures'] } as const
  const createModel = useAction('POST /api/v1/models', stale)
  const create = useAction('POST /api/v1/offers', stale)
  const save = async (draft: OfferDraft, isNew: boolean) => {
    if (isNew) {
      const made = await createModel.run({ body: newModelBody({ ...emptyModel, id: draft.modelId }) })
      if (!made.ok) return
    }
    const outcome = await create.run({ body: newOfferBody(draft) })
    if (!outcome.ok) return
    showToast(`${draft.modelId} is offered by ${outcome.answer.data.provider_name}.`)
    added(draft.modelId)
  }
  return {
    save,
    isRunning: create.isRunning || createModel.isRunning,
    failure: createModel.failure ?? create.failure,
  }
}

function AddForm({
  given,
  close,
  added,
  entries,
}: Omit<Props, 'isOpen'> & { readonly entries: readonly CatalogEntry[] }) {
  const [draft, setDraft] = useState({
    ...emptyOffer,
    modelId: given.model ?? guessModel(entries, given.upstream),
    providerId: given.provider ?? '',
    upstream: given.upstream ?? '',
  })
  const providers = useApi('GET /api/v1/providers', {})
  const isNew = draft.modelId !== '' && !entries.some(({ id }) => id === draft.modelId)
  const { save, isRunning, failure } = useAddOffer(added)
  return (
    <Form
      submit={isNew ? 'Add model and offer' : 'Add offer'}
      onSubmit={() => void save(draft, isNew)}
      onCancel={close}
      isBusy={isRunning}
      failure={failure}
      reason={offerReason(draft)}
    >
      <TextField
        label="Model"
        name="model_id"
        mono
        autoComplete="off"
        value={draft.modelId}
        onChange={(modelId) => setDraft({ ...draft, modelId: modelId.trim() })}
        suggestions={entries.map(({ id }) => id)}
        hint={
          isNew
            ? 'There is no such model yet: it is added, for text. Its details can be changed afterwards.'
            : 'What callers name.'
        }
      />
      <SelectField
        label="Provider"
        name="provider_id"
        value={draft.providerId}
        onChange={(providerId) => setDraft({ ...draft, providerId })}
        options={[
          { value: '', label: 'Choose a provider' },
          ...(providers.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <OfferFields draft={draft} setDraft={setDraft} />
    </Form>
  )
}
