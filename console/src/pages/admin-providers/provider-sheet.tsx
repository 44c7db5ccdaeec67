import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay } from '../../api/session.ts'
import { counted } from '../../lib/numbers.ts'
import { Facts } from '../../ui/badge.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FailureNote } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { EditProvider } from './edit-provider.tsx'
import { TrialAnswer } from './trial.tsx'

type Provider = Schemas['Provider']

/** One provider: where it answers, whether it does, and what can be done about it. */
export function ProviderSheet({
  provider,
  close,
}: {
  readonly provider: Provider | undefined
  readonly close: () => void
}): ReactElement {
  return (
    <Dialog isOpen={provider !== undefined} onClose={close} title={provider?.name ?? ''} shape="sheet">
      {provider && <Details key={provider.id} provider={provider} close={close} />}
    </Dialog>
  )
}

const stale = { stale: ['GET /api/v1/providers', 'GET /api/v1/providers/figures', 'GET /api/v1/catalog'] } as const

function Details({ provider, close }: { readonly provider: Provider; readonly close: () => void }) {
  const [isEdited, setIsEdited] = useState(false)
  if (isEdited) return <EditProvider provider={provider} done={() => setIsEdited(false)} />
  return (
    <>
      <Actions provider={provider} edit={() => setIsEdited(true)} close={close} />
      <Facts facts={factsOf(provider)} />
      <Offers provider={provider} />
      <SameByApi
        calls={[
          { method: 'POST', address: `/api/v1/providers/${provider.id}/test`, body: {}, does: 'Test it' },
          {
            method: 'PATCH',
            address: `/api/v1/providers/${provider.id}`,
            body: { disabled: !provider.disabled },
            does: provider.disabled ? 'Switch it on' : 'Switch it off',
          },
        ]}
      />
    </>
  )
}

function Actions({
  provider,
  edit,
  close,
}: {
  readonly provider: Provider
  readonly edit: () => void
  readonly close: () => void
}) {
  const { reason } = useMay('operate')
  const navigate = useNavigate()
  const test = useAction('POST /api/v1/providers/{id}/test')
  const [answer, setAnswer] = useState<Parameters<typeof TrialAnswer>[0]['trial']>()
  const change = useAction('PATCH /api/v1/providers/{id}', stale)
  const path = { id: provider.id }
  const run = async () => {
    const outcome = await test.run({ path })
    if (outcome.ok) setAnswer(outcome.answer.data)
  }
  const offer = (model: string) =>
    void navigate({ to: '/admin/models', search: { add: 'offer', provider: provider.id, upstream: model } })
  return (
    <>
      <div className="page-actions">
        <Button kind="primary" reason={reason} isBusy={test.isRunning} onClick={() => void run()}>
          Test it
        </Button>
        <Button reason={reason ?? builtInReason(provider)} onClick={edit}>
          Edit
        </Button>
        <Button
          reason={reason}
          isBusy={change.isRunning}
          onClick={() => void change.run({ path, body: { disabled: !provider.disabled } })}
        >
          {provider.disabled ? 'Switch on' : 'Switch off'}
        </Button>
        <DeleteProvider provider={provider} close={close} />
      </div>
      {(test.failure ?? change.failure) && <FailureNote failure={(test.failure ?? change.failure)!} />}
      {answer && <TrialAnswer trial={answer} offer={offer} reason={reason} />}
    </>
  )
}

const builtInReason = ({ source }: Provider) =>
  source === 'built-in' ? 'It is built in: there is nothing to edit.' : undefined

function DeleteProvider({ provider, close }: { readonly provider: Provider; readonly close: () => void }) {
  const { reason } = useMay('operate')
  const [isAsked, setIsAsked] = useState(false)
  const remove = useAction('DELETE /api/v1/providers/{id}', stale)
  const run = async () => {
    const outcome = await remove.run({ path: { id: provider.id } })
    if (!outcome.ok) return
    showToast(`${provider.name} was deleted.`)
    close()
  }
  const own = provider.source === 'operator' ? undefined : 'The next start would add it anew: switch it off instead.'
  return (
    <>
      <Button kind="danger" reason={reason ?? own} onClick={() => setIsAsked(true)}>
        Delete
      </Button>
      <Confirm
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        title={`Delete the provider ${provider.name}?`}
        action="Delete provider"
        onConfirm={() => void run()}
        isBusy={remove.isRunning}
        failure={remove.failure}
      >
        Its key is forgotten. Receipts of its calls stay.
      </Confirm>
    </>
  )
}

const sources = {
  'built-in': 'Built in',
  environment: 'The environment; its address and key are read anew at each start',
  operator: 'Added here',
} as const satisfies Record<Provider['source'], string>

const factsOf = (provider: Provider) =>
  [
    ['Kind', provider.dialect],
    ['Address', <CopyText key="address" text={provider.base_url} what="address" />],
    ['API key', provider.has_api_key ? 'Kept sealed, never shown' : 'None'],
    ['Private addresses', provider.allow_private ? 'Allowed' : 'Refused'],
    ['Comes from', sources[provider.source]],
    ['Keeps prompts', provider.facts.zdr ? 'Nothing is kept' : 'Not told'],
    ['Trains on prompts', provider.facts.data_collection === 'deny' ? 'No' : 'Not told'],
    ['Region', provider.facts.region ?? 'Not told'],
    ['Added', <Time key="added" at={provider.created_at} show="day-and-time" />],
  ] as const

function Offers({ provider }: { readonly provider: Provider }) {
  const { data, error } = useApi('GET /api/v1/offers', { query: { provider_id: provider.id, limit: 200 } })
  const failure = failureOf(error)
  if (failure && !data) return <FailureNote failure={failure} what="Its offers could not be read." />
  if (!data) return null
  const more = data.next_cursor === null ? '' : ' and more'
  return (
    <div className="page-actions">
      <span>
        {data.data.length === 0
          ? 'No model is offered through it yet.'
          : `${counted(data.data.length, 'offer')}${more}.`}
      </span>
      <ButtonLink size="small" to="/admin/models" search={{ provider: provider.id }}>
        Its models
      </ButtonLink>
      <ButtonLink size="small" icon="plus" to="/admin/models" search={{ add: 'offer', provider: provider.id }}>
        Offer a model
      </ButtonLink>
    </div>
  )
}
