import { type ReactElement, useState } from 'react'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Form } from '../../ui/form.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { showToast } from '../../ui/toast.tsx'
import { changedModelBody, draftOf, reasonNot } from './model-draft.ts'
import { ModelFields } from './model-fields.tsx'
import { ModelOffers } from './model-offers.tsx'
import { type CatalogEntry, stateWords } from './states.ts'

type Props = { readonly entry: CatalogEntry | undefined; readonly close: () => void; readonly addOffer: () => void }

/** One model: what is in its way, its offers, and what is said of it. */
export function ModelSheet({ entry, close, addOffer }: Props): ReactElement {
  return (
    <Dialog isOpen={entry !== undefined} onClose={close} title={entry?.name ?? ''} shape="sheet">
      {entry && <Details key={entry.id} entry={entry} close={close} addOffer={addOffer} />}
    </Dialog>
  )
}

const stale = { stale: ['GET /api/v1/catalog', 'GET /api/v1/models/{id}', 'GET /v1/models'] } as const

function Details({ entry, close, addOffer }: Props & { readonly entry: CatalogEntry }) {
  const { reason } = useMay('operate')
  const { label, tone, why } = stateWords[entry.state]
  return (
    <>
      <div className="offer-head">
        <CopyText text={entry.id} what="model id" />
        <Badge tone={tone}>{label}</Badge>
        <span className="soft">{why}</span>
      </div>
      <div className="page-actions">
        <ButtonLink
          kind={entry.state === 'unpriced' ? 'primary' : 'plain'}
          to="/admin/prices"
          search={{ model: entry.id }}
        >
          {entry.state === 'unpriced' ? 'Set prices' : 'Prices'}
        </ButtonLink>
        <Button icon="plus" kind={entry.state === 'no_offer' ? 'primary' : 'plain'} reason={reason} onClick={addOffer}>
          Add offer
        </Button>
        <Switches entry={entry} close={close} />
      </div>
      <section className="sheet-part">
        <h3>Offers</h3>
        <ModelOffers entry={entry} />
      </section>
      <section className="sheet-part">
        <h3>What is said of it</h3>
        <EditModel id={entry.id} />
      </section>
      <SameByApi
        calls={[
          { method: 'PATCH', address: `/api/v1/models/${entry.id}`, body: { disabled: entry.state !== 'disabled' } },
          { method: 'GET', address: `/api/v1/offers?model_id=${encodeURIComponent(entry.id)}`, does: 'Its offers' },
        ]}
      />
    </>
  )
}

function Switches({ entry, close }: { readonly entry: CatalogEntry; readonly close: () => void }) {
  const { reason } = useMay('operate')
  const [isAsked, setIsAsked] = useState(false)
  const change = useAction('PATCH /api/v1/models/{id}', stale)
  const remove = useAction('DELETE /api/v1/models/{id}', stale)
  const isOff = entry.state === 'disabled'
  const path = { id: entry.id }
  const run = async () => {
    const outcome = await remove.run({ path })
    if (!outcome.ok) return
    showToast(`${entry.id} was deleted.`)
    close()
  }
  return (
    <>
      <Button
        reason={reason}
        isBusy={change.isRunning}
        onClick={() => void change.run({ path, body: { disabled: !isOff } })}
      >
        {isOff ? 'Switch on' : 'Switch off'}
      </Button>
      <Button
        kind="danger"
        reason={reason ?? (entry.offers.length > 0 ? 'Delete its offers first.' : undefined)}
        onClick={() => setIsAsked(true)}
      >
        Delete
      </Button>
      {change.failure && <FailureNote failure={change.failure} />}
      <Confirm
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        title={`Delete the model ${entry.id}?`}
        action="Delete model"
        onConfirm={() => void run()}
        isBusy={remove.isRunning}
        failure={remove.failure}
      >
        Calls that name it get 404. Its prices and receipts stay.
      </Confirm>
    </>
  )
}

function EditModel({ id }: { readonly id: string }) {
  const { data, error, refetch } = useApi('GET /api/v1/models/{id}', { path: { id } })
  const failure = failureOf(error)
  if (failure && !data)
    return <FailureNote failure={failure} what="It could not be read." retry={() => void refetch()} />
  return data ? <EditForm model={data.data} /> : <Skeleton width="12rem" />
}

function EditForm({ model }: { readonly model: Parameters<typeof draftOf>[0] }) {
  const { reason } = useMay('operate')
  const [draft, setDraft] = useState(() => draftOf(model))
  const change = useAction('PATCH /api/v1/models/{id}', stale)
  const isSame = JSON.stringify(draft) === JSON.stringify(draftOf(model))
  const save = async () => {
    const outcome = await change.run({ path: { id: model.id }, body: changedModelBody(draft) })
    if (outcome.ok) showToast(`${model.id} was changed.`)
  }
  return (
    <Form
      submit="Save"
      onSubmit={() => void save()}
      isBusy={change.isRunning}
      failure={change.failure}
      reason={reason ?? (isSame ? 'Nothing was changed.' : reasonNot(draft))}
    >
      <ModelFields draft={draft} setDraft={setDraft} />
    </Form>
  )
}
