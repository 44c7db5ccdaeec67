import { type ReactElement, useState } from 'react'
import type { BodyOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { CheckField, SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import type { DialectName, ProviderDraft } from './provider-draft.ts'
import { ProviderFields } from './provider-fields.tsx'

type Provider = Schemas['Provider']
type Facts = Provider['facts']

/** Changes what may be changed of a provider; its key is replaced, never shown. */
export function EditProvider({
  provider,
  done,
}: {
  readonly provider: Provider
  readonly done: () => void
}): ReactElement {
  const [draft, setDraft] = useState<ProviderDraft>({
    // What a provider was made with is one of those that are known.
    dialect: provider.dialect as DialectName,
    name: provider.name,
    baseUrl: provider.base_url,
    apiKey: '',
    allowPrivate: provider.allow_private,
  })
  const [facts, setFacts] = useState<Facts>(provider.facts)
  const dialects = useApi('GET /api/v1/dialects', {})
  const change = useAction('PATCH /api/v1/providers/{id}', {
    stale: ['GET /api/v1/providers', 'GET /api/v1/providers/figures'],
  })
  const save = async () => {
    const outcome = await change.run({ path: { id: provider.id }, body: bodyOf(provider, draft, facts) })
    if (!outcome.ok) return
    showToast(`${provider.name} was changed.`)
    done()
  }
  return (
    <Form submit="Save" onSubmit={() => void save()} onCancel={done} isBusy={change.isRunning} failure={change.failure}>
      {provider.source === 'environment' && (
        <p className="warning">
          It comes from the environment: its address and key are read anew at each start. Only what is said of prompts
          and region outlasts it.
        </p>
      )}
      <ProviderFields
        draft={draft}
        setDraft={setDraft}
        dialects={dialects.data?.data ?? []}
        hasKey={provider.has_api_key}
      />
      <FactFields facts={facts} setFacts={setFacts} />
    </Form>
  )
}

function FactFields({ facts, setFacts }: { readonly facts: Facts; readonly setFacts: (facts: Facts) => void }) {
  return (
    <>
      <CheckField
        label="Keeps nothing of a call"
        checked={facts.zdr ?? false}
        onChange={(zdr) => setFacts({ ...facts, zdr: zdr || undefined })}
      />
      <SelectField
        label="Trains on prompts"
        value={facts.data_collection ?? ''}
        onChange={(collects) => setFacts({ ...facts, data_collection: collects === '' ? undefined : collects })}
        options={[
          { value: '', label: 'Not told' },
          { value: 'deny', label: 'No' },
          { value: 'allow', label: 'Yes' },
        ]}
      />
      <TextField
        label="Region"
        name="facts.region"
        optional
        value={facts.region ?? ''}
        onChange={(region) => setFacts({ ...facts, region: region.trim() === '' ? undefined : region.trim() })}
        placeholder="eu-west-1"
      />
    </>
  )
}

/** Only what differs is sent. */
function bodyOf(
  provider: Provider,
  draft: ProviderDraft,
  facts: Facts,
): NonNullable<BodyOf<'PATCH /api/v1/providers/{id}'>> {
  return {
    ...(draft.dialect !== provider.dialect && { dialect: draft.dialect }),
    ...(draft.baseUrl.trim() !== provider.base_url &&
      draft.baseUrl.trim() !== '' && { base_url: draft.baseUrl.trim() }),
    ...(draft.apiKey.trim() !== '' && { api_key: draft.apiKey.trim() }),
    ...(draft.allowPrivate !== provider.allow_private && { allow_private: draft.allowPrivate }),
    ...(JSON.stringify(facts) !== JSON.stringify(provider.facts) && { facts }),
  }
}
