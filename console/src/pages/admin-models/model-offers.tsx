import { type ReactElement, useState } from 'react'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay } from '../../api/session.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Form } from '../../ui/form.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { showToast } from '../../ui/toast.tsx'
import { changedOfferBody, offerDraftOf, offerReason } from './offer-draft.ts'
import { OfferFields } from './offer-fields.tsx'
import type { CatalogEntry } from './states.ts'

type Offer = Schemas['Offer']

const stale = { stale: ['GET /api/v1/catalog', 'GET /api/v1/offers', 'GET /v1/models'] } as const

/** Through whom a model is served. */
export function ModelOffers({ entry }: { readonly entry: CatalogEntry }): ReactElement {
  const { data, error, refetch } = useApi('GET /api/v1/offers', { query: { model_id: entry.id, limit: 200 } })
  const failure = failureOf(error)
  if (failure && !data)
    return <FailureNote failure={failure} what="Its offers could not be read." retry={() => void refetch()} />
  if (!data) return <Skeleton width="12rem" />
  if (data.data.length === 0) return <p className="soft">Nobody serves it yet.</p>
  return (
    <div>
      {data.data.map((offer) => (
        <OfferLine key={offer.id} offer={offer} />
      ))}
    </div>
  )
}

function OfferLine({ offer }: { readonly offer: Offer }) {
  const { reason } = useMay('operate')
  const [isEdited, setIsEdited] = useState(false)
  const change = useAction('PATCH /api/v1/offers/{id}', stale)
  const path = { id: offer.id }
  return (
    <div className="offer">
      <div className="offer-head">
        <strong>{offer.provider_name}</strong>
        <code className="soft">{offer.upstream_model}</code>
        <OfferState offer={offer} />
      </div>
      <span className="soft">
        {offer.provider_share_bps / 100} % of what callers pay is owed to it, {100 - offer.provider_share_bps / 100} %
        stay here.
      </span>
      {isEdited ? (
        <EditOffer offer={offer} done={() => setIsEdited(false)} />
      ) : (
        <div className="page-actions">
          <Button size="small" reason={reason} onClick={() => setIsEdited(true)}>
            {`Edit offer by ${offer.provider_name}`}
          </Button>
          <Button
            size="small"
            reason={reason}
            isBusy={change.isRunning}
            onClick={() => void change.run({ path, body: { disabled: !offer.disabled } })}
          >
            {offer.disabled ? 'Switch on' : 'Switch off'}
          </Button>
          <DeleteOffer offer={offer} />
        </div>
      )}
      {change.failure && <FailureNote failure={change.failure} />}
    </div>
  )
}

function OfferState({ offer }: { readonly offer: Offer }) {
  if (offer.disabled) return <Badge why="Switched off: no call goes there.">off</Badge>
  return offer.available ? (
    <Badge tone="good">on</Badge>
  ) : (
    <Badge tone="warn" why="Its provider is off, or does not list this model any more.">
      not available
    </Badge>
  )
}

function EditOffer({ offer, done }: { readonly offer: Offer; readonly done: () => void }) {
  const [draft, setDraft] = useState(() => offerDraftOf(offer))
  const change = useAction('PATCH /api/v1/offers/{id}', stale)
  const save = async () => {
    const outcome = await change.run({ path: { id: offer.id }, body: changedOfferBody(draft, offer) })
    if (outcome.ok) done()
  }
  return (
    <Form
      submit="Save offer"
      onSubmit={() => void save()}
      onCancel={done}
      isBusy={change.isRunning}
      failure={change.failure}
      reason={offerReason(draft)}
    >
      <OfferFields draft={draft} setDraft={setDraft} />
    </Form>
  )
}

function DeleteOffer({ offer }: { readonly offer: Offer }) {
  const { reason } = useMay('operate')
  const [isAsked, setIsAsked] = useState(false)
  const remove = useAction('DELETE /api/v1/offers/{id}', stale)
  const run = async () => {
    const outcome = await remove.run({ path: { id: offer.id } })
    if (!outcome.ok) return
    showToast(`${offer.provider_name} serves ${offer.model_id} no more.`)
    setIsAsked(false)
  }
  return (
    <>
      <Button size="small" kind="danger" reason={reason} onClick={() => setIsAsked(true)}>
        Delete
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        title={`Delete the offer of ${offer.model_id} by ${offer.provider_name}?`}
        action="Delete offer"
        onConfirm={() => void run()}
        isBusy={remove.isRunning}
        failure={remove.failure}
      >
        No call goes there any more. Its receipts and prices stay.
      </Confirm>
    </>
  )
}
